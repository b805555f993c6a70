"""Photos made of one photo are found and kept in one split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from deepsign.cli import run
from deepsign.data import manifest
from deepsign.data.manifest import Manifest, Row
from deepsign.data.near_copies import copy_groups
from deepsign.data.splits import by_copies, by_signer, check, one_sided
from deepsign.problems import InputError


def scene(seed: int) -> Image.Image:
    """Blotches of several sizes, as photos have."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((200, 200, 3))
    for cells in (4, 9, 16):
        rough = Image.fromarray((rng.random((cells, cells, 3)) * 255).astype(np.uint8))
        picture += np.asarray(rough.resize((200, 200), Image.Resampling.BICUBIC)) / 3
    return Image.fromarray(picture.astype(np.uint8))


def augmented(photo: Image.Image, kind: int) -> Image.Image:
    """As web services make copies: mirrored, turned, cropped, dimmed, without colour."""
    if kind == 0:
        return photo
    if kind == 1:
        return ImageEnhance.Brightness(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).enhance(0.7)
    return photo.rotate(5, Image.Resampling.BILINEAR).crop((22, 8, 192, 178)).resize((150, 150)).convert("L")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three of each of eight."""
    paths = []
    for seed in range(8):
        for kind in range(3):
            paths.append(tmp_path / f"{seed}-{kind}.jpg")
            augmented(scene(seed), kind).save(paths[-1], quality=80)
    return paths


def rows_of(photos: list[Path], split: str = "") -> list[Row]:
    return [Row(p.name, "AB"[i // 3 % 2], "web", split, "MIT", "web", "") for i, p in enumerate(photos)]


def test_copies_are_one_group_and_other_photos_are_not(photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"cut")
    groups = copy_groups([*photos, tmp_path / "cut.jpg"])
    assert groups == [i // 3 * 3 for i in range(24)] + [24]


def test_a_split_by_copies_keeps_them_together(photos: list[Path], tmp_path: Path) -> None:
    rows = rows_of(photos)
    with pytest.raises(InputError, match="1 signers can't be split"):
        by_signer(rows, {"train": 0.75, "test": 0.25}, 0)
    split = by_copies(rows, tmp_path, {"train": 0.75, "test": 0.25}, 0)
    assert [(r.path, r.signer) for r in split] == [(r.path, r.signer) for r in rows]
    assert sum(r.split == "test" for r in split) == 6
    assert all(len({r.split for r in split[i : i + 3]}) == 1 for i in range(0, 24, 3))
    check(Manifest(tuple(split), tmp_path), by="copies")
    leaking = [
        *split[:2],
        Row(**{**vars(split[2]), "split": "test" if split[2].split == "train" else "train"}),
        *split[3:],
    ]
    with pytest.raises(InputError, match=r"0-0\.jpg .* and 0-2\.jpg .* were made of one photo; split again"):
        check(Manifest(tuple(leaking), tmp_path), by="copies")


def test_the_command_line_splits_and_checks_by_copies(
    photos: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest.write(rows_of(photos), tmp_path / "all.csv")
    split = str(tmp_path / "split.csv")
    assert run(["data", "split", str(tmp_path / "all.csv"), "--out", split, "--by", "copies", "--validation", "0"]) == 0
    assert run(["data", "check", split, "--by", "copies"]) == 0
    assert run(["data", "check", split]) == 1
    assert "signer web is in" in capsys.readouterr().err


def test_the_real_augmented_copies_are_found(shared_data: Path) -> None:
    folder = shared_data / "images" / "letters_roboflow" / "train"
    photos = sorted(folder.glob("[AL]/*.jpg"))[:90]
    groups = np.array(copy_groups(photos))
    names = np.array([p.name.split(".rf.")[0] for p in photos])
    same = (names[:, None] == names[None]) & ~np.eye(len(names), dtype=bool)
    assert (groups[:, None] == groups[None])[same].mean() >= 0.95
    assert len(set(groups.tolist())) >= 0.8 * len(set(names.tolist()))


def test_classes_that_a_split_can_not_test_are_said() -> None:
    rows = [
        Row("1.jpg", "A", "ana", "train", "", "own", ""),
        Row("2.jpg", "A", "ben", "test", "", "own", ""),
        Row("3.jpg", "B", "ana", "train", "", "own", ""),
    ]
    assert one_sided(rows) == ["B has no rows in test: only ana signs it"]
    assert one_sided(rows[:2]) == ["there is one class only; a classifier needs two"]
    assert one_sided([*rows, Row("4.jpg", "B", "ben", "test", "", "own", "")]) == []
