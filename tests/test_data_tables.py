"""Landmark tables in the forms people have: each reads back as what was put in, and bad ones are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign.data.tables import open_table
from deepsign.landmarks import HANDS, HANDS_POSE
from deepsign.problems import InputError


def hands(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 21, 3), dtype=np.float32)


@settings(max_examples=40, deadline=None)
@given(
    first=st.booleans(),
    flat=st.booleans(),
    header=st.booleans(),
    relative=st.booleans(),
    numbered=st.booleans(),
    count=st.integers(1, 5),
)
def test_csv_forms_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    first: bool,
    flat: bool,
    header: bool,
    relative: bool,
    numbered: bool,
    count: int,
) -> None:
    points = hands(count, seed=count)
    points = points - points[:, :1] if relative else points
    points = points[..., :2] if flat else points
    labels = [str(i % 3) if numbered else "ABC"[i % 3] for i in range(count)]
    lines = []
    for label, hand in zip(labels, points, strict=True):
        numbers = [f"{v:.6f}" for v in hand.ravel()]
        lines.append(",".join([label, *numbers] if first else [*numbers, label]))
    if header:
        names = [f"v{i}" for i in range(points[0].size)]
        lines.insert(0, ",".join(["label", *names] if first else [*names, "label"]))
    path = tmp_path_factory.mktemp("t") / "hands.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    table = open_table(path)
    assert table.labels.tolist() == labels
    for item in range(count):
        clip = table.clip(item)
        assert clip.layout == "hand"
        np.testing.assert_allclose(clip.landmarks[0, :, : points.shape[2]], points[item], atol=1e-6)
        assert np.isnan(clip.landmarks[..., 2]).all() == flat


def test_a_hand_table(tmp_path: Path) -> None:
    path = tmp_path / "hands.npz"
    points = hands(3)
    np.savez(path, landmarks=points, label=["A", "b", "C"], suspect=[False, True, False])
    table = open_table(path)
    np.testing.assert_array_equal(table.clip(1).landmarks[0], points[1])
    assert table.suspect.tolist() == [False, True, False]
    with pytest.raises(InputError, match=r"hands\.npz#3: the table has 3 items"):
        table.clip(3)


def test_an_archive_of_two_hands_knows_what_was_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "clips.npz"
    frames = np.random.default_rng(0).random((5, 126), dtype=np.float32)
    frames[1, :63] = 0
    frames[4] = 0
    np.savez(path, frames=frames, offsets=[0, 2, 5], label=["J", "Z"])
    first, second = (open_table(path).clip(i) for i in range(2))
    assert (len(first), len(second)) == (2, 3)
    left, right = HANDS.part("left_hand"), HANDS.part("right_hand")
    assert np.isnan(first.landmarks[1, left]).all()
    assert not np.isnan(first.landmarks[1, right]).any()
    assert np.isnan(second.landmarks[2]).all()
    np.testing.assert_array_equal(first.landmarks[0, right].ravel(), frames[0, 63:])
    still = open_table(path).clip(1, frame=1)
    assert len(still) == 1
    np.testing.assert_array_equal(still.landmarks[0], second.landmarks[1])


def test_an_archive_with_the_body(tmp_path: Path) -> None:
    path = tmp_path / "clips.npz"
    frames = np.arange(258, dtype=np.float32)[None] + 1
    np.savez(path, frames=frames, offsets=[0, 1], label=["hello"])
    clip = open_table(path).clip(0)
    assert clip.layout == "hands_pose"
    assert clip.landmarks[0, HANDS_POSE.index["pose.nose"]].tolist() == [1, 2, 3]
    assert clip.landmarks[0, HANDS_POSE.index["left_hand.wrist"]].tolist() == [133, 134, 135]
    assert clip.landmarks[0, HANDS_POSE.index["right_hand.wrist"]].tolist() == [196, 197, 198]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"landmarks": hands(2)}, "has no array 'label'"),
        ({"label": ["A"]}, "neither a hand table"),
        ({"landmarks": hands(2), "label": ["A"]}, r"2 items, but 'label' has the shape \(1,\)"),
        ({"landmarks": hands(2)[:, :20], "label": ["A", "B"]}, r"must be \(N, 21, 3\)"),
        ({"landmarks": hands(1) * np.inf, "label": ["A"]}, "infinite values"),
        ({"landmarks": hands(1) * np.nan, "label": ["A"]}, "only NaN"),
        ({"frames": np.zeros((2, 100)), "offsets": [0, 2], "label": ["A"]}, "126"),
        ({"frames": np.ones((2, 126)), "offsets": [0, 3], "label": ["A"]}, "offsets must rise from 0 to the 2 frames"),
    ],
)
def test_a_bad_table_is_named(tmp_path: Path, arrays: dict, message: str) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=rf"bad\.npz: .*{message}"):
        open_table(path)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "trap.npz"
    np.savez(path, landmarks=np.array([{"a": 1}], dtype=object), label=["A"])
    with pytest.raises(InputError, match=r"trap\.npz: holds Python objects, which are never read"):
        open_table(path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_a_damaged_table_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cut\.npz"):
        open_table(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("A,1,2,3\n", "4 columns; a hand is 42 or 63 numbers"),
        ("A," + ",".join(["0.5"] * 63) + "\nB," + ",".join(["0.5"] * 62) + ",x\n", "line 2"),
        ("A," + ",".join(["inf"] * 63) + "\n", "infinite values"),
    ],
)
def test_a_bad_csv_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"bad\.csv: .*{message}"):
        open_table(path)
