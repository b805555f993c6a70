"""The camera, live: frames as it sees them, never mirrored."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from deepsign.perceive.frames import FrameSource, TimedFrame
from deepsign.perceive.quiet import quiet_stderr
from deepsign.problems import InputError

# Cameras send a few empty pictures while they wake up.
WAKING = 10
# What is asked for; the tracker needs no more, and more costs frames a second. A camera may answer otherwise.
WIDTH, HEIGHT = 640, 480


def open_camera(index: int = 0) -> FrameSource:
    """A live source of the camera with this number: (time_s, (H, W, 3) uint8 RGB) without end, 0 s = now.

    Use it as a context manager; leaving lets the camera go. Raises InputError where there is no such camera or it
    sends no picture (in use by another program, or not allowed), and while it is iterated, where it is unplugged.
    """
    name = f"camera:{index}"
    if index < 0 or index > 99:
        raise InputError(f"{name}: a camera is named by its number, camera:0 for the first")
    with quiet_stderr():
        capture = _capture(index)
        first = _wake(capture)
    if first is None:
        capture.release()
        raise InputError(f"{name}: {_why(index)}")
    height, width = first.shape[:2]
    rate = float(capture.get(_FPS))
    return FrameSource(
        source=name,
        still=False,
        aspect=width / height,
        read=lambda: _frames(capture, name),
        fps=rate if 1 <= rate <= 1000 else None,
        live=True,
        release=capture.release,
    )


# OpenCV's number for "frames a second", CAP_PROP_FPS.
_FPS = 5


def _capture(index: int) -> Any:
    import cv2

    capture = cv2.VideoCapture(index)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    # Old pictures in a queue would make the answer lag behind the hand.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _wake(capture: Any) -> Any:
    if not capture.isOpened():
        return None
    for _ in range(WAKING):
        sent, picture = capture.read()
        if sent and picture is not None:
            return picture
    return None


def _why(index: int) -> str:
    if sys.platform == "linux" and not Path(f"/dev/video{index}").exists():
        others = sorted(int(p.name[5:]) for p in Path("/dev").glob("video[0-9]*") if p.name[5:].isdecimal())
        known = f"; this machine has camera:{', camera:'.join(map(str, others))}" if others else ""
        return f"no such camera{known or '; plug one in, or give a photo or video instead'}"
    return (
        "the camera sends no picture; plug it in, close other programs that use it, and allow this one to in the "
        "system's privacy settings"
    )


def _frames(capture: Any, name: str) -> Iterator[TimedFrame]:
    began = time.monotonic()
    last = -1.0
    while True:
        sent, picture = capture.read()
        if not sent or picture is None:
            raise InputError(f"{name}: the camera stopped sending pictures; plug it in again and start anew")
        now = time.monotonic() - began
        if now > last:
            last = now
            # OpenCV gives blue first.
            yield now, np.ascontiguousarray(picture[..., ::-1])
