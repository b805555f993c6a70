"""Pixels' tables: many pictures in one file: X.npy, an .npz of images, or Sign MNIST's CSV of 784 numbers a row.

Nothing is unpickled: arrays of objects are refused.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.data.pixels_cache import PixelCache
from deepsign.problems import InputError

Pixels = NDArray[np.uint8]

# Sign MNIST's pictures are 28 × 28, grey.
SIDE = 28
SUFFIXES = frozenset({".npy", ".npz", ".csv"})
# Names under which people keep pictures and their labels in an .npz.
IMAGES = ("x", "images", "image", "data", "x_train", "arr_0")
LABELS = ("y", "labels", "label", "targets", "glosses", "y_train", "arr_1")
_ROWS_AT_ONCE = 256
_SMALLEST_SIDE, _LARGEST_SIDE = 8, 4096


@dataclass(frozen=True)
class NumberTable:
    """Sign MNIST's: labels (N,) and pixels (N, 28, 28), and the line of the file that each row stands in."""

    labels: NDArray[np.int64]
    pixels: Pixels
    lines: tuple[int, ...]


def is_picture_table(path: Path) -> bool:
    """Whether the items of a file are pictures, and no landmarks; False for one that can't be read."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            with path.open("rb") as file:
                # Landmark tables have at most 225 numbers a row; a row that is short by one is still a picture's.
                return file.readline(1 << 16).count(b",") > SIDE * SIDE // 2
        if suffix == ".npy":
            return _pictures_shape(np.load(path, mmap_mode="r", allow_pickle=False).shape)
        if suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                name = _named(archive, IMAGES)
                return name is not None and _pictures_shape(_shape_in(archive, name))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False
    return False


def _pictures_shape(shape: tuple[int, ...]) -> bool:
    # Landmarks have 2 to 4 numbers a point, pictures more columns than that.
    return len(shape) in {3, 4} and min(shape[1:3]) >= _SMALLEST_SIDE and (len(shape) == 3 or shape[3] in {1, 3, 4})


def _shape_in(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    with archive.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        return tuple(head(file)[0])


def open_pictures(path: Path, content: str, cache: PixelCache) -> NDArray[Any]:
    """The pictures of a table, (N, H, W) or (N, H, W, C), mapped into memory where that can be.

    content  the file's sha256, by which what was read of a CSV or an .npz is kept in the cache.

    Raises InputError, one line that names the file, for what is none.
    """
    if path.suffix.lower() == ".npy":
        return checked_pictures(path, loaded(path))
    if (kept := cache.get(f"{content}-table")) is not None:
        return kept
    if path.suffix.lower() == ".csv":
        pictures: NDArray[Any] = read_numbers(path).pixels
    else:
        pictures = as_bytes(checked_pictures(path, of_archive(path, IMAGES)))
    cache.put(f"{content}-table", np.ascontiguousarray(pictures))
    return pictures


def loaded(path: Path) -> NDArray[Any]:
    """An .npy, mapped into memory; InputError for one that is damaged or holds objects."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise _refusal(path, error) from None
    if not isinstance(found, np.ndarray):
        raise InputError(f"{path}: is no array; save it with np.save")
    return found


