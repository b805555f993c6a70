"""Photos of every kind, upright; and everything that only pretends to be one."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from deepsign.perceive import open_clip, read_frames
from deepsign.perceive.image import LONG_SIDE, read_image
from deepsign.problems import InputError

Picture = NDArray[np.uint8]


@pytest.fixture
def corner() -> Picture:
    """60 × 40, red, with its upper left quarter blue."""
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    picture[..., 0] = 200
    picture[:20, :30] = (0, 0, 200)
    return picture


def blue_corner(picture: Picture) -> str:
    half_h, half_w = picture.shape[0] // 2, picture.shape[1] // 2
    quarters = {
        "upper left": picture[:half_h, :half_w],
        "upper right": picture[:half_h, half_w:],
        "lower left": picture[half_h:, :half_w],
        "lower right": picture[half_h:, half_w:],
    }
    return max(quarters, key=lambda name: float(quarters[name][..., 2].mean()))


def refusal(path: Path) -> str:
    """The one line that the file is refused with."""
    with pytest.raises(InputError) as caught:
        read_image(path)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(f"{path}: ")
    with pytest.raises(InputError, match=re.escape(str(path))):
        open_clip(path)
    return text


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "a.gif", "a.bmp", "a.tiff"])
def test_every_format_reads_alike(tmp_path: Path, corner: Picture, name: str) -> None:
    path = tmp_path / name
    pillow_heif.register_heif_opener()
    Image.fromarray(corner).save(path)
    picture = read_image(path)
    assert picture.shape == (40, 60, 3) and picture.dtype == np.uint8 and picture.flags.writeable
    assert np.abs(picture.astype(int) - corner).mean() < 12
    clip = open_clip(path)
    assert len(clip) == 1 and clip.aspect == 1.5
    assert read_frames(path).still


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path: Path, corner: Picture, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode in {"CMYK", "YCbCr"} else "a.png")
    picture = Image.fromarray(corner).convert(mode)
    picture.save(path)
    assert np.abs(read_image(path).astype(int) - np.array(picture.convert("RGB"))).mean() < 12


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(8, axis=0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    grey = read_image(tmp_path / "a.png")
    assert grey[0, 0, 0] == 0 and grey[0, -1, 0] == 255 and abs(int(grey[0, 128, 0]) - 128) <= 1


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (10, 20, 30, 0)).save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == 255).all()


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_rotation_is_applied(tmp_path: Path, corner: Picture, turn: int) -> None:
    stored = Image.fromarray(corner)
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in undo.get(turn, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = turn
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = read_image(tmp_path / "a.jpg")
    assert picture.shape == (40, 60, 3) and blue_corner(picture) == "upper left"


def test_a_large_phone_photo_is_brought_down(tmp_path: Path) -> None:
    # 52 megapixels, upright by EXIF as phones store them.
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8320, 6240), (90, 120, 150)).save(tmp_path / "a.jpg", exif=exif, quality=50)
    picture = read_image(tmp_path / "a.jpg")
    assert picture.shape[0] * 3 == picture.shape[1] * 4 and 960 <= picture.shape[0] <= LONG_SIDE


def test_a_large_png_is_brought_down(tmp_path: Path) -> None:
    Image.new("L", (3000, 1500)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").shape == (LONG_SIDE // 2, LONG_SIDE, 3)


def test_a_wrong_name_is_no_obstacle(tmp_path: Path, corner: Picture) -> None:
    Image.fromarray(corner).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    (tmp_path / "b.mp4").write_bytes((tmp_path / "a.jpg").read_bytes())
    assert (read_image(tmp_path / "a.jpg") == corner).all()
    assert len(open_clip(tmp_path / "b.mp4")) == 1


def test_text_called_jpg(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("Dear diary, this is not a picture at all.")
    assert "not a picture" in refusal(path)


def test_empty_missing_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    assert "empty" in refusal(tmp_path / "a.jpg")
    assert "no such file" in refusal(tmp_path / "b.jpg")
    assert "folder" in refusal(tmp_path / "folder.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "a.gif", "a.tiff"])
def test_cut_short(tmp_path: Path, name: str) -> None:
    pillow_heif.register_heif_opener()
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    refusal(tmp_path / name)


@pytest.mark.parametrize(
    "start", [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x99\0\0\0WEBP", b"GIF89a", b"II*\0"]
)
def test_random_bytes(tmp_path: Path, start: bytes) -> None:
    for seed in range(5):
        path = tmp_path / f"{seed}.png"
        path.write_bytes(start + np.random.default_rng(seed).bytes(3000))
        refusal(path)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds a few bytes: what a decompression bomb looks like."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (12_000, 10_000), (100_000, 100_000)])
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(*size))
    assert re.search("too large|too many pixels", refusal(path))


def test_a_real_20000_square_jpeg_is_refused(tmp_path: Path) -> None:
    # The header alone matters: a small JPEG whose frame header says 20,000 × 20,000.
    Image.new("L", (16, 16)).save(tmp_path / "a.jpg")
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 20_000, 20_000)
    (tmp_path / "a.jpg").write_bytes(bytes(data))
    assert re.search("too large|too many pixels", refusal(tmp_path / "a.jpg"))


def test_a_strip_is_no_photo(tmp_path: Path) -> None:
    Image.new("RGB", (4000, 2)).save(tmp_path / "a.png")
    assert "narrow" in refusal(tmp_path / "a.png")
