"""Protocols of motion: who is learnt from and who tests, and the forms of a bundle side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from deepsign.bundle import Decision
from deepsign.data.manifest import Row
from deepsign.data.synth_motion import SETS, STYLES
from deepsign.export.assemble import assemble_pixels
from deepsign.export.pictures import halved
from deepsign.export.weights import build
from deepsign.models.seeing import Seeing
from deepsign.protocols_motion import _divided, _few, _interval, forms
from deepsign.recipe import check
from deepsign.train.origin import untrained

DECISION = Decision(temperature=1.0, reject_below=0.0, none_gloss=None, per_sign_accept={}, false_accept=0.05, top_k=3)


def drawn(each: int) -> list[Row]:
    glosses = SETS["first"]
    return [
        Row(f"{gloss}/{at}-{style}.mp4", gloss, f"synth-first/style{style}", "", "CC0-1.0", "synth-first", "0" * 64)
        for at in range(each)
        for style in range(STYLES)
        for gloss in glosses
    ]


def test_styles_that_test_are_never_learnt_from() -> None:
    learnt, tested = _divided(drawn(3))
    assert len(learnt) == 3 * 8 * 6 and len(tested) == 3 * 2 * 6
    assert not {row.signer for row in learnt} & {row.signer for row in tested}
    styles = [{row.signer for row in learnt if row.split == split} for split in ("train", "validation")]
    assert len(styles[0]) == 7 and len(styles[1]) == 1 and not styles[0] & styles[1]


def test_few_are_fifteen_of_each_gloss_that_train() -> None:
    few = _few(_divided(drawn(3))[0])
    counts = [sum(row.gloss == gloss for row in few) for gloss in SETS["first"]]
    assert counts == [15] * 6 and all(row.split == "train" for row in few)


def test_a_gain_comes_with_its_interval() -> None:
    assert _interval(np.ones((3, 40))) == (1.0, [1.0, 1.0])
    mean, (low, high) = _interval(np.tile([1.0, 0.0, 0.0, -1.0], (2, 25)))
    assert mean == 0.0 and low < 0 < high


def test_graphs_are_compared_with_torch_and_with_each_other(tmp_path: Path) -> None:
    recipe = check(
        {
            "name": "tiny",
            "task": "isolated",
            "sign_language": "ase",
            "pixels": {"size": 32, "frames": 4},
            "labels": {"glosses": ["left", "right"]},
            "model": {
                "name": "cnn_bilstm",
                "params": {"backbone": "small", "trainable": True, "moving": True, "grid": 2, "frame": 16, "units": 8},
            },
        },
        "tiny",
    )
    torch.manual_seed(0)
    network = halved(build(recipe.model, recipe.labels.label_map()))
    assert isinstance(network, Seeing)
    frames = np.random.default_rng(0).integers(0, 256, (5, 4, 32, 32, 3), dtype=np.uint8)
    bundle = assemble_pixels(tmp_path / "tiny", recipe, network, DECISION, untrained(recipe), [frames[0]])
    with torch.no_grad():
        answers = network(torch.from_numpy(frames))[0].argmax(dim=1).numpy()
    found = forms(bundle, frames, np.array(["left", "right"])[answers])
    assert found["fp32"]["same_top1"] == found["fp32"]["top1"] == 1.0
    assert found["fp32"]["greatest_difference"] <= 1e-3
    assert 0 < found["int8"]["greatest_difference"] < 0.1 and found["int8"]["bytes"] < found["fp32"]["bytes"]