def of_archive(path: Path, names: tuple[str, ...]) -> NDArray[Any]:
    """The first array of an .npz that has one of these names; InputError where there is none, or it holds objects."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = _named(archive, names)
        if name is None:
            raise InputError(
                f"{path}: holds no array named {', '.join(names[:4])}; save it as np.savez(file, X=…, Y=…)"
            )
        with np.load(path, allow_pickle=False) as arrays:
            found: NDArray[Any] = arrays[name]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _refusal(path, error) from None
    return found


def checked_pictures(path: Path, pictures: NDArray[Any]) -> NDArray[Any]:
    """The same; InputError where they are no pictures: another shape, other kinds of number, nothing at all."""
    shape = pictures.shape
    if len(shape) not in {3, 4} or (len(shape) == 4 and shape[3] not in {1, 3, 4}):
        raise InputError(f"{path}: pictures must be (N, height, width, 3) or (N, height, width), not {shape}")
    if 0 in shape or max(shape[1:3]) > _LARGEST_SIDE:
        raise InputError(f"{path}: {shape} holds no pictures, or too large ones")
    if pictures.dtype.kind not in "uif" or pictures.dtype == np.int8:
        raise InputError(f"{path}: pictures must be numbers from 0 to 255 or from 0 to 1, not {pictures.dtype}")
    return pictures


def picture_at(pictures: NDArray[Any], item: int, unit: float) -> Pixels:
    """Picture `item` as (H, W, 3) uint8 RGB; `unit` is what white is (`white_of`). Transparency is put on white."""
    one = np.asarray(pictures[item])
    if one.dtype != np.uint8:
        scaled = np.nan_to_num(one.astype(np.float32)) * (255 / unit)
        one = np.clip(np.round(scaled), 0, 255).astype(np.uint8)
    if one.ndim == 2:
        one = one[..., None]
    if one.shape[2] == 4:
        alpha = one[..., 3:].astype(np.float32) / 255
        one = np.round(one[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(one, (*one.shape[:2], 3)))


def white_of(path: Path, pictures: NDArray[Any]) -> float:
    """255, 1 or 65535: what white is in these numbers, told from all of them; InputError for other ranges."""
    if pictures.dtype == np.uint8:
        return 255.0
    low, high = 0.0, 0.0
    for at in range(0, len(pictures), _ROWS_AT_ONCE):
        block = np.asarray(pictures[at : at + _ROWS_AT_ONCE])
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            raise InputError(f"{path}: pictures hold NaN or infinite numbers")
        low, high = min(low, float(block.min())), max(high, float(block.max()))
    if low < 0 or high > 65535:
        raise InputError(f"{path}: pictures go from {low:g} to {high:g}; they must be from 0 to 255, or from 0 to 1")
    if pictures.dtype.kind == "f" and high <= 1:
        return 1.0
    return 255.0 if high <= 255 else 65535.0


def as_bytes(pictures: NDArray[Any]) -> Pixels:
    """(N, H, W, 3) uint8 of any pictures."""
    unit = white_of(Path("pictures"), pictures)
    return np.stack([picture_at(pictures, item, unit) for item in range(len(pictures))])


def read_numbers(path: Path) -> NumberTable:
    """Sign MNIST's CSV, with its header or without.

    Raises InputError, one line that names the line, for a row that has not 784 pixels, and for numbers out of range.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read as text ({error})") from None
    numbered = [(at, line.strip()) for at, line in enumerate(text, start=1) if line.strip()]
    if numbered and not re.match(r'"?\d', numbered[0][1]):
        head = [name.strip(' "').lower() for name in numbered[0][1].split(",")]
        if head[0] != "label":
            raise InputError(f"{path}: the header begins with {head[0][:20]!r}; it must be label, pixel1, …, pixel784")
        numbered = numbered[1:]
    if not numbered:
        raise InputError(f"{path}: holds no rows; each is a label and {SIDE * SIDE} pixels")
    for at, line in numbered:
        if (count := line.count(",")) != SIDE * SIDE:
            raise InputError(f"{path}: line {at} has {count} pixels, not {SIDE * SIDE}; fetch the file again")
    try:
        values = np.loadtxt([line.replace('"', "") for _, line in numbered], delimiter=",", dtype=np.int64, ndmin=2)
    except ValueError as error:
        raise InputError(f"{path}: holds something that is no whole number ({str(error)[:80]})") from None
    off = ((values[:, 1:] < 0) | (values[:, 1:] > 255)).any(axis=1)
    if off.any():
        raise InputError(f"{path}: line {numbered[int(off.argmax())][0]} has a pixel outside 0 to 255")
    pixels = values[:, 1:].astype(np.uint8).reshape(-1, SIDE, SIDE)
    return NumberTable(values[:, 0], pixels, tuple(at for at, _ in numbered))


def _named(archive: zipfile.ZipFile, names: tuple[str, ...]) -> str | None:
    there = {Path(name).stem.lower(): Path(name).stem for name in archive.namelist() if name.endswith(".npy")}
    return next((there[name] for name in names if name in there), None)


def _refusal(path: Path, error: Exception) -> InputError:
    if any(word in str(error) for word in ("allow_pickle", "pickled", "Python objects")):
        return InputError(
            f"{path}: holds Python objects (pictures of mixed sizes, maybe), which are never unpickled; save pictures "
            "of one size with np.save(file, np.stack(X)), labels with np.save(file, np.array(Y, dtype=str))"
        )
    reason = str(error).strip().splitlines()
    return InputError(f"{path}: the array is damaged or cut short ({reason[0][:100] if reason else 'empty'})")
