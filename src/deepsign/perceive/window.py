"""Window: the camera's picture on a screen, with a few lines over it, where there is a screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from deepsign.perceive.quiet import quiet_stderr

_NAME = "DeepSign: q or Esc ends"
_ENDS = {ord("q"), 27}
_LINE, _WHITE, _BLACK = 28, (255, 255, 255), (0, 0, 0)


def has_display() -> bool:
    """Whether windows can be shown here."""
    linux = sys.platform.startswith("linux")
    return not linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window:
    """A window; a context manager. It mirrors nothing: what it shows is what is judged."""

    def show(self, picture: NDArray[np.uint8], lines: Sequence[str]) -> bool:
        """Shows (H, W, 3) uint8 RGB under these lines; False once the person has closed it."""
        import cv2

        shown = drawn(picture, lines)
        with quiet_stderr():
            cv2.imshow(_NAME, shown[..., ::-1])
            return cv2.waitKey(1) & 0xFF not in _ENDS

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import cv2

        with quiet_stderr():
            cv2.destroyAllWindows()


def drawn(picture: NDArray[np.uint8], lines: Sequence[str]) -> NDArray[np.uint8]:
    """A copy of the picture with the lines in its upper left corner, white on black edges."""
    import cv2

    shown: NDArray[np.uint8] = np.array(picture, order="C")
    for at, line in enumerate(lines, start=1):
        # OpenCV's letters are ASCII alone.
        words = line.encode("ascii", "replace").decode()
        for colour, width in ((_BLACK, 4), (_WHITE, 1)):
            cv2.putText(shown, words, (10, at * _LINE), cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, width, cv2.LINE_AA)
    return shown
