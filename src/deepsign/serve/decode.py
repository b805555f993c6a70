"""Decode: the process that opens what clients send. What kills it kills one request; it sees bytes, never a name.

Talks in frames of bytes: a line of JSON, a newline, then raw bytes. Nothing is pickled, so a decoder that has been
taken over by a file can't hand code to the server.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from deepsign.perceive import FrameSource, Landmarker, read_frames
from deepsign.perceive.kinds import is_photo
from deepsign.perceive.sampled import Fit, fitted, moments
from deepsign.problems import AssetError, DeepSignError, InputError

# Memory that one upload may take beyond what the process holds once warm: a photo of 50 megapixels with transparency
# takes 0.6 GB while it is composed.
ROOM = 2 << 30
Points = NDArray[np.float32]


def pack(header: dict[str, object], content: bytes = b"") -> bytes:
    """A message as it crosses the pipe."""
    return json.dumps(header).encode() + b"\n" + content


def unpack(message: bytes) -> tuple[dict[str, object], memoryview]:
    """A message's header and content."""
    end = message.index(b"\n")
    return json.loads(message[:end]), memoryview(message)[end + 1 :]


def main(pipe: Connection, layouts: list[str]) -> None:
    """Serves jobs from the pipe until it closes, which it does when the server is gone, however it went.

    layouts  whose trackers for stills are warmed first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the pipe
    decoder = Decoder()
    pipe.send_bytes(decoder.warm(layouts))
    _limit_memory()
    while True:
        try:
            header, content = unpack(pipe.recv_bytes())
            pipe.send_bytes(decoder.answer(header, content))
        except (EOFError, OSError):
            return


class Decoder:
    """Answers jobs, one at a time.

    {"job": "clip", "layout", "most_pixels", "most_frames", "most_seconds"} + a file → landmarks of a whole clip
    {"job": "pictures", "size", "fit", "frames", …} + a file → the pictures of it that a network is shown, uint8
    {"job": "frame", "session", "layout", "time", "most_pixels"} + a picture → landmarks of one frame of a live session
    {"job": "end", "session"} → lets go of that session's tracker
    """

    def __init__(self) -> None:
        self._stills: dict[str, Landmarker] = {}
        self._sessions: dict[str, Landmarker] = {}

    def warm(self, layouts: list[str]) -> bytes:
        """Opens the trackers for stills; says which can't be had."""
        try:
            for layout in sorted(layouts, key=lambda name: name != "hands_pose"):  # others may share its trackers
                self._still(layout)
        except DeepSignError as error:
            return pack({"error": str(error), "kind": "asset"})
        return pack({"ready": True})

    def answer(self, job: dict[str, object], content: memoryview) -> bytes:
        """The reply to one job; whatever Python can catch becomes one."""
        try:
            if job["job"] == "end":
                self._end(str(job["session"]))
                return pack({})
            with on_no_disk(content) as path:
                return {"clip": self._clip, "pictures": _pictures, "frame": self._frame}[str(job["job"])](job, path)
        except InputError as error:
            return pack({"error": _without_path(str(error)), "kind": "input"})
        except MemoryError:
            return pack({"error": "it takes too much memory to decode; make it smaller", "kind": "input"})
        except AssetError:
            return pack({"error": "the hand tracker's model file is not here", "kind": "asset"})
        except Exception as error:
            # Decoders meet random bytes in ways of their own.
            return pack({"error": f"it can't be decoded ({type(error).__name__})", "kind": "input"})

    def _clip(self, job: dict[str, object], path: Path) -> bytes:
        _check_pixels(path, _whole(job["most_pixels"]))
        began = time.perf_counter()
        frames, layout = read_frames(path), str(job["layout"])
        if frames.still:
            points, times = _seen(frames, self._still(layout), job)
        else:
            # A tracker for videos remembers the hand before, so each video gets its own.
            with Landmarker(layout) as tracker:
                points, times = _seen(frames, tracker, job)
        header = {
            "times": times,
            "shape": points.shape,
            "aspect": frames.aspect,
            "still": frames.still,
            "ms": (time.perf_counter() - began) * 1000,
        }
        return pack(header, points.tobytes())

    def _frame(self, job: dict[str, object], path: Path) -> bytes:
        _check_pixels(path, _whole(job["most_pixels"]))
        frames = read_frames(path)
        if not frames.still:
            raise InputError("a live frame is one picture (JPEG), not a video")
        session = str(job["session"])
        if session not in self._sessions:
            self._sessions[session] = Landmarker(str(job["layout"]))
        (_, picture) = next(iter(frames))
        points = self._sessions[session].see(picture, float(str(job["time"])))
        return pack({"shape": points.shape, "aspect": frames.aspect}, points.tobytes())

    def _still(self, layout: str) -> Landmarker:
        if layout not in self._stills:
            whole = self._stills.get("hands_pose") if layout == "hands" else None
            self._stills[layout] = whole.for_hands() if whole else Landmarker(layout, still=True)
        return self._stills[layout]

    def _end(self, session: str) -> None:
        if tracker := self._sessions.pop(session, None):
            tracker.close()


