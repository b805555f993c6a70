"""Parquet sequences: the rows' order and repetition don't matter; what is wrong is said in one line."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepsign.perceive import open_clip, read_landmarks
from deepsign.problems import InputError
from made_sequences import Columns, columns, points_of, taken, write


def clip_of(path: Path) -> tuple[Any, Any]:
    clip = read_landmarks(path)
    assert clip.layout == "hands_pose"
    return clip.landmarks, clip.times


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_landmarks(path)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(f"{path}: ")
    return text


def changed(tmp_path: Path, **cells: Any) -> Path:
    return write(tmp_path / "a.parquet", columns() | cells)


@pytest.mark.parametrize("nulls", [True, False])
def test_hands_and_pose_are_read_and_the_face_is_not(tmp_path: Path, nulls: bool) -> None:
    table = columns(frames=4, first=17)
    points, times = clip_of(write(tmp_path / "a.parquet", table, nulls))
    np.testing.assert_array_equal(points, points_of(table).astype(np.float32))
    assert np.isnan(points[:, :21]).all() and not np.isnan(points[:, 21:]).any()
    np.testing.assert_allclose(times, [0, 1 / 30, 2 / 30, 3 / 30])


def test_it_opens_like_any_source_in_the_layout_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", columns())
    assert open_clip(path, layout="hands").landmarks.shape == (4, 42, 3)  # type: ignore[union-attr]


def test_shuffled_and_repeated_rows_give_the_same_clip(tmp_path: Path) -> None:
    table = columns(frames=5)
    rows = np.random.default_rng(1).permutation(np.concatenate([np.arange(5 * 543), np.arange(543)]))
    points, times = clip_of(write(tmp_path / "b.parquet", taken(table, rows)))
    np.testing.assert_array_equal(points, points_of(table).astype(np.float32))
    assert len(times) == 5


def test_row_groups_make_one_clip(tmp_path: Path) -> None:
    table = columns(frames=6)
    points, _ = clip_of(write(tmp_path / "a.parquet", table, row_group_size=700))
    np.testing.assert_array_equal(points, points_of(table).astype(np.float32))


def test_a_lost_frame_leaves_a_gap_in_time(tmp_path: Path) -> None:
    table = columns(frames=4)
    _, times = clip_of(write(tmp_path / "a.parquet", taken(table, table["frame"] != 21)))
    np.testing.assert_allclose(times, [0, 2 / 30, 3 / 30])


def test_one_frame_and_ten_thousand(tmp_path: Path) -> None:
    assert len(clip_of(write(tmp_path / "one.parquet", columns(frames=1)))[1]) == 1
    hand = columns(frames=10_000, parts=(("right_hand", 21),))
    points, times = clip_of(write(tmp_path / "long.parquet", hand))
    assert points.shape == (10_000, 75, 3) and times[-1] == pytest.approx(9999 / 30)
    np.testing.assert_array_equal(points[:, 54:, 0].reshape(-1), hand["x"].astype(np.float32))


def test_a_subset_of_types_leaves_the_others_unseen(tmp_path: Path) -> None:
    table = columns()
    points, _ = clip_of(write(tmp_path / "a.parquet", taken(table, table["type"] == "pose")))
    assert np.isnan(points[:, :21]).all() and np.isnan(points[:, 54:]).all() and not np.isnan(points[:, 21:54]).any()


def test_a_frame_with_a_face_alone_is_a_frame(tmp_path: Path) -> None:
    table = columns(frames=3)
    points, times = clip_of(
        write(tmp_path / "a.parquet", taken(table, (table["frame"] != 21) | (table["type"] == "face")))
    )
    assert len(times) == 3 and np.isnan(points[1]).all()


def test_x_without_y_places_nothing_and_depth_may_be_missing(tmp_path: Path) -> None:
    table = columns()
    table["y"][468 + 21] = np.nan
    table["z"][468 + 22] = np.nan
    points, _ = clip_of(write(tmp_path / "a.parquet", table))
    assert np.isnan(points[0, 21]).all()
    assert np.isnan(points[0, 22, 2]) and not np.isnan(points[0, 22, :2]).any()


def test_nothing_seen_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    table = columns()
    for axis in "xyz":
        table[axis][:] = np.nan
    path = write(tmp_path / "a.parquet", table)
    assert "no point was seen" in message(path)
    clip = read_landmarks(path, unseen_too=True)
    assert clip.landmarks is not None and np.isnan(clip.landmarks).all() and len(clip) == 4


def test_missing_columns_are_named(tmp_path: Path) -> None:
    table = columns()
    del table["frame"], table["z"]
    assert "lacks the columns frame, z" in message(write(tmp_path / "a.parquet", table))


def test_unknown_points_and_types_are_named(tmp_path: Path) -> None:
    def one_off(column: str, value: Any) -> Path:
        table = columns()
        table[column][489] = value
        return write(tmp_path / "a.parquet", table)

    assert "frame 20 has pose 33; pose goes from 0 to 32" in message(one_off("landmark_index", 33))
    assert "pose -1" in message(one_off("landmark_index", -1))
    assert "unknown type 'tail'" in message(one_off("type", "tail"))


def test_rows_that_contradict_are_refused(tmp_path: Path) -> None:
    table = columns()
    twice = taken(table, np.r_[np.arange(len(table["x"])), 489])
    twice["x"][-1] = 0.123
    assert "frame 20 has two different rows for pose.nose" in message(write(tmp_path / "a.parquet", twice))


def test_columns_of_the_wrong_kind_are_named(tmp_path: Path) -> None:
    count = len(columns()["x"])
    assert "the column x must hold numbers" in message(changed(tmp_path, x=np.array(["a"] * count)))
    assert "the column frame must hold whole numbers" in message(changed(tmp_path, frame=np.full(count, 0.5)))
    assert "the column type must hold text" in message(changed(tmp_path, type=np.zeros(count)))
    holes = columns()["type"]
    holes[7] = None
    assert "1 rows have no type" in message(changed(tmp_path, type=holes))


def test_no_picture_fractions_are_refused(tmp_path: Path) -> None:
    table = columns()
    assert "not pixels" in message(changed(tmp_path, x=table["x"] * 640))
    table["x"][489] = np.inf
    assert "infinite" in message(write(tmp_path / "a.parquet", table))


def test_an_empty_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    empty: Columns = {name: values[:0] for name, values in columns().items()}
    empty["type"], empty["row_id"] = empty["type"].astype("U1"), empty["row_id"].astype("U1")
    assert "holds no frames" in message(write(tmp_path / "a.parquet", empty))
    whole = write(tmp_path / "b.parquet", columns()).read_bytes()
    for size in (4, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "c.parquet").write_bytes(whole[:size])
        assert "damaged or cut short" in message(tmp_path / "c.parquet")


def test_without_pyarrow_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet", columns())
    plain = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name=name)
        return plain(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'deepsign[train]'" in message(path)


def test_the_published_files_are_what_others_read_from_them(shared_data: Path) -> None:
    folder = shared_data / "motion" / "asl_signs"
    with np.load(folder / "landmarks.npz", allow_pickle=False) as file:
        item = {str(name): i for i, name in enumerate(file["sequence_id"])}
        frames, offsets, which = file["frames"].astype(np.float32), file["offsets"], file["points"] >= 468
    paths = sorted(folder.glob("train_landmark_files/*/*.parquet"))
    compared = [(path, item[path.stem]) for path in paths if path.stem in item]
    assert len(compared) >= 20
    for path, i in compared:
        points, _ = clip_of(path)
        np.testing.assert_allclose(points, frames[offsets[i] : offsets[i + 1]][:, which], atol=2e-3)
