"""Pixels to clips: photos, videos, folders of frames, the camera, and the landmarks in them.

Importing this is light: decoders and the tracker are loaded by the first call that needs them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepsign.clip import Clip
from deepsign.landmarks import HOLISTIC, convert
from deepsign.perceive.frames import FrameSource
from deepsign.perceive.kinds import (
    LANDMARK_SUFFIXES,
    PHOTO_SUFFIXES,
    VIDEO_SUFFIXES,
    checked_file,
    demuxer,
    is_photo,
)
from deepsign.perceive.landmark_file import read_landmarks, write_landmarks
from deepsign.perceive.landmarker import Landmarker
from deepsign.perceive.pose_file import write_pose
from deepsign.problems import InputError

__all__ = [
    "LANDMARK_SUFFIXES",
    "PHOTO_SUFFIXES",
    "VIDEO_SUFFIXES",
    "FrameSource",
    "Landmarker",
    "open_clip",
    "read_frames",
    "read_landmarks",
    "write_landmarks",
    "write_pose",
]

# Frames that a clip may keep. Longer videos are for landmarks, which stream.
MOST_KEPT_BYTES = 1 << 30


def open_clip(source: str | Path, *, layout: str | None = None, engine: Landmarker | None = None) -> Clip:
    """A photo, a video, a folder of frames or a landmark file as a clip.

    layout  None: the clip holds the frames. A name: it holds landmarks in that layout, and frames are let go one by
            one, so that a video's length costs no memory.
    engine  a Landmarker to use again, which saves its start-up. One made for stills is used for photos only, one for
            videos for videos only (it should be new: it remembers the last hand); where it doesn't fit, another is
            made for the while.

    Raises InputError, one line that names the source, for whatever can't be read; AssetError without model files.
    """
    path = Path(source)
    if path.suffix.lower() in LANDMARK_SUFFIXES and not path.is_dir():
        return _landmark_clip(path, layout)
    frames = read_frames(path)
    if layout is None:
        return _kept(frames)
    if engine is not None and engine.layout.name != layout:
        raise InputError(f"{source}: the landmarker gives layout {engine.layout.name}, not {layout}")
    if engine is not None and engine.still == frames.still:
        return _seen(frames, engine)
    with Landmarker(layout, still=frames.still) as own:
        return _seen(frames, own)


def read_frames(source: str | Path) -> FrameSource:
    """Frames one at a time from a photo, a video or a folder of frames; what a file is, its first bytes tell.

    Raises InputError, one line that names the source, where it can't be read.
    """
    path = Path(source)
    if path.is_dir():
        from deepsign.perceive.folder import read_folder

        return read_folder(path)
    head = checked_file(path)
    if demuxer(head) is None and not is_photo(head):
        raise InputError(f"{path}: neither a photo nor a video that can be read{_hint(path)}")
    if is_photo(head):
        return _photo(path)
    from deepsign.perceive.video import read_video

    video = read_video(path)
    return _photo(path) if demuxer(head) == "gif" and video.declared_frames == 1 else video


def _photo(path: Path) -> FrameSource:
    from deepsign.perceive.image import read_image

    picture = read_image(path)
    height, width = picture.shape[:2]
    return FrameSource(str(path), True, width / height, lambda: iter([(0.0, picture)]), declared_frames=1)


def _kept(frames: FrameSource) -> Clip:
    times: list[float] = []
    pictures: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = []
    for time_s, picture in frames:
        times.append(time_s)
        pictures.append(picture)
        if picture.nbytes * len(pictures) > MOST_KEPT_BYTES:
            raise InputError(f"{frames.source}: too long to hold its frames after {time_s:.0f} s; cut it into clips")
    if not pictures:
        raise InputError(f"{frames.source}: holds no frames")
    return Clip.from_frames(np.stack(pictures), times=times, source=frames.source)


def _seen(frames: FrameSource, engine: Landmarker) -> Clip:
    times: list[float] = []
    points: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    for time_s, picture in frames:
        times.append(time_s)
        points.append(engine.see(picture, time_s))
    if not points:
        raise InputError(f"{frames.source}: holds no frames")
    return Clip.from_landmarks(
        np.stack(points), engine.layout.name, times=times, aspect=frames.aspect, source=frames.source
    )


def _landmark_clip(path: Path, layout: str | None) -> Clip:
    clip = read_landmarks(path, face=layout == HOLISTIC.name)
    if layout is None or clip.landmarks is None or clip.layout is None:
        return clip
    try:
        return clip.with_landmarks(convert(clip.landmarks, clip.layout, layout), layout)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _hint(path: Path) -> str:
    if path.suffix.lower() in PHOTO_SUFFIXES | VIDEO_SUFFIXES:
        return f" (its content is not what {path.suffix} promises)"
    return " (JPEG, PNG, WebP, HEIC, GIF, mp4, mov, webm, mkv, avi)"
