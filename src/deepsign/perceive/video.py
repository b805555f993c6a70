"""Videos through PyAV: mp4, mov, webm, mkv, avi and moving GIFs, upright, with their own times, one frame at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.perceive.frames import FrameSource, TimedFrame, increasing
from deepsign.perceive.kinds import checked_file, demuxer
from deepsign.problems import InputError

_LOG = logging.getLogger(__name__)

KINDS = "mp4, mov, webm, mkv, avi, gif"
# 8K video is 33 million pixels a frame; more is a mistake or an attack.
MOST_PIXELS = 36_000_000
# Frames are brought down to this longer side, px; trackers and networks look at less.
LONG_SIDE = 1280
# With fewer of its declared frames a video is called damaged; with more, what was lost is logged.
LEAST_DECODED = 0.9
# Where a file declares only its duration, its frame rate is a guess, so more may be missing before we complain.
LEAST_DURATION = 0.75
# For a file that tells no times and no rate.
ASSUMED_FPS = 25.0


def read_video(path: str | Path) -> FrameSource:
    """A video's frames. Turned as its rotation metadata say, non-square pixels made square, times from its own stamps.

    Raises InputError, naming the file, where it is missing, empty, no video, without a picture stream, or too large;
    and while it is iterated, where fewer than nine in ten declared frames can be decoded.
    """
    path = Path(path)
    with _opened(path) as container:
        stream = container.streams.video[0]
        declared = _declared(container, stream)
        fps = float(stream.average_rate) if stream.average_rate else None
        frame = next(_decoded(container, stream, _Losses(path)), None)
        if frame is None:
            raise InputError(f"{path}: no frame of this video can be decoded; it is damaged or cut short")
        height, width = _upright(frame, stream, _scaler()).shape[:2]
    return FrameSource(
        source=str(path),
        still=False,
        aspect=width / height,
        read=lambda: _frames(path),
        fps=fps,
        declared_frames=declared,
    )


def read_chosen(path: str | Path, choose: Callable[[NDArray[np.float64]], NDArray[np.intp]]) -> list[NDArray[np.uint8]]:
    """Only the frames whose indices `choose` picks from the times (N,), s, of all: no others are made into pictures.

    Raises InputError as `read_video` does.
    """
    path = Path(path)
    with _opened(path) as container:
        stream = container.streams.video[0]
        if stamps := _stamps(container, stream):
            times = np.array([float((stamp - stamps[0]) * stream.time_base) for stamp in stamps])
            chosen = [stamps[i] for i in choose(times)]
            found = _with_stamps(path, container, set(chosen))
            if len(found) == len(set(chosen)):
                return [found[stamp] for stamp in chosen]
    # No stamps, or some that lie, or a lost frame: the times that decoding gives are the truth.
    picked = choose(np.array([time_s for time_s, _ in _frames(path)])).tolist()
    pictures = {i: picture for i, (_, picture) in enumerate(_frames(path)) if i in set(picked)}
    return [pictures[i] for i in picked]


def _with_stamps(path: Path, container: Any, chosen: set[int]) -> dict[int, NDArray[np.uint8]]:
    """The frames with these presentation stamps, as far as they can be decoded; refuses a damaged video as all do."""
    stream, losses, found = container.streams.video[0], _Losses(path), {}
    container.seek(0, stream=stream, backward=True)
    scaler = _scaler()
    for frame in _decoded(container, stream, losses):
        losses.frames += 1
        if frame.pts is not None:
            losses.seconds = float((frame.pts + (frame.duration or 0)) * frame.time_base)
        if frame.pts in chosen:
            found[frame.pts] = _upright(frame, stream, scaler)
    losses.judge(_declared(container, stream), _duration(container, stream))
    return found


def _stamps(container: Any, stream: Any) -> list[int] | None:
    """The presentation stamps of all frames in order, read without decoding; None where some are missing or twice."""
    import av

    try:
        packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
    except (av.FFmpegError, OSError):
        return None
    stamps = sorted(packet.pts for packet in packets if packet.pts is not None)
    return stamps if stamps and len(set(stamps)) == len(packets) else None


class _Losses:
    """Counts what could not be decoded."""

    def __init__(self, path: Path) -> None:
        self.path, self.packets, self.frames, self.seconds = path, 0, 0, 0.0

    def judge(self, declared: int | None, duration: float | None) -> None:
        """Raises InputError for a video of which too much is missing; logs a small loss."""
        if declared:
            lost, share = max(declared - self.frames, self.packets), self.frames / declared
            if share < LEAST_DECODED:
                raise InputError(
                    f"{self.path}: the video is damaged or cut short: {self.frames} of {declared} frames can be decoded"
                )
            if self.packets:
                _LOG.warning("%s: %d of %d frames are damaged and were left out", self.path, lost, declared)
        elif duration and self.seconds < LEAST_DURATION * duration:
            raise InputError(
                f"{self.path}: the video is damaged or cut short: {self.seconds:.1f} of {duration:.1f} s can be decoded"
            )
        elif self.packets > self.frames:
            raise InputError(f"{self.path}: the video is damaged: most of it can't be decoded")
        elif self.packets:
            _LOG.warning("%s: %d damaged frames were left out", self.path, self.packets)


def _frames(path: Path) -> Iterator[TimedFrame]:
    losses = _Losses(path)
    with _opened(path) as container:
        stream = container.streams.video[0]
        step = 1 / float(stream.average_rate or ASSUMED_FPS)
        scaler = _scaler()
        first: float | None = None
        last: float | None = None
        size: tuple[int, ...] | None = None
        for frame in _decoded(container, stream, losses):
            stamp = None if frame.pts is None else float(frame.pts * frame.time_base)
            first = stamp if first is None else first
            last = increasing(None if stamp is None else stamp - (first or 0.0), last, step)
            picture = _upright(frame, stream, scaler)
            if size is not None and picture.shape != size:
                raise InputError(f"{path}: the picture changes its size at {last:.2f} s; cut the video there")
            size = picture.shape
            losses.frames += 1
            losses.seconds = last + (float(frame.duration * frame.time_base) if frame.duration else step)
            yield last, picture
        losses.judge(_declared(container, stream), _duration(container, stream))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import av

    kind = demuxer(checked_file(path))
    if kind is None:
        raise InputError(f"{path}: not a video that can be read ({KINDS})")
    try:
        container = av.open(str(path), format=kind, options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{path}: the video can't be opened; it is damaged or cut short ({_reason(error)})") from None
    with container:
        if not container.streams.video:
            raise InputError(f"{path}: the file has no picture, only sound or data")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise InputError(f"{path}: the video is damaged, or coded in a way that can't be decoded here")
        # With FFmpeg's own choice of threads a damaged file loses frames in silence.
        stream.thread_type = "NONE"
        if stream.width * stream.height > MOST_PIXELS:
            raise InputError(f"{path}: frames of {stream.width} × {stream.height} px are too large")
        try:
            yield container
        except av.FFmpegError as error:
            raise InputError(f"{path}: the video can't be decoded ({_reason(error)})") from None


def _decoded(container: Any, stream: Any, losses: _Losses) -> Iterator[Any]:
    """Every frame that can be decoded, whatever stands between; what can't is counted."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            # The file ends in the middle of something; the count at the end tells how much is missing.
            losses.packets += 1
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            losses.packets += 1