def _pictures(job: dict[str, object], path: Path) -> bytes:
    _check_pixels(path, _whole(job["most_pixels"]))
    began = time.perf_counter()
    size, fit = _whole(job["size"]), cast(Fit, job["fit"])
    pictures, times = [], []
    for at, picture in _within(read_frames(path), job):
        pictures.append(fitted(picture, size, fit))
        times.append(at)
    if not pictures:
        raise InputError("it holds no frames")
    chosen = moments(np.array(times), _whole(job["frames"]))[0] if job["frames"] else [len(times) // 2]
    shown = np.stack([pictures[i] for i in chosen])
    # A clip shorter than what the network takes repeats frames, and times must increase.
    told = (np.arange(len(shown)) * (max(times[-1] - times[0], 0.1) / len(shown))).tolist()
    header = {"times": told, "shape": shown.shape, "ms": (time.perf_counter() - began) * 1000}
    return pack(header, shown.tobytes())


def _seen(frames: FrameSource, tracker: Landmarker, limits: dict[str, object]) -> tuple[Points, list[float]]:
    points, times = [], []
    for at, picture in _within(frames, limits):
        times.append(at)
        points.append(tracker.see(picture, at))
    if not points:
        raise InputError("it holds no frames")
    return np.stack(points), times


def _within(frames: FrameSource, limits: dict[str, object]) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Frames with their times, s; InputError for what is longer than is taken."""
    most_frames, most_seconds = _whole(limits["most_frames"]), float(str(limits["most_seconds"]))
    if (frames.declared_frames or 0) > most_frames:
        raise InputError(f"it holds {frames.declared_frames} frames, and {most_frames} are taken; cut it into clips")
    for number, (time_s, picture) in enumerate(frames):
        if time_s > most_seconds:
            raise InputError(f"it is longer than {most_seconds:g} s; cut it into clips")
        if number == most_frames:
            raise InputError(f"it holds more than {most_frames} frames; cut it into clips")
        yield time_s, picture


def _check_pixels(path: Path, most: int) -> None:
    """Refuses a photo by its header, before it is decoded."""
    import pillow_heif
    from PIL import Image

    from deepsign.perceive.image import FORMATS

    with path.open("rb") as file:
        if not is_photo(file.read(16)):
            return
    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # ours is checked here, and says what it is
    try:
        with Image.open(path, formats=FORMATS) as picture:
            width, height = picture.size
    except Exception:
        return  # the reader says what is wrong with it
    if width * height > most:
        raise InputError(f"{width} × {height} px is too large; make it smaller than {most // 1_000_000} megapixels")


@contextmanager
def on_no_disk(content: memoryview) -> Iterator[Path]:
    """The bytes under a path that readers can open: in memory on Linux, so that nothing can be left behind.

    Elsewhere a temporary file, removed at once afterwards; its name is of our making.
    """
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("upload")
        try:
            with os.fdopen(handle, "wb", closefd=False) as file:
                file.write(content)
            yield Path(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
        return
    with tempfile.TemporaryDirectory(prefix="deepsign-upload-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        yield path


def _without_path(text: str) -> str:
    """An error's words without the path that only this process knows."""
    head, colon, rest = text.partition(": ")
    return rest if colon and ("/fd/" in head or head.endswith("upload")) else text


def _limit_memory() -> None:
    """A bomb meets this process's own limit, not the machine's; where the system can't, the deadline is left."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        held = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + ROOM, held + ROOM))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a client's picture
    except (ImportError, OSError, ValueError):
        return


def _whole(value: object) -> int:
    return int(str(value))
