"""The camera, by a stand-in for OpenCV's: colours, times, and what is said where it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from deepsign.perceive.camera import open_camera
from deepsign.problems import InputError


class FakeCapture:
    """Opens, wakes after `sleepy` empty reads, and sends `count` blue pictures."""

    def __init__(self, opens: bool = True, sleepy: int = 2, count: int = 5) -> None:
        self.opens, self.sleepy, self.count, self.released = opens, sleepy, count, False

    def isOpened(self) -> bool:
        return self.opens

    def set(self, *_: Any) -> bool:
        return True

    def get(self, _: int) -> float:
        return 30.0

    def read(self) -> tuple[bool, Any]:
        if self.sleepy:
            self.sleepy -= 1
            return False, None
        if not self.count:
            return False, None
        self.count -= 1
        picture = np.zeros((48, 64, 3), dtype=np.uint8)
        picture[..., 0] = 250  # OpenCV's first channel is blue
        return True, picture

    def release(self) -> None:
        self.released = True


def install(monkeypatch: pytest.MonkeyPatch, capture: FakeCapture) -> FakeCapture:
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    return capture


def test_frames_are_rgb_with_rising_times_and_the_camera_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = install(monkeypatch, FakeCapture(count=4))
    with open_camera(0) as source:
        assert source.live and not source.still and source.source == "camera:0"
        assert source.aspect == pytest.approx(64 / 48) and source.fps == 30
        frames = iter(source)
        got = [next(frames) for _ in range(3)]
        assert not capture.released
    assert capture.released
    assert got[0][1][0, 0].tolist() == [0, 0, 250]
    assert 0 <= got[0][0] < got[1][0] < got[2][0]


def test_an_unplugged_camera_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeCapture(count=2))
    with open_camera(1) as source, pytest.raises(InputError, match=r"camera:1: the camera stopped"):
        list(source)


@pytest.mark.parametrize("capture", [FakeCapture(opens=False), FakeCapture(sleepy=999)])
def test_a_camera_that_sends_nothing_is_said_and_let_go(monkeypatch: pytest.MonkeyPatch, capture: FakeCapture) -> None:
    install(monkeypatch, capture)
    monkeypatch.setattr(Path, "exists", lambda _: True)
    with pytest.raises(InputError, match=r"camera:3: .*close other programs"):
        open_camera(3)
    assert capture.released


def test_no_camera(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError) as caught:
        open_camera(97)
    assert str(caught.value).startswith("camera:97: ") and "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("index", [-1, 100])
def test_a_number_that_no_camera_has(index: int) -> None:
    with pytest.raises(InputError, match="camera:0 for the first"):
        open_camera(index)
