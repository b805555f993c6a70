"""Sheet: tutorials drawn moment by moment, to be looked at before anybody learns from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deepsign import tutorials
from deepsign.clip import Clip
from deepsign.landmarks import HAND_POINTS, HANDS_POSE, POSE_EDGES, convert
from deepsign.tutorials import Tutorial, Tutorials

# Moments of a movement on a sheet, and signs on one sheet.
MOMENTS, SIGNS = 10, 8
_FINGERS = [[0, *(HAND_POINTS.index(f"{f}_{j}") for j in ("mcp", "pip", "dip", "tip"))] for f in ("index", "middle")]
_FINGERS += [[0, *(HAND_POINTS.index(f"{f}_{j}") for j in ("mcp", "pip", "dip", "tip"))] for f in ("ring", "little")]
_FINGERS.insert(0, [0, 1, 2, 3, 4])
# Thumb to little finger, and what a hand starts from: left, right.
_COLOURS = ("#c0392b", "#e67e22", "#27ae60", "#2980b9", "#8e44ad")
_SIDES = {"left": "#1d8f7c", "right": "#d9772f"}


def draw(made: Tutorials, folder: Path) -> list[Path]:
    """Writes sheets as PNG into the folder, SIGNS signs on each; their paths. Needs matplotlib (the `train` extra)."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for begin in range(0, len(made.tutorials), SIGNS):
        part = made.tutorials[begin : begin + SIGNS]
        figure = Figure(figsize=(1.7 * MOMENTS, 1.8 * len(part)))
        axes = figure.subplots(len(part), MOMENTS, squeeze=False)
        for row, one in zip(axes, part, strict=True):
            _draw_sign(row, one, tutorials.clip_of(one, made.layout, made.aspect))
        figure.subplots_adjust(0, 0, 1, 0.98, 0.02, 0.1)
        paths.append(folder / f"{made.bundle}-{begin // SIGNS}.png")
        figure.savefig(paths[-1], dpi=80)
    return paths


def _draw_sign(row: Any, tutorial: Tutorial, clip: Clip) -> None:
    assert clip.landmarks is not None and clip.layout is not None
    points = convert(clip.landmarks, clip.layout, HANDS_POSE.name)[..., :2]
    moments = np.unique(np.linspace(0, len(points) - 1, MOMENTS).round().astype(int))
    for column, axis in enumerate(row):
        axis.set(xlim=(0, 1), ylim=(1, 0), aspect="equal")
        axis.axis("off")
        if column < len(moments):
            at = int(moments[column])
            name = f"{tutorial.gloss} ({tutorial.credit.source})" if column == 0 else f"{clip.times[at]:.2f} s"
            axis.set_title(name, fontsize=7, pad=1)
            _draw_moment(axis, points[at], tutorial.head)


def _draw_moment(axis: Any, points: Any, head: float | None) -> None:
    pose = HANDS_POSE.part("pose").start
    for a, b in POSE_EDGES:
        axis.plot(*points[[pose + a, pose + b]].T, color="#999999", lw=1.5)
    if head is not None:
        angle = np.linspace(0, 2 * np.pi, 40)
        nose = points[HANDS_POSE.index["pose.nose"]]
        axis.plot(nose[0] + head * np.cos(angle), nose[1] + head * (1.25 * np.sin(angle) - 0.44), color="#999999", lw=1)
    for side, colour in _SIDES.items():
        hand = points[HANDS_POSE.part(f"{side}_hand")]
        for finger, shade in zip(_FINGERS, _COLOURS, strict=True):
            axis.plot(*hand[finger].T, color=shade, lw=1.3)
        axis.plot(*hand[:1].T, "o", color=colour, ms=4)
