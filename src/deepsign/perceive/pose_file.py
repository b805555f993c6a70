"""Pose files: .pose of sign-language-processing's pose-format, versions 0.1 and 0.2, read and written with numpy alone.

Little-endian: the version (float32), the picture's width, height and depth (uint16), then the components, each with
its name, the axes of its points ("XYZC"), its points' names, limbs and colours; then the frame rate, the counts of
frames and people, all points (T, people, P, axes) float32 in px, and all confidences (T, people, P) float32. A
confidence of 0 means "not seen". https://github.com/sign-language-processing/pose/tree/master/docs/specs

Of MediaPipe Holistic's components the hands and the pose are read, by their points' names; LEFT is the signer's own
left. Depth is written there as MediaPipe gives it, on x's scale and not in px.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip, Landmarks
from deepsign.landmarks import HAND_EDGES, HAND_POINTS, HANDS_POSE, POSE_EDGES, POSE_POINTS, convert
from deepsign.problems import InputError
from deepsign.whole import written_whole

_VERSIONS = (0.1, 0.2)
_MOST_BYTES = 1 << 30
# Depth beyond this is in px, like x and y: other programs than MediaPipe's own write it so.
_FARTHEST_FRACTION = 50.0
# Points that all lie within this share of the picture are no pixels of it: the file was normalised.
_LEAST_EXTENT = 0.01
# A written picture's longer side, px, where its aspect can be had so; only the aspect means anything.
_SIDE = 1000
_LARGEST = 0xFFFF
# For the one frame of a still, which has no rate.
_STILL_FPS = 25.0


def _pose_name(point: str) -> str:
    side, _, part = point.partition("_")
    other = {
        "eye_centre": f"{side}_eye",
        "mouth": f"mouth_{side}",
        "little": f"{side}_pinky",
        "foot": f"{side}_foot_index",
    }
    return other.get(part, point).upper()


def _hand_name(point: str) -> str:
    finger, _, joint = point.partition("_")
    other = {"index": f"index_finger_{joint}", "middle": f"middle_finger_{joint}", "ring": f"ring_finger_{joint}"}
    return (other | {"little": f"pinky_{joint}"}).get(finger, point).upper()


# Component → the part of hands_pose that it is, its points' names in our order, its bones.
_HAND = (tuple(map(_hand_name, HAND_POINTS)), HAND_EDGES)
_COMPONENTS = {
    "POSE_LANDMARKS": ("pose", tuple(map(_pose_name, POSE_POINTS)), POSE_EDGES),
    "LEFT_HAND_LANDMARKS": ("left_hand", *_HAND),
    "RIGHT_HAND_LANDMARKS": ("right_hand", *_HAND),
}


@dataclass(frozen=True)
class _Component:
    name: str
    axes: str
    points: tuple[str, ...]


class _Cursor:
    """Bytes of a file, taken from front to back; InputError where they end too soon."""

    def __init__(self, path: Path) -> None:
        self.path, self._at = path, 0
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise InputError(f"{path}: is larger than {_MOST_BYTES >> 20} MB; cut it into clips")
            self._bytes = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: can't be read ({error.strerror or error})") from None

    def take(self, count: int) -> memoryview:
        if count > self.left:
            raise InputError(f"{self.path}: the .pose file is damaged or cut short; copy it anew")
        self._at += count
        return memoryview(self._bytes)[self._at - count : self._at]

    def numbers(self, form: str) -> tuple[float, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))

    def text(self) -> str:
        (length,) = self.numbers("H")
        try:
            return bytes(self.take(int(length))).decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{self.path}: the .pose file's header is damaged; copy it anew") from None

    @property
    def left(self) -> int:
        return len(self._bytes) - self._at


def is_pose(head: bytes) -> bool:
    """Whether a file's first bytes are those of a .pose file that can be read: it starts with its version."""
    return head[:4] in {struct.pack("<f", version) for version in _VERSIONS}


