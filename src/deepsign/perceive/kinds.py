"""What a file is: told by its first bytes, not by its name."""

from __future__ import annotations

from pathlib import Path

from deepsign.problems import InputError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".tif", ".tiff"})
VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi", ".gif"})
LANDMARK_SUFFIXES = frozenset({".npz", ".npy", ".pose", ".parquet"})

# Brands of the ISO container that hold stills; every other brand is a video.
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
_MOV_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def checked_file(path: Path) -> bytes:
    """The first 16 bytes of a file; InputError, naming it, where it is missing, empty, a folder or locked."""
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder, not a file")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    if not head:
        raise InputError(f"{path}: the file is empty")
    return head


def demuxer(head: bytes) -> str | None:
    """The FFmpeg demuxer for a file's first 16 bytes, or None where it is no video that we read.

    Naming the demuxer keeps FFmpeg from trying playlists and other formats that open further files.
    """
    if head[4:8] in _MOV_BOXES and head[8:12] not in _HEIF_BRANDS:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return None


def is_photo(head: bytes) -> bool:
    """Whether a file's first 16 bytes are a still's (a GIF may be either, and is not counted here)."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"BM"))
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)
    )
