"""Photos and other stills: any common picture file → (H, W, 3) uint8 RGB, upright."""

from __future__ import annotations

import math
import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from deepsign.perceive.kinds import checked_file
from deepsign.problems import InputError

# What is recognised by its first bytes, whatever the file is called.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "BMP", "TIFF")
# JPEG is decoded at a fraction of its size, so a phone's largest photo is welcome; 178 million is also where Pillow
# itself refuses. Every other format has to be decoded whole, at 3 to 8 bytes a pixel.
MOST_PIXELS_JPEG = 178_000_000
MOST_PIXELS = 110_000_000
# Stills are brought down to this longer side, px: what the tracker and every network look at is smaller still.
LONG_SIDE = 1280
# JPEG can be decoded at 1/2, 1/4 or 1/8 of its size; the smallest that keeps this longer side is taken. A photo of
# 12 megapixels is then read in half the time, and a hand in it is still larger than the tracker's 224 px.
JPEG_SIDE = 960
# A picture 1 px high and 65,000 wide is no photo, and would be a giant once its short side is enlarged.
MOST_ELONGATED = 40


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """A still as (H, W, 3) uint8 RGB: EXIF's turn applied, transparency on white, longer side at most LONG_SIDE px.

    Reads JPEG, PNG, WebP, HEIC, GIF (its first frame), BMP and TIFF; grey, palette, CMYK and 16-bit included.
    Raises InputError, naming the file, where it is missing, empty, damaged, cut short, too large, or no picture.
    """
    path = Path(path)
    _register_heif()
    checked_file(path)
    with warnings.catch_warnings():
        # Pillow warns of large pictures, odd EXIF and the like; the limits here are our own and say so.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=FORMATS) as picture:
                _check_size(picture, path)
                return _rgb(picture)
        except InputError:
            raise
        except Image.DecompressionBombError:
            raise InputError(f"{path}: too many pixels; make it smaller than {MOST_PIXELS:,}") from None
        except UnidentifiedImageError:
            raise InputError(f"{path}: not a picture that can be read (JPEG, PNG, WebP, HEIC, GIF)") from None
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError, IndexError, KeyError) as error:
            raise InputError(f"{path}: the picture is damaged or cut short ({_reason(error)})") from None
        except Exception as error:
            # Decoders meet random bytes in ways of their own; a person's file must not end the batch.
            raise InputError(f"{path}: the picture can't be decoded ({_reason(error)})") from None


def _register_heif() -> None:
    if "HEIF" not in Image.OPEN:
        import pillow_heif

        pillow_heif.register_heif_opener()


def _check_size(picture: ImageFile.ImageFile, path: Path) -> None:
    """Refuses before decoding; the header has told the size."""
    width, height = picture.size
    most = MOST_PIXELS_JPEG if picture.format in {"JPEG", "MPO"} else MOST_PIXELS
    if width * height > most:
        raise InputError(
            f"{path}: {width} × {height} px is too large; make it smaller than {most // 1_000_000} megapixels"
        )
    if max(width, height) > MOST_ELONGATED * min(width, height):
        raise InputError(f"{path}: {width} × {height} px is too narrow for a photo")


def _rgb(picture: ImageFile.ImageFile) -> NDArray[np.uint8]:
    share = JPEG_SIDE / max(picture.size)
    if max(picture.size) > LONG_SIDE:
        # Formats other than JPEG ignore this.
        picture.draft("RGB", (math.ceil(picture.width * share), math.ceil(picture.height * share)))
    still = _upright(picture)
    if still.mode.startswith("I") or still.mode == "F":
        still = _eight_bit(still)
    if still.has_transparency_data:
        still = still.convert("RGBA")
        still = Image.alpha_composite(Image.new("RGBA", still.size, "white"), still)
    still = still.convert("RGB")
    if max(still.size) > LONG_SIDE:
        still.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.array(still, dtype=np.uint8)


def _upright(picture: ImageFile.ImageFile) -> Image.Image:
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except (SyntaxError, ValueError, TypeError, OSError, KeyError, struct.error):
        # Broken EXIF beside a sound picture: nothing says that it must be turned.
        return picture


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float grey as 8 bits: 16-bit by its upper byte, others from darkest to lightest."""
    values = np.asarray(picture)
    low, high = (0.0, 65535.0) if picture.mode != "F" else (float(np.nanmin(values)), float(np.nanmax(values)))
    if values.max() > 65535 or values.min() < 0:
        low, high = float(values.min()), float(values.max())
    eight = (values.astype(np.float32) - low) * (255 / max(high - low, 1e-9))
    return Image.fromarray(np.clip(np.nan_to_num(eight), 0, 255).astype(np.uint8))


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__
