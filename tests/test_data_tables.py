"""Landmark tables in the forms people have: each reads back as what was put in, and bad ones are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
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


def numbers(points: np.ndarray) -> list[list[str]]:
    return [[f"{v:.6f}" for v in hand.ravel()] for hand in points]


def written(path: Path, lines: list[list[str]], delimiter: str = ",") -> Path:
    path.write_text("".join(delimiter.join(cells) + "\n" for cells in lines), "utf-8-sig")
    return path


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_decimal_commas(tmp_path: Path, delimiter: str) -> None:
    points = hands(3)
    lines = [["1.0", *cells] for cells in numbers(points)]
    if delimiter == ";":
        lines = [[cell.replace(".", ",") for cell in cells] for cells in lines]
    table = open_table(written(tmp_path / "t.csv", lines, delimiter))
    assert table.labels.tolist() == ["1", "1", "1"]
    np.testing.assert_allclose(table.clip(2).landmarks[0], points[2], atol=1e-6)


@pytest.mark.parametrize(("axes", "planar"), [("xyz", False), ("xyz", True), ("xy", True), ("zyx", False)])
def test_a_header_tells_the_order_of_the_numbers(tmp_path: Path, axes: str, planar: bool) -> None:
    points = hands(4)
    columns = [(a, i) for a in axes for i in range(21)] if planar else [(a, i) for i in range(21) for a in axes]
    header = ["id", "Hand", *[f"{a}{i}" for a, i in columns], "person", "gloss"]
    lines = [
        [str(n), "Left", *[f"{points[n, i, 'xyz'.index(a)]:.6f}" for a, i in columns], f"p{n}", "ABAB"[n]]
        for n in range(4)
    ]
    table = open_table(written(tmp_path / "t.csv", [header, *lines]))
    np.testing.assert_allclose(table.clip(3).landmarks[0, :, : len(axes)], points[3, :, : len(axes)], atol=1e-6)
    assert table.labels.tolist() == list("ABAB")
    assert table.signers.tolist() == ["p0", "p1", "p2", "p3"]
    assert "label in 'gloss'" in table.kind


def test_numbered_lines_column_numbers_as_header_and_labels_with_a_point(tmp_path: Path) -> None:
    points = hands(3)
    pandas = [["", *map(str, range(63)), "63"]]
    pandas += [[str(i), *cells, f"{i}.0"] for i, cells in enumerate(numbers(points))]
    plain = [[str(i), *cells, f"{i}.0"] for i, cells in enumerate(numbers(points))]
    headed = [[*map(str, range(63)), "label"], *[[*cells, f"{i}.0"] for i, cells in enumerate(numbers(points))]]
    for name, lines in (("plain", plain), ("headed", headed)):
        table = open_table(written(tmp_path / f"{name}.csv", lines))
        np.testing.assert_allclose(table.clip(1).landmarks[0], points[1], atol=1e-6)
        assert table.labels.tolist() == ["0", "1", "2"]


def test_relative_hands_with_whole_zeros_and_number_labels(tmp_path: Path) -> None:
    """A wrist written as 0 looks like a label, too."""
    points = hands(3)
    cells = [["0", "0", "0", *line[3:]] for line in numbers(points)]
    for labels in ("012", "000", "777"):
        last = open_table(written(tmp_path / f"{labels}l.csv", [[*c, n] for c, n in zip(cells, labels, strict=True)]))
        first = open_table(written(tmp_path / f"{labels}f.csv", [[n, *c] for c, n in zip(cells, labels, strict=True)]))
        assert last.labels.tolist() == first.labels.tolist() == list(labels)
        np.testing.assert_array_equal(last.clip(0).landmarks, first.clip(0).landmarks)
        assert not last.clip(0).landmarks[0, 0].any()


def test_empty_cells_are_points_not_seen(tmp_path: Path) -> None:
    (cells,) = numbers(hands(1))
    table = open_table(written(tmp_path / "t.csv", [["A", *cells], ["B", *[""] * 63]]))
    assert table.seen.tolist() == [True, False]


def test_what_kind_of_coordinates_is_said(tmp_path: Path) -> None:
    points = hands(5)
    relative = points - points[:, :1]
    scaled = relative[..., :2] / np.abs(relative[..., :2]).max(axis=(1, 2), keepdims=True)
    flat = points * [1, 1, 0]
    for name, array, words in (
        ("p", points, "3-D, fractions of the picture"),
        ("r", relative, "3-D, relative to the wrist"),
        ("s", scaled, "2-D, relative to the wrist, scaled by the largest coordinate"),
        ("f", flat, "2-D, fractions of the picture"),
        ("x", points * 640, "3-D, pixels"),
    ):
        np.savez(tmp_path / f"{name}.npz", landmarks=array, label=list("ABCDE"))
        kind = open_table(tmp_path / f"{name}.npz").kind
        assert kind.startswith(words + ";"), kind
    assert np.isnan(open_table(tmp_path / "f.npz").clip(0).landmarks[..., 2]).all(), "z that is always 0 is no depth"


def test_a_table_that_changes_is_read_again(tmp_path: Path) -> None:
    for labels in ("AB", "CDE"):
        np.savez(tmp_path / "t.npz", landmarks=hands(len(labels)), label=list(labels))
        assert "".join(open_table(tmp_path / "t.npz").labels) == labels


def test_labels_of_any_plain_type(tmp_path: Path) -> None:
    for name, values in (("whole", [1, 2]), ("floats", [1.0, 2.0]), ("bytes", [b"1", b"2"]), ("padded", ["1 ", " 2"])):
        np.savez(tmp_path / f"{name}.npz", landmarks=hands(2), label=np.array(values))
        assert open_table(tmp_path / f"{name}.npz").labels.tolist() == ["1", "2"]


def test_an_archive_states_its_frame_rate_and_aspect_or_gets_the_usual_ones(tmp_path: Path) -> None:
    arrays = {"frames": np.ones((5, 126)), "offsets": [0, 2, 5], "label": ["J", "Z"]}
    np.savez(tmp_path / "plain.npz", **arrays)
    np.savez(tmp_path / "stated.npz", **arrays, fps=np.array([10, 30]), aspect=1.5)
    plain, stated = (open_table(tmp_path / f"{name}.npz").clip(1) for name in ("plain", "stated"))
    assert (plain.times[1], plain.aspect) == (1 / 20, 1.0)
    assert (stated.times[1], stated.aspect) == (1 / 30, 1.5)


def test_archives_of_a_few_pose_points_and_of_numbered_points(tmp_path: Path) -> None:
    np.savez(tmp_path / "short.npz", frames=np.arange(170)[None] + 1, offsets=[0, 1], label=["hello"])
    short = open_table(tmp_path / "short.npz").clip(0).landmarks[0]
    assert short[HANDS_POSE.index["pose.left_shoulder"]].tolist() == [5, 6, 7]
    assert short[HANDS_POSE.index["left_hand.wrist"]].tolist() == [45, 46, 47]
    assert np.isnan(short[HANDS_POSE.index["pose.left_eye_inner"]]).all()
    frames = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    np.savez(tmp_path / "google.npz", frames=frames, points=[61, 468, 489, 522], offsets=[0, 1], label=["hello"])
    google = open_table(tmp_path / "google.npz").clip(0).landmarks[0]
    for point, first in (("left_hand.wrist", 3), ("pose.nose", 6), ("right_hand.wrist", 9)):
        assert google[HANDS_POSE.index[point], 0] == first


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
        ({"landmarks": hands(2), "label": [0.5, 1.5]}, "'label' holds numbers that aren't whole"),
        ({"landmarks": hands(2), "label": [b"\xff", b"B"]}, "no ASCII text"),
        ({"landmarks": np.array([["a"]]), "label": ["A"]}, "'landmarks' must hold numbers"),
        ({"landmarks": hands(0), "label": np.array([], dtype=str)}, "holds no landmark at all"),
        ({"landmarks": hands(1), "label": ["A"], "aspect": -1.0}, "'aspect' must be positive"),
        ({"frames": np.ones((2, 126)), "offsets": [], "label": []}, "offsets must be whole numbers"),
        ({"frames": np.ones((2, 5, 3)), "points": [1], "offsets": [0, 2], "label": ["A"]}, "'points' must number each"),
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


def test_a_table_that_unpacks_to_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepsign.data.table_npz.MOST_BYTES", 100_000)
    np.savez_compressed(tmp_path / "bomb.npz", landmarks=np.zeros((2000, 21, 3)), label=["A"] * 2000)
    with pytest.raises(InputError, match=r"bomb\.npz: unpacks to more than"):
        open_table(tmp_path / "bomb.npz")


@pytest.mark.parametrize("content", [b"", b"no zip", b"\x80\x04pickle", b"PK\x03\x04 cut"])
def test_a_damaged_table_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cut\.npz: (is|the file is) ") as said:
        open_table(path)
    assert "\n" not in str(said.value)


@settings(max_examples=40, deadline=None)
@example(at=5260, value=64)  # a zip of a version that is not yet
@given(at=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_flipped_byte_is_read_or_named_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int
) -> None:
    folder = tmp_path_factory.mktemp("f")
    np.savez(folder / "t.npz", landmarks=hands(1), label=["A"])
    content = bytearray((folder / "t.npz").read_bytes())
    content[at % len(content)] = value
    (folder / "t.npz").write_bytes(content)
    try:
        open_table(folder / "t.npz")
    except InputError as error:
        assert "t.npz" in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("A,1,2,3\n", "4 columns; a hand is 42 or 63 numbers"),
        ("A," + ",".join(["0.5"] * 63) + "\nB," + ",".join(["0.5"] * 62) + ",x\n", "line 2"),
        ("A," + ",".join(["inf"] * 63) + "\n", "infinite values"),
        ("A," + ",".join(["1e300"] * 63) + "\n", "infinite values"),
        ("A," + ",".join(["nan"] * 63) + "\n", "only NaN"),
        ("," + ",".join(["0.5"] * 63) + "\nB," + ",".join(["0.5"] * 63) + "\n", "line 1 has no label"),
        (("A," + ",".join(["0.5"] * 63) + "\n") * 9 + "B,x\n" * 5, r"line 10 has 2 cells, not 64; .* \(and 2 more\)"),
        (",".join(["0.5"] * 64) + "\n", "can't tell the labels from the numbers"),
        (("A," + ",".join(["0.5"] * 62) + ",B\n") * 2, "words both first and last"),
        ("label," + ",".join(f"{a}{i}" for a in "xy" for i in range(20)) + "\n", "names 40 coordinates"),
        ("label," + ",".join(f"v{i}" for i in range(63)) + "\n", "a header and no hands"),
    ],
)
def test_a_bad_csv_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"bad\.csv: .*{message}"):
        open_table(path)
