"""Named landmark layouts: the only source of point indices, for Python and (emitted) for TypeScript.

"left" and "right" are the signer's own hands, in a picture that is not mirrored. Point names and their order are
MediaPipe's (Hands: 21 points; Pose: 33; Face: 468, numbered), and holistic is its 543-point layout, in that order;
hands_pose is the same without the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepsign import face_points
from deepsign.problems import InputError

FINGERS = ("thumb", "index", "middle", "ring", "little")
HAND_POINTS = (
    "wrist",
    *(f"thumb_{joint}" for joint in ("cmc", "mcp", "ip", "tip")),
    *(f"{finger}_{joint}" for finger in FINGERS[1:] for joint in ("mcp", "pip", "dip", "tip")),
)
_POSE_SIDES = (
    "shoulder",
    "elbow",
    "wrist",
    "little",
    "index",
    "thumb",
    "hip",
    "knee",
    "ankle",
    "heel",
    "foot",
)
POSE_POINTS = (
    "nose",
    *(f"{side}_eye_{part}" for side, parts in (("left", ("inner", "centre", "outer")),) for part in parts),
    *(f"right_eye_{part}" for part in ("inner", "centre", "outer")),
    "left_ear",
    "right_ear",
    "left_mouth",
    "right_mouth",
    *(f"{side}_{part}" for part in _POSE_SIDES for side in ("left", "right")),
)

FACE_POINTS = tuple(str(number) for number in range(len(face_points.MIRROR)))

# For each point of a hand, the point that its bone starts from; the wrist's own is itself.
HAND_PARENT = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)

# Bones of a hand, wrist outwards, then across the knuckles (MediaPipe's HAND_CONNECTIONS).
HAND_EDGES = (
    *((0 if joint == 0 else base + joint - 1, base + joint) for base in (1, 5, 17) for joint in range(4)),
    *((base + joint - 1, base + joint) for base in (9, 13) for joint in range(1, 4)),
    (5, 9),
    (9, 13),
    (13, 17),
)
# Shoulders, arms and hips of the 33 pose points; the face is left out on purpose: diagrams have no face.
POSE_EDGES = ((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24))


@dataclass(frozen=True)
class Layout:
    """Which points a landmark array holds, in order.

    points  names such as "right_hand.index_tip"; a single hand of unknown side is "hand.…".
    edges   pairs of indices to draw.
    """

    name: str
    points: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """For each point, the index of its mirror image: left and right change places."""
        return tuple(self.index[_other_side(p)] for p in self.points)

    @cached_property
    def index(self) -> dict[str, int]:
        """Point name → index."""
        return {p: i for i, p in enumerate(self.points)}

    def __len__(self) -> int:
        return len(self.points)

    def part(self, name: str) -> slice:
        """Where a part ("left_hand", "pose", …) stands; KeyError if the layout lacks it."""
        at = [i for i, p in enumerate(self.points) if p.split(".")[0] == name]
        if not at:
            raise KeyError(f"{self.name} has no {name}")
        return slice(at[0], at[-1] + 1)


def _other_side(point: str) -> str:
    if point.startswith("face."):
        return f"face.{face_points.MIRROR[int(point.removeprefix('face.'))]}"
    if "left" in point:
        return point.replace("left", "right")
    return point.replace("right", "left")


def _layout(name: str, *parts: tuple[str, tuple[str, ...], tuple[tuple[int, int], ...]]) -> Layout:
    points: list[str] = []
    edges: list[tuple[int, int]] = []
    for part, names, bones in parts:
        edges += [(a + len(points), b + len(points)) for a, b in bones]
        points += [f"{part}.{n}" for n in names]
    return Layout(name, tuple(points), tuple(edges))


HAND = _layout("hand", ("hand", HAND_POINTS, HAND_EDGES))
HANDS = _layout("hands", ("left_hand", HAND_POINTS, HAND_EDGES), ("right_hand", HAND_POINTS, HAND_EDGES))
HANDS_POSE = _layout(
    "hands_pose",
    ("left_hand", HAND_POINTS, HAND_EDGES),
    ("pose", POSE_POINTS, POSE_EDGES),
    ("right_hand", HAND_POINTS, HAND_EDGES),
)
HOLISTIC = _layout(
    "holistic",
    ("face", FACE_POINTS, ()),
    ("left_hand", HAND_POINTS, HAND_EDGES),
    ("pose", POSE_POINTS, POSE_EDGES),
    ("right_hand", HAND_POINTS, HAND_EDGES),
)
LAYOUTS = {layout.name: layout for layout in (HAND, HANDS, HANDS_POSE, HOLISTIC)}


def layout_named(name: str) -> Layout:
    """The layout of that name; InputError names the known ones."""
    if name not in LAYOUTS:
        raise InputError(f"unknown landmark layout {name!r}; known: {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def convert(landmarks: NDArray[np.float32], source: str, target: str) -> NDArray[np.float32]:
    """Landmarks (T, P, 3) of one layout in another's order; points that the source lacks are NaN.

    A single hand of unknown side goes to the right hand's place: the networks tell its side by geometry.
    Raises InputError where the array doesn't fit its layout or no point is shared.
    """
    have, want = layout_named(source), layout_named(target)
    if landmarks.shape[-2] != len(have):
        raise InputError(f"layout {source} has {len(have)} points, the landmarks have {landmarks.shape[-2]}")
    if source == target:
        return landmarks
    names = {p.replace("hand.", "right_hand.", 1) if source == "hand" else p: i for i, p in enumerate(have.points)}
    if not any(p in names for p in want.points):
        raise InputError(f"landmarks of layout {source} can't be read as {target}")
    out = np.full((*landmarks.shape[:-2], len(want), 3), np.nan, dtype=np.float32)
    for j, point in enumerate(want.points):
        if point in names:
            out[..., j, :] = landmarks[..., names[point], :]
    return out


def shows_a_hand(landmarks: NDArray[np.float32], layout: str) -> bool:
    """Whether a hand is seen in any frame of (T, P, 3); a body alone doesn't count."""
    return not bool(np.isnan(convert(landmarks, layout, HANDS.name)[..., :2]).all())


def mirrored(landmarks: NDArray[np.float32], layout: str) -> NDArray[np.float32]:
    """The same clip as a mirror shows it: x becomes 1 − x, and left and right change places."""
    out: NDArray[np.float32] = landmarks[..., list(layout_named(layout).mirror), :].copy()
    out[..., 0] = 1 - out[..., 0]
    return out