def read_pose(path: str | Path) -> Clip:
    """The clip of a .pose file, layout hands_pose: what it lacks of it, and what has confidence 0, is NaN.

    Raises InputError, one line that names the file, where it is damaged, shows several people, was made by another
    tracker than MediaPipe Holistic, or was normalised.
    """
    cursor = _Cursor(Path(path))
    (version,) = cursor.numbers("f")
    width, height, _ = cursor.numbers("HHH")
    if not width or not height:
        raise InputError(f"{path}: states a picture of {width:.0f}×{height:.0f} px; coordinates can't be placed in it")
    (count,) = cursor.numbers("H")
    components = [_component(cursor) for _ in range(int(count))]
    axes = max((len(c.axes) for c in components), default=1) - 1
    places, chosen = _places(cursor.path, components)
    fps, data, confidence = _body(cursor, version < 0.15, sum(len(c.points) for c in components), axes)
    points = np.full((len(data), len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    seen = np.where(confidence[:, chosen, None] > 0, data[:, chosen, :3], np.nan)
    points[:, places, : min(axes, 3)] = seen
    points[np.isnan(points[..., :2]).any(axis=-1)] = np.nan
    _to_fractions(cursor.path, points, width, height)
    if len(points) > 1 and not (math.isfinite(fps) and fps > 0):
        raise InputError(f"{path}: states {fps} frames a second; write it with its frame rate")
    rate = None if len(points) == 1 else fps
    return Clip.from_landmarks(points, HANDS_POSE.name, fps=rate, aspect=width / height, source=str(path))


def write_pose(clip: Clip, path: str | Path) -> None:
    """Writes a clip's hands and pose as a .pose file of version 0.2, beside the target first, then renamed.

    A .pose file has a frame rate and no times: frames that are missing in between are written as frames in which
    nothing is seen. Raises InputError for a clip without landmarks, for frames that follow no rate, and where the file
    can't be written.
    """
    path = Path(path)
    if clip.landmarks is None or clip.layout is None:
        raise InputError(f"{clip.source or path}: the clip has no landmarks to write")
    width, height = _picture(clip)
    fps, at = _rate(clip)
    parts = HANDS_POSE if clip.layout == HANDS_POSE.name else None
    names = [name for name, (part, *_) in _COMPONENTS.items() if parts or part != "pose"]
    points = np.full((int(at[-1]) + 1, len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    points[at] = convert(clip.landmarks, clip.layout, HANDS_POSE.name)
    points = np.concatenate([points[:, HANDS_POSE.part(_COMPONENTS[name][0])] for name in names], axis=1)
    seen = ~np.isnan(points[..., :2]).any(axis=-1)
    points[~seen] = np.nan
    body = np.nan_to_num(points * np.array([width, height, 1], dtype=np.float32))
    head = struct.pack("<fHHHH", 0.2, width, height, 0, len(names)) + b"".join(map(_component_bytes, names))
    _write(path, [head + struct.pack("<fIH", fps, len(points), 1), body.astype("<f4"), seen.astype("<f4")])


def _component(cursor: _Cursor) -> _Component:
    name, axes = cursor.text(), cursor.text()
    points, limbs, colours = (int(number) for number in cursor.numbers("HHH"))
    if not axes.endswith("C") or not 3 <= len(axes) <= 8:
        raise InputError(f"{cursor.path}: the points of {name!r} have the axes {axes!r}, not XYZC or XYC")
    names = tuple(cursor.text() for _ in range(points))
    cursor.take(4 * limbs + 6 * colours)
    return _Component(name, axes, names)


def _places(path: Path, components: list[_Component]) -> tuple[list[int], list[int]]:
    """Which points of hands_pose the file has, and where among its own they are."""
    places: list[int] = []
    chosen: list[int] = []
    start = 0
    for component in components:
        if component.name in _COMPONENTS:
            part, names, _ = _COMPONENTS[component.name]
            first = HANDS_POSE.part(part).start
            for i, point in enumerate(component.points):
                if point not in names:
                    raise InputError(f"{path}: {component.name} has an unknown point {point[:40]!r}; not MediaPipe's")
                places.append(first + names.index(point))
                chosen.append(start + i)
        start += len(component.points)
    if not places:
        found = ", ".join(c.name[:40] for c in components[:6]) or "none"
        raise InputError(f"{path}: has none of the components {', '.join(_COMPONENTS)}; found {found}")
    if len(set(places)) < len(places):
        raise InputError(f"{path}: names a component or a point twice; write it anew")
    return places, chosen


def _body(cursor: _Cursor, old: bool, points: int, axes: int) -> tuple[float, NDArray[np.float32], NDArray[np.float32]]:
    """Frame rate, points (T, P, axes) and confidences (T, P) of the one person."""
    fps, frames, people = cursor.numbers("HHH" if old else "fIH")
    if people != 1:
        raise InputError(f"{cursor.path}: shows {people:.0f} people; write a file for the one who signs")
    frame_bytes = 4 * points * (axes + 1)
    # The old version counts frames in 16 bits, which longer clips overflow: what is there is what counts.
    count = cursor.left // frame_bytes if old else int(frames)
    if not count:
        raise InputError(f"{cursor.path}: holds no frames")
    if count * frame_bytes != cursor.left:
        raise InputError(f"{cursor.path}: the .pose file is damaged or cut short; copy it anew")
    data = np.frombuffer(cursor.take(4 * count * points * axes), dtype="<f4").reshape(count, points, axes)
    confidence = np.frombuffer(cursor.take(4 * count * points), dtype="<f4").reshape(count, points)
    return fps, data, confidence


def _to_fractions(path: Path, points: Landmarks, width: float, height: float) -> None:
    """Pixels to fractions of the picture, in place; NaN stays."""
    if np.isnan(points[..., 0]).all():
        return
    if np.isinf(points).any():
        raise InputError(f"{path}: holds infinite coordinates; confidence 0 means 'not seen'")
    points[..., 0] /= width
    points[..., 1] /= height
    flat = points[..., :2].reshape(-1, 2)
    extent = np.nanmax(flat, axis=0) - np.nanmin(flat, axis=0)
    if len(flat) > 1 and (extent < _LEAST_EXTENT).all():
        raise InputError(
            f"{path}: all points lie within {extent.max() * width:.1f} px of a {width:.0f}×{height:.0f} picture; it "
            "was normalised: write it in pixels"
        )
    depth = points[..., 2]
    if not np.isnan(depth).all() and np.nanmax(np.abs(depth)) > _FARTHEST_FRACTION:
        points[..., 2] /= width


def _picture(clip: Clip) -> tuple[int, int]:
    ratio = Fraction(clip.aspect).limit_denominator(_SIDE)
    times = max(1, _SIDE // max(ratio.numerator, ratio.denominator))
    width, height = ratio.numerator * times, ratio.denominator * times
    if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise InputError(f"{clip.source or 'clip'}: a picture of aspect {clip.aspect} doesn't fit a .pose file")
    return width, height


def _rate(clip: Clip) -> tuple[float, NDArray[np.int64]]:
    """Frames a second, and each frame's number at that rate."""
    if len(clip) == 1:
        return _STILL_FPS, np.zeros(1, dtype=np.int64)
    times = clip.times - clip.times[0]
    even = np.arange(len(times), dtype=np.int64)
    fps = (len(times) - 1) / float(times[-1])
    if np.abs(times * fps - even).max() < 0.5:
        return fps, even
    fps = 1 / float(np.median(np.diff(times)))
    at = np.rint(times * fps).astype(np.int64)
    if (np.diff(at) < 1).any() or (at[-1] + 1) * len(HANDS_POSE) * 16 > _MOST_BYTES:
        raise InputError(f"{clip.source or 'clip'}: its frames follow no frame rate, and a .pose file has no times")
    return fps, at


def _component_bytes(name: str) -> bytes:
    _, points, edges = _COMPONENTS[name]
    head = _text(name) + _text("XYZC") + struct.pack("<HHH", len(points), len(edges), len(edges))
    limbs = b"".join(struct.pack("<HH", *edge) for edge in edges)
    return head + b"".join(map(_text, points)) + limbs + struct.pack("<HHH", 0, 128, 255) * len(edges)


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("ascii")


def _write(path: Path, blocks: list[bytes | NDArray[np.float32]]) -> None:
    with written_whole(path) as file:
        for block in blocks:
            file.write(block if isinstance(block, bytes) else block.tobytes())
