"""Recipe → training → bundle → evaluation → prediction, on made pictures and clips, without a hand in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.answer import Answerer
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.train.fit import train
from made_pictures import MOVES, SHAPES, clips, moving, picture, pictures

IMAGES = """
name: tiny-pixels
task: handshape
sign_language: ase
pixels: {size: 32}
labels: {glosses: [A, B, C]}
data: {manifests: [images/manifest.csv], validation: {share: 0.25}}
model: {name: handshape_cnn, params: {width: 4, embedding: 16, dropout: 0.0}}
augment: {rotate: 5, brightness: 0.1}
optim: {lr: 0.01, epochs: 8, batch: 12}
"""
CLIPS = """
name: tiny-motion
task: isolated
sign_language: ase
pixels: {size: 32, frames: 6}
window: 1.0
labels: {glosses: [down, left, right]}
data: {manifests: [clips/manifest.csv], validation: {share: 0.25}}
model: {name: cnn_bilstm, params: {backbone: small, trainable: true, grid: 4, frame: 24, units: 16, dropout: 0.0}}
optim: {lr: 0.01, epochs: 12, batch: 9}
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ground")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    pictures(folder / "images")
    clips(folder / "clips")
    (folder / "tiny.yaml").write_text(IMAGES, "utf-8")
    (folder / "motion.yaml").write_text(CLIPS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def image_bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "tiny.yaml", out=ground / "run"))


@pytest.fixture(scope="module")
def clip_bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "motion.yaml", out=ground / "clip-run"))


def test_shapes_are_learnt_and_a_photo_is_answered(
    image_bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(9)
    for gloss in SHAPES:
        Image.fromarray(picture(gloss, rng, 97)).save(tmp_path / f"{gloss}.png")
    assert run(["predict", str(tmp_path), "--model", str(image_bundle.path), "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["predictions"][0]["gloss"] for one in said] == list("ABC")


def test_movements_are_learnt_and_a_folder_of_frames_is_answered(clip_bundle: Bundle, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    assert clip_bundle.manifest.input.kind == "clip"
    with Answerer(clip_bundle.path) as answerer:
        for gloss in MOVES:
            folder = tmp_path / gloss
            folder.mkdir()
            for at, frame in enumerate(moving(gloss, rng, frames=11)):
                Image.fromarray(frame).save(folder / f"frame_{at:03d}.png")
            best = answerer.answer(folder).prediction.candidates[0]
            assert best.gloss == gloss
