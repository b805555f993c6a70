"""Synthetic photos: real hands' points drawn as hands in other skins, lights and places, or cut out and set elsewhere.

A table of landmarks holds handshapes of real people and no pictures. Drawn, they are pictures to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from deepsign.clip import Clip
from deepsign.data.synth_hand import turned
from deepsign.data.synth_paint import Canvas, Light
from deepsign.data.synth_skin import SKINS, normal_of, paint_hand
from deepsign.landmarks import HANDS

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

# The share of the picture's side that a hand takes, at least and at most.
_REACH = (0.4, 0.95)
# How far a hand is turned about the picture's axes x, y, z (standard deviation, degrees): G and Q, U and H, K and P
# differ by where they point, so no further.
_TURN = (12.0, 14.0, 9.0)
# A tracker's depths are a guess.
_DEPTH = (0.7, 1.1)
# Share of backgrounds that are black (hands that were cut out), and that are a plain wall; the others are full.
_BLACK, _WALL = 0.2, 0.35
# The width of a palm (knuckle of the index finger to that of the little one) over its length (wrist to middle knuckle),
# in space: the median of photos here whose shape is known, .66 to .81 by collection.
_PALM = 0.73
# What a camera's picture may be wide, heights.
_ASPECTS = (1.0, 4 / 3, 16 / 9)


def hand_of(clip: Clip) -> Floats | None:
    """(21, 3): the hand of a clip's middle frame that shows one whole, with depth; x in picture heights, as y is.

    Of two hands the larger. None where there is none such.
    """
    assert clip.landmarks is not None
    points = clip.landmarks.astype(np.float64) * [clip.aspect, 1, clip.aspect]
    hands = [points[:, HANDS.part(side)] for side in ("left_hand", "right_hand")]
    found = [hand[at] for hand in hands for at in _middle(hand)]
    sizes = [float(np.ptp(hand[:, :2], axis=0).max()) for hand in found]
    return found[int(np.argmax(sizes))] if found and max(sizes) > 0 else None


def aspect_of(hands: Sequence[Floats]) -> float:
    """How many heights wide the pictures were that one person's hands, (21, 3) each, are fractions of.

    Tables of landmarks do not say. Hands from wide pictures look slim and flat in fractions; people's palms are alike.
    """
    found = np.stack(hands)
    shapes = []
    for aspect in _ASPECTS:
        wide = found * [aspect, 1, aspect]
        across, along = (np.linalg.norm(wide[:, a] - wide[:, b], axis=1) for a, b in ((5, 17), (0, 9)))
        shapes.append(float(np.median(across / np.maximum(along, 1e-9))))
    return _ASPECTS[int(np.argmin(np.abs(np.log(np.maximum(shapes, 1e-9) / _PALM))))]


def drawn(hand: Floats, rng: np.random.Generator, side: int) -> Pixels:
    """(side, side, 3): the hand (21, 3) drawn: another turn, size, place, skin, light, thickness and background."""
    other = hand * [1, 1, rng.uniform(*_DEPTH)] @ turned(tuple(rng.normal(0, _TURN))).T
    joints, palm = _placed(other, rng, side)
    canvas = Canvas(background(rng, side), _light(rng))
    skin = SKINS[rng.integers(len(SKINS))] * rng.uniform(0.85, 1.1) * rng.uniform(0.93, 1.07, 3)
    _forearm(canvas, joints, palm, skin, rng)
    paint(canvas, joints, palm * rng.uniform(0.85, 1.2), skin)
    return _taken(canvas.colour, rng, side)


def moved(picture: Pixels, hand: Floats, rng: np.random.Generator, side: int) -> Pixels:
    """(side, side, 3): a photo's hand, cut out along its drawing's outline, in another place before something else.

    hand  (21, 3) as `hand_of` gives it, of this picture.
    """
    high = picture.shape[0]
    joints, palm = _placed(hand, rng, side)
    # The same shift and scale take the photo there.
    scale = (joints[9] - joints[0])[:2] @ (hand[9] - hand[0])[:2] / max(_length(hand[9] - hand[0]) ** 2, 1e-9)
    left, top = (hand[0, :2] - joints[0, :2] / scale) * high
    box = (left, top, left + side / scale * high, top + side / scale * high)
    photo = Image.fromarray(picture).transform(
        (side, side), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR, fillcolor=None
    )
    cover = Canvas(np.zeros((side, side, 3), np.float32), Light(np.array([0.0, 0, -1]), 1.0))
    paint(cover, joints, palm * 1.25, SKINS[0])
    mask = Image.fromarray((np.isfinite(cover.depth) * np.uint8(255)).astype(np.uint8))
    mask = mask.filter(ImageFilter.GaussianBlur(max(0.5, 0.04 * palm)))
    share = np.asarray(mask, dtype=np.float32)[..., None] / 255
    inside = _inside(box, picture.shape, side)[..., None]
    whole = share * inside * np.asarray(photo, dtype=np.float32) + (1 - share * inside) * background(rng, side)
    return _taken(whole, rng, side)


def background(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """(side, side, 3), 0 to 255: black, a wall lit from one side, or a room: blots, edges and things of any colour."""
    kind = rng.random()
    if kind < _BLACK:
        return np.full((side, side, 3), rng.uniform(0, 12), np.float32)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    base = rng.uniform(30, 235) * rng.uniform(0.8, 1.15, 3)
    slope = rng.uniform(-90, 90) * x + rng.uniform(-90, 90) * y
    picture = (base + slope[..., None]).astype(np.float32)
    if kind < _BLACK + _WALL:
        wall: NDArray[np.float32] = picture.clip(0, 255)
        return wall
    for cells in (3, 9):
        blots = Image.fromarray((rng.random((cells, cells, 3)) * 255).astype(np.uint8))
        wide = np.asarray(blots.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float32)
        picture += rng.uniform(0, 0.5) * (wide - 128)
    canvas = Canvas(picture, _light(rng))
    for _ in range(rng.integers(1, 9)):
        # Some of them are skin: arms, faces, and furniture of wood.
        colour = SKINS[rng.integers(len(SKINS))] * 1.0 if rng.random() < 0.3 else rng.uniform(0, 255, 3)
        middle, size = rng.uniform(-0.1, 1.1, 2) * side, rng.uniform(0.03, 0.35, 2) * side
        if rng.random() < 0.5:
            end = np.append(rng.uniform(-0.2, 1.2, 2) * side, 0.0)
            canvas.capsule(np.append(middle, 0.0), end, 0.4 * size[0], 0.4 * size[0], colour)
        elif rng.random() < 0.5:
            canvas.ellipsoid(np.append(middle, 0.0), (float(size[0]), float(size[1]), 1.0), colour)
        else:
            (left, top), (right, low) = (middle - size).astype(int).clip(0), (middle + size).astype(int).clip(0)
            canvas.colour[top:low, left:right] = colour
    full: NDArray[np.float32] = canvas.colour.clip(0, 255)
    return full


def _placed(hand: Floats, rng: np.random.Generator, side: int) -> tuple[Floats, float]:
    """A hand's joints (21, 3) in px of a picture, somewhere in it and whole, and its palm's length in px."""
    low, high = hand[:, :2].min(axis=0), hand[:, :2].max(axis=0)
    scale = side * rng.uniform(*_REACH) / max(float((high - low).max()), 1e-9)
    room = side - scale * (high - low)
    corner = room * rng.uniform(0.15, 0.85, 2)
    joints = scale * (hand - [*low, hand[0, 2]]) + [*corner, 0]
    return joints, palm_of(joints)


def palm_of(joints: Floats) -> float:
    """A palm's length in px, however the hand is turned."""
    return max(_length(joints[i] - joints[0], 3) * share for i, share in ((5, 1.0), (9, 1.0), (17, 1.1)))


