"""The lite body tracker, assembled: the full one's body finder, and Google's smaller network for the body's points.

Google publishes the network on its own too, as its older interface took it. The newer one wants to be told in the
network's file how pictures are put before it; the full network's file says so, and the same holds for the lite one.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

_FINDER, _NETWORK = "pose_detector.tflite", "pose_landmarks_detector.tflite"
# TensorFlow Lite's schema, table Model: its fields in order.
_FIELDS = ("version", "operators", "graphs", "description", "buffers", "metadata_buffer", "metadata", "signatures")
_TFLITE, _SAYS = b"TFL3", b"M001"
# Networks are mapped into memory as they lie in the archive: each begins at a multiple of this many bytes.
_ALIGNED = 16


def assembled(full: Path, network: bytes) -> bytes:
    """The tracker's file, from the full tracker's and the lite network's bytes.

    Raises ValueError where either is not what its name says.
    """
    try:
        with zipfile.ZipFile(full) as archive:
            finder, says = archive.read(_FINDER), _said(archive.read(_NETWORK))
        return _archive({_FINDER: finder, _NETWORK: _told(network, says)})
    except (KeyError, zipfile.BadZipFile, struct.error) as error:
        raise ValueError(f"not a body tracker's file ({error})") from None


def _said(network: bytes) -> bytes:
    """What a network's file says about itself: a buffer, its length before it."""
    at = network.find(_SAYS) - 4
    if at < 4:
        raise ValueError("the full network says nothing about its pictures")
    (length,) = struct.unpack_from("<I", network, at - 4)
    return network[at : at + length]


def _told(network: bytes, says: bytes) -> bytes:
    """The network with this said about it: a new table stands before it and points into it, which is left as it is.

    FlatBuffers hold unsigned distances forward: what is new has to stand before what it points to.
    """
    if network[4:8] != _TFLITE:
        raise ValueError("not a TensorFlow Lite network")
    root = _offset(network, 0)
    old = {name: at for i, name in enumerate(_FIELDS) if (at := _field(network, root, i))}
    buffers = _elements(network, _offset(network, old["buffers"]))
    metadata = _elements(network, _offset(network, old["metadata"]))
    # Where what is new stands; its length is a multiple of _ALIGNED, so that what follows keeps its place in memory.
    name = b"TFLITE_METADATA"
    vtable = 8
    table = vtable + 4 + 2 * len(_FIELDS)
    all_buffers = table + 4 + 4 * len(_FIELDS)
    all_metadata = all_buffers + 4 + 4 * (len(buffers) + 1)
    entry_vtable = all_metadata + 4 + 4 * (len(metadata) + 1)
    entry = entry_vtable + 8
    label = entry + 12
    buffer_vtable = label + 4 + len(name) + 1
    buffer = buffer_vtable + 8
    content = -(-(buffer + 8 + 4) // _ALIGNED) * _ALIGNED
    moved = -(-(content + len(says)) // _ALIGNED) * _ALIGNED
    out = bytearray(moved)

    def put(at: int, *values: int, form: str = "I") -> None:
        struct.pack_into(f"<{len(values)}{form}", out, at, *values)

    def vector(at: int, targets: Sequence[int]) -> None:
        put(at, len(targets), *(target - (at + 4 + 4 * i) for i, target in enumerate(targets)))

    put(0, table)
    out[4:8] = _TFLITE
    put(vtable, 4 + 2 * len(_FIELDS), 4 + 4 * len(_FIELDS), form="H")
    put(table, table - vtable)
    for i, field in enumerate(_FIELDS):
        at = table + 4 + 4 * i
        put(vtable + 4 + 2 * i, 4 + 4 * i if field in old else 0, form="H")
        if field == "version":
            put(at, _offset_at(network, old[field]))
        elif field in ("buffers", "metadata"):
            put(at, (all_buffers if field == "buffers" else all_metadata) - at)
        elif field in old:
            put(at, moved + _offset(network, old[field]) - at)
    vector(all_buffers, [*(moved + b for b in buffers), buffer])
    vector(all_metadata, [*(moved + m for m in metadata), entry])
    put(entry_vtable, 8, 12, 4, 8, form="H")
    put(entry, entry - entry_vtable, label - (entry + 4), len(buffers))
    put(label, len(name))
    out[label + 4 : label + 4 + len(name)] = name
    put(buffer_vtable, 6, 8, 4, form="H")
    put(buffer, buffer - buffer_vtable, content - 4 - (buffer + 4))
    put(content - 4, len(says))
    out[content : content + len(says)] = says
    return bytes(out) + network


def _offset_at(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _offset(data: bytes, at: int) -> int:
    """Where the distance that stands at `at` leads."""
    return at + _offset_at(data, at)


def _field(data: bytes, table: int, index: int) -> int:
    """Where a table's field stands; 0 where the table lacks it."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, vtable)
    if 4 + 2 * index >= size:
        return 0
    (within,) = struct.unpack_from("<H", data, vtable + 4 + 2 * index)
    return int(table + within if within else 0)


def _elements(data: bytes, vector: int) -> list[int]:
    return [_offset(data, vector + 4 + 4 * i) for i in range(_offset_at(data, vector))]


def _archive(files: dict[str, bytes]) -> bytes:
    """A zip archive, nothing compressed; the same bytes whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # else it would tell which system made it
            begins = out.tell() + 30 + len(name) + 4
            padding = -begins % _ALIGNED
            # 0xD935: the field by which Android aligns what lies in archives.
            entry.extra = struct.pack("<HH", 0xD935, padding) + bytes(padding)
            archive.writestr(entry, content)
    return out.getvalue()
