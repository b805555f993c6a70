"""The ways a picture is shown to the hand detector until it finds a hand, and the way back to its own pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]

# The detector looks at 192 × 192 px; hands in pictures smaller than this are found more often once enlarged.
SHORT_SIDE = 256
# More pixels than this cost time and find no more hands: the hand itself is read at 224 × 224 px.
LONG_SIDE = 1280
# Standard deviation of a soft view's blur, as a share of the shorter side: 2 px in 256.
SOFT = 1 / 128
# Grey → RGB, (256, 3): a curve per channel that lifts red and lowers blue, as light brown skin does.
_WARM = (255 * np.linspace(0, 1, 256)[:, None] ** np.array([0.75, 1.0, 1.15])).astype(np.uint8)


@dataclass(frozen=True)
class View:
    """One way to look at a picture.

    border  a frame that repeats the edge's pixels, as a share of the longer side: a cropped hand then looks whole
            and smaller, as the detector knows hands.
    turn    degrees, clockwise.
    soft    blurred, by a Gaussian of SOFT times the shorter side: noise and patterns that hide a hand go.
    warm    grey, then toned like skin in daylight: for black and white, coloured light and backlight.
    """

    border: float = 0.0
    turn: float = 0.0
    soft: bool = False
    warm: bool = False

    def of(self, picture: Picture) -> tuple[Picture, Matrix]:
        """The view (H', W', 3), and the matrix (2, 3) that takes the picture's points, px, to the view's."""
        import cv2

        height, width = picture.shape[:2]
        longer = max(height, width)
        scale = max(1.0, SHORT_SIDE / min(height, width))
        scale = min(scale, LONG_SIDE / (longer * (1 + 2 * self.border)))
        edge = self.border * longer * scale
        size = (max(1, round(width * scale + 2 * edge)), max(1, round(height * scale + 2 * edge)))
        if self == PLAIN and size == (width, height):
            return picture, np.array([[1.0, 0, 0], [0, 1, 0]])
        turn = np.deg2rad(self.turn)
        rotate = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shift = np.array(size) / 2 - rotate @ (np.array([width, height]) / 2)
        # OpenCV counts from the middle of the first pixel, points from its corner.
        centred = np.column_stack([rotate, shift + rotate @ [0.5, 0.5] - 0.5])
        how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        view = cv2.warpAffine(picture, centred, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        if self.soft:
            view = cv2.GaussianBlur(view, (0, 0), SOFT * min(height, width) * scale)
        if self.warm:
            view = _WARM[view.mean(axis=2).astype(np.uint8)]
        return np.asarray(view, dtype=np.uint8), np.column_stack([rotate, shift])


def back(points: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    """Points (P, 3) in a view's pixels, in the picture's own; z follows the scale."""
    out = np.empty_like(points)
    out[:, :2] = (points[:, :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    out[:, 2] = points[:, 2] / np.hypot(matrix[0, 0], matrix[1, 0])
    return out


PLAIN = View()
# For a still in which no hand was found yet. Each view's gain, and what didn't pay, is in EXPERIMENTS.md.
_LATER = (
    View(border=0.6, soft=True),
    View(border=0.35, turn=30, soft=True),
    View(border=1.0),
    View(border=0.35, warm=True),
)
# Pictures up to this short side are mostly crops of a hand, and a border finds it at the first look (99 % of them);
# in larger ones there is a person around the hand, and a border only makes the hand smaller.
CROP_SIDE = 480


def views_for(height: int, width: int) -> tuple[View, ...]:
    """The views to try on a still of this size, likeliest first."""
    first = (View(border=0.35), PLAIN) if min(height, width) <= CROP_SIDE else (PLAIN, View(border=0.35))
    return first + _LATER