def paint(canvas: Canvas, joints: Floats, palm: float, skin: Floats) -> None:
    """Paints the hand of joints (21, 3) in px, either hand, seen from either side."""
    normal = normal_of(joints)
    # Fingers bend towards the palm, whichever hand it is.
    inwards = sum(unit(joints[i + 3] - joints[i + 2]) - unit(joints[i + 1] - joints[i]) for i in (5, 9, 13, 17))
    palm_side = normal * (np.sign(float(inwards @ normal)) or 1.0)
    front = normal * (-1.0 if normal[2] > 0 else 1.0)
    paint_hand(canvas, joints, palm, skin, -float(palm_side[2]), front)


def _forearm(canvas: Canvas, joints: Floats, palm: float, skin: Floats, rng: np.random.Generator) -> None:
    """None at all in one of four: a hand that was cut out; else bare for a while, then in a sleeve."""
    if rng.random() < 0.25:
        return
    away = unit(joints[0] - joints[9]) @ turned((0.0, 0.0, float(rng.normal(0, 15)))).T
    away[2] = abs(away[2])
    cuff, end = joints[0] + away * palm * rng.uniform(0.2, 2.5), joints[0] + away * palm * 4
    canvas.capsule(cuff, end, 0.36 * palm, 0.42 * palm, rng.uniform(10, 240, 3))
    canvas.capsule(joints[0], cuff, 0.25 * palm, 0.29 * palm, skin)


def _taken(picture: NDArray[np.floating], rng: np.random.Generator, side: int) -> Pixels:
    """As a camera takes it: out of focus, in other light, with noise."""
    lit = 255 * (picture.clip(0, 255) / 255) ** rng.uniform(0.7, 1.4)
    soft = Image.fromarray(lit.astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.1) * side / 96))
    noise = rng.uniform(0, 7) * rng.standard_normal((side, side, 1))
    taken = (np.asarray(soft, dtype=np.float32) + noise).clip(0, 255).astype(np.uint8)
    # Left hands and right hands make the same letters.
    return np.ascontiguousarray(taken[:, ::-1]) if rng.random() < 0.5 else taken


def _light(rng: np.random.Generator) -> Light:
    towards = np.array([rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.4), -1.0])
    return Light(towards / np.linalg.norm(towards), rng.uniform(0.25, 0.7))


def _inside(box: tuple[float, float, float, float], shape: tuple[int, ...], side: int) -> NDArray[np.bool_]:
    """(side, side): where a box of a picture holds the picture."""
    across, down = (np.linspace(box[i], box[i + 2], side) for i in (0, 1))
    return ((down >= 0) & (down < shape[0]))[:, None] & ((across >= 0) & (across < shape[1]))[None]


def _middle(hand: Floats) -> list[int]:
    """The middle one of the frames (T, 21, 3) that show the hand whole, or none."""
    at = np.flatnonzero(~np.isnan(hand).any(axis=(1, 2)))
    return [int(at[len(at) // 2])] if len(at) else []


def _length(vector: Floats, axes: int = 2) -> float:
    return float(np.linalg.norm(vector[:axes]))


def unit(vector: Floats) -> Floats:
    """The vector with a length of 1."""
    found: Floats = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return found
