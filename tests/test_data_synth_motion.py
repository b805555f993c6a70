"""Drawn gestures: the same for the same seed, labelled, and told apart by motion alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from deepsign.cli import run
from deepsign.data import manifest
from deepsign.data.pixels import PixelStore
from deepsign.data.splits import by_signer
from deepsign.data.synth import write_clips
from deepsign.data.synth_motion import SETS, STYLES, _Shape, _way, motion_clips
from deepsign.problems import InputError


def test_the_same_seed_draws_the_same_clips(tmp_path: Path) -> None:
    one, again, other = (
        write_clips(motion_clips(2, seed, seconds=0.4), "made", tmp_path / name)
        for name, seed in (("one", 3), ("again", 3), ("other", 4))
    )
    assert [r.sha256 for r in one] == [r.sha256 for r in again] != [r.sha256 for r in other]


def test_clips_are_labelled_and_their_pixels_can_be_read(tmp_path: Path) -> None:
    assert run(["data", "synth", "motion", "--out", str(tmp_path / "a"), "--count", "12", "--gestures", "second"]) == 0
    found = manifest.read(tmp_path / "a" / "manifest.csv")
    assert sorted(r.gloss for r in found.rows) == sorted(2 * SETS["second"])
    assert {r.signer for r in found.rows} == {"synth-second/style0", "synth-second/style1"}
    store = PixelStore(found.root, tmp_path / "cache", size=64, frames=8)
    assert store.prefetch(found.rows, workers=0).ready == 12
    clip = store.read(found.rows[0])[0].astype(int)
    assert np.abs(np.diff(clip, axis=0)).max() > 40, "something moves"
    split = by_signer(found.rows, {"train": 0.5, "test": 0.5}, 0)
    assert all(len({r.gloss for r in split if r.split == name}) == 6 for name in ("train", "test"))


def test_the_two_sets_have_no_class_in_common() -> None:
    assert not set(SETS["first"]) & set(SETS["second"])


def test_where_the_shape_is_tells_no_class_from_another() -> None:
    """Places and sizes in single frames, drawn alike: their spread over the picture is the same for all classes."""
    seen = {}
    for gloss in SETS["first"]:
        ways = [_way(gloss, np.arange(45) / 25, 0.15, np.random.default_rng([1, i])) for i in range(400)]
        seen[gloss] = np.array([[w.x[i % 45], w.y[i % 45], w.size[i % 45]] for i, w in enumerate(ways)])
    for gloss, places in seen.items():
        for column, spread in enumerate((1.3, 1.0, 0.14)):
            for share in (0.1, 0.5, 0.9):
                off = np.quantile(places[:, column], share) - np.quantile(seen["circle-left"][:, column], share)
                assert abs(off) < 0.1 * spread, (gloss, column, share)


def test_no_hue_belongs_to_two_styles() -> None:
    """Else a network that is tested on unseen styles would have seen their colours."""
    turns = np.exp(-2j * np.pi * np.arange(3) / 3)
    ranges = []
    for style in range(STYLES):
        colours = [_Shape.any(np.random.default_rng([style, i]), style).colour for i in range(60)]
        hues = np.angle(np.array(colours) @ turns) / (2 * np.pi) % 1
        assert np.ptp(hues) < 1 / STYLES
        ranges.append((hues.min(), hues.max()))
    ranges.sort()
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_what_moves_is_what_the_class_says() -> None:
    t = np.arange(50) / 25
    moves = {g: _way(g, t, 0.15, np.random.default_rng(1)) for kind in SETS.values() for g in kind}
    assert np.ptp(moves["left-right"].x) > 0.2 and not np.ptp(moves["left-right"].y)
    assert np.ptp(moves["up-down"].y) > 0.2 and not np.ptp(moves["up-down"].x)
    assert (np.diff(moves["zoom-in"].size) > 0).all() and (np.diff(moves["zoom-out"].size) < 0).all()
    for gloss, way in (("circle-right", 1), ("circle-left", -1)):
        x, y = moves[gloss].x, moves[gloss].y
        turned = np.diff(np.unwrap(np.arctan2(y - y.mean(), x - x.mean())))
        assert (way * turned).mean() > 0, "y points down, so turning right is positive"
    assert np.corrcoef(moves["rising"].x, moves["rising"].y)[0, 1] < -0.99


def test_nothing_is_written_over(tmp_path: Path) -> None:
    write_clips(motion_clips(1, 0, seconds=0.2), "made", tmp_path)
    with pytest.raises(InputError, match="holds a manifest already"):
        write_clips(motion_clips(1, 0), "made", tmp_path)
    with pytest.raises(InputError, match="no set of gestures 'third'"):
        motion_clips(1, 0, "third")