def _declared(container: Any, stream: Any) -> int | None:
    """Frames that the file says it shows: its count, less what an edit list cuts away."""
    if not stream.frames:
        return None
    duration = _duration(container, stream)
    if duration is None or not stream.average_rate:
        return int(stream.frames)
    return min(int(stream.frames), round(duration * float(stream.average_rate)))


def _duration(container: Any, stream: Any) -> float | None:
    """Seconds, as the stream or else the whole file declares them."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    # FFmpeg counts a container's duration in microseconds.
    return container.duration / 1e6 if container.duration else None


def _scaler() -> Any:
    """What makes pictures of a video's frames; one for all of them, for setting it up takes longer than its work."""
    from av.video.reformatter import VideoReformatter

    return VideoReformatter()


def _upright(frame: Any, stream: Any, scaler: Any) -> NDArray[np.uint8]:
    """A frame as RGB with square pixels, turned as the display matrix says, at most LONG_SIDE px."""
    # Some files declare no pixel shape, some a wild one.
    ratio = min(max(float(stream.sample_aspect_ratio or 1), 0.25), 4.0)
    width, height = frame.width * ratio, frame.height
    share = min(1.0, LONG_SIDE / max(width, height))
    target = max(1, round(width * share)), max(1, round(height * share))
    small = scaler.reformat(frame, width=target[0], height=target[1], format="rgb24")
    picture: NDArray[np.uint8] = small.to_ndarray()
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90) % 4))


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "strerror", None) or error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__
