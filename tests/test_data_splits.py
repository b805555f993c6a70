"""Splits keep every signer on one side, whatever the data; the check refuses what leaks."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepsign.data.manifest import Manifest, Row
from deepsign.data.readers import CORPORA
from deepsign.data.splits import by_signer, check, folds
from deepsign.problems import InputError

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def row(signer: str, number: int, split: str = "", sha256: str = "") -> Row:
    return Row(f"{signer}/{number}.jpg", "A", signer, split, "MIT", "made", sha256)


people = st.lists(st.integers(1, 20), min_size=3, max_size=12).map(
    lambda counts: [row(f"s{i}", n) for i, count in enumerate(counts) for n in range(count)]
)


@given(rows=people, seed=st.integers(0, 9))
def test_no_signer_is_in_two_splits_and_no_split_is_empty(rows: list[Row], seed: int) -> None:
    done = by_signer(rows, SHARES, seed)
    assert [replace(r, split="") for r in done] == rows
    where = {s: {r.split for r in done if r.signer == s} for s in {r.signer for r in rows}}
    assert all(len(splits) == 1 for splits in where.values())
    assert {r.split for r in done} == set(SHARES)
    check(Manifest(tuple(replace(r, path=r.path + ".npz") for r in done), Path()))


@given(rows=people, seed=st.integers(0, 9))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], seed: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert sorted(by_signer(rows, SHARES, seed)) == sorted(by_signer(shuffled, SHARES, seed))


@given(rows=people)
def test_folds_cover_everything_once(rows: list[Row]) -> None:
    parts = folds(rows, 3, seed=0)
    assert sorted(i for part in parts for i in part) == list(range(len(rows)))
    signers = [{rows[i].signer for i in part} for part in parts]
    assert not (signers[0] & signers[1] or signers[0] & signers[2] or signers[1] & signers[2])


def test_too_few_signers_are_refused() -> None:
    with pytest.raises(InputError, match="1 signers can't be split"):
        by_signer([row("ann", 0)], SHARES, 0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("ann", 0, "train"), row("ann", 1, "test")], "signer ann is in train .* and in test"),
        ([row("ann", 0, "train", "f00"), row("ben", 0, "test", "f00")], "file content f00 is in train"),
    ],
)
def test_a_leak_is_refused_and_named(rows: list[Row], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(Manifest(tuple(rows), Path()))


def test_nearly_the_same_photo_in_two_splits_is_refused(tmp_path: Path) -> None:
    smooth = np.random.default_rng(0).random((6, 8, 3))
    picture = Image.fromarray((smooth * 255).astype(np.uint8)).resize((160, 120), Image.Resampling.BICUBIC)
    other = Image.fromarray((smooth[::-1, ::-1] * 255).astype(np.uint8)).resize((160, 120), Image.Resampling.BICUBIC)
    picture.save(tmp_path / "a.png")
    picture.resize((150, 112)).save(tmp_path / "b.jpg", quality=60)
    other.save(tmp_path / "c.png")
    a, b, c = (
        Row(f"{n}", "A", n, s, "", "made", n) for n, s in (("a.png", "train"), ("b.jpg", "test"), ("c.png", "test"))
    )
    check(Manifest((a, c), tmp_path))
    with pytest.raises(InputError, match=r"b\.jpg .* and a\.png .* nearly the same picture"):
        check(Manifest((a, b, c), tmp_path))


def test_what_can_not_be_read_is_said_and_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"cut")
    rows = (Row("cut.jpg", "A", "ann", "train", "", "made", ""), Row("gone.mp4", "A", "ben", "test", "", "made", ""))
    found = check(Manifest(rows, tmp_path))
    assert found.rows == {"train": 1, "test": 1}
    assert [path for path, _ in found.unreadable] == ["cut.jpg"]


@pytest.mark.parametrize(("split", "said"), [("", "no row has a split"), ("train", "all rows are in train")])
def test_a_manifest_that_is_not_split_is_not_said_to_be_clean(split: str, said: str) -> None:
    with pytest.raises(InputError, match=f"{said}; split by signer first"):
        check(Manifest((row("ann", 0, split), row("ben", 0, split)), Path()))


def test_nearly_the_same_hand_in_two_splits_is_refused(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((40, 21, 3), dtype=np.float32)
    copy = (points[7] * [-0.5, 0.5, 0.5] + 0.3 + np.random.default_rng(1).normal(0, 5e-4, (21, 3))).astype(np.float32)
    np.savez(tmp_path / "t.npz", landmarks=np.concatenate([points, copy[None]]), label=["A"] * 41)
    rows = [Row(f"t.npz#{i}", "A", f"s{i >= 20}", "train" if i < 20 else "test", "MIT", "t", "") for i in range(41)]
    assert check(Manifest(tuple(rows[:40]), tmp_path)).rows == {"train": 20, "test": 20}
    with pytest.raises(InputError, match=r"t\.npz#40 \(test\) and t\.npz#7 \(train\) show nearly the same hand"):
        check(Manifest(tuple(rows), tmp_path))
    # Between any two splits, not between the first two alone.
    (*others, last), parted = rows, Row("t.npz#0", "A", "s9", "validation", "MIT", "t", "")
    with pytest.raises(InputError, match=r"t\.npz#40 \(test\) and t\.npz#7 \(train\)"):
        check(Manifest((parted, *others[1:], last), tmp_path))
    with pytest.raises(InputError, match=r"t\.npz#7 \(train\) and t\.npz#40 \(validation\)"):
        check(Manifest((*others, replace(last, split="validation", signer="s9")), tmp_path))


def test_one_large_signer_goes_where_most_is_missing() -> None:
    rows = [row("big", n) for n in range(60)] + [row(f"s{i}", n) for i in range(10) for n in range(4)]
    for seed in range(5):
        counts = Counter(r.split for r in by_signer(rows, SHARES, seed))
        assert abs(counts["train"] - 70) <= 4
        assert abs(counts["test"] - 15) <= 4
    assert len({tuple(by_signer(rows, SHARES, seed)) for seed in range(5)}) > 1


def test_real_signers_before_the_same_wall_are_not_taken_for_one_another(shared_data: Path) -> None:
    rows = CORPORA["signers_csv"](shared_data, "images/digits", "digits", "Apache-2.0", {})
    some = [r for r in by_signer(rows, {"train": 0.5, "test": 0.5}, 0) if r.gloss in "37"]
    assert sum(check(Manifest(tuple(some), shared_data)).rows.values()) == len(some)
