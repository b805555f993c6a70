"""Synthetic studio: hands close up before a pale wall, grey and 28 pixels a side, as Sign MNIST's pictures are.

Its cameras stood below and to a side, its hands fill the picture, and a bare arm or a sleeve leaves it. A photo's hand
is cut out along the outline that its points draw; a hand of a table of landmarks is drawn, turned further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.data.pixels_tables import SIDE
from deepsign.data.synth_hand import turned
from deepsign.data.synth_paint import Canvas, Light
from deepsign.data.synth_photos import paint, palm_of, unit

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

# Pictures are made at three times their size. A hand's longer side is WIDE times in it until it is placed.
_SIZE, _WIDE = 3 * SIDE, 1.7
# Degrees that a drawn hand is turned by at most, about the picture's axes x, y, z; a K about y from and to: the corpus
# shows most of them from the thumb's side.
_TURN, _TURN_K = (24.0, 34.0, 12.0), (-10.0, 80.0)
# Degrees that a K's middle finger points away from its palm.
_FORWARD = (35.0, 90.0)
# The share of the side that the hand's points take: read off the corpus's public rows by eye, as the light is.
_REACH = (0.62, 0.98)
# Most of a photo's edge darker than this: the hand was cut out before.
_BLACK, _CUT_OUT = 16, 0.8
# The corpus's hands are right hands. Of these two points the first is right of the second there: the sides of the palm,
# or where the hand points to; a Q is seen from either side.
_PALM, _RIGHT = (5, 17), {"G": (8, 0), "H": (8, 0), "T": (8, 0), "P": (0, 8), "X": (8, 6), "C": (8, 5), "O": (8, 5)}
_EITHER = "Q"
_FILTERS = tuple(getattr(Image.Resampling, name) for name in ("BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS"))
_Y, _X = np.mgrid[0:_SIZE, 0:_SIZE] / _SIZE - 0.5


@dataclass(frozen=True)
class Alone:
    """A hand by itself, in a square picture of side S.

    grey    (S, S), 0 to 255.
    cover   (S, S), 0 to 1: where hand and arm are.
    gone    (S, S): where an arm must be that was not in the photo.
    joints  (21, 3) px; palm its length in px.
    tilts   whether the picture may be sheared and squeezed, as if turned: a photo can't be turned in space.
    """

    grey: Floats
    cover: Floats
    gone: NDArray[np.bool_]
    joints: Floats
    palm: float
    tilts: bool


def to_mirror(gloss: str, hand: Floats, rng: np.random.Generator) -> bool:
    """Whether the corpus shows this letter's hand (21, 3) the other way round."""
    if gloss == _EITHER:
        return bool(rng.random() < 0.5)
    right, left = _RIGHT.get(gloss, _PALM)
    return bool(hand[right, 0] < hand[left, 0])


def mirrored(hand: Floats, picture: Pixels) -> tuple[Floats, Pixels]:
    """A hand (21, 3) and the photo (H, W, 3) that it is of, the other way round."""
    width = picture.shape[1] / picture.shape[0]
    return hand * [-1, 1, 1] + [width, 0, 0], np.ascontiguousarray(picture[:, ::-1])


def thumb_up(hand: Floats) -> Floats:
    """A pointing hand (21, 3), a G, with its thumb up behind the index finger: the T of Sign MNIST's signers."""
    found: Floats = hand.copy()
    along = unit((hand[8] - hand[5]) * [1, 1, 0])
    up = unit(np.array([0.0, -1.0, 0.0]) + along[1] * along)
    palm, behind = palm_of(hand), np.array([0.0, 0.0, 0.08])
    found[3] = 0.6 * hand[5] + 0.4 * hand[6] + palm * behind
    found[4] = found[3] + 0.5 * palm * up
    return found


def middle_forward(hand: Floats, rng: np.random.Generator) -> Floats:
    """A K (21, 3) as the manual alphabet has it: its middle finger away from the palm, the thumb's tip at its joint.

    Trackers see it end on, and take it for a V's.
    """
    found: Floats = hand.copy()
    across, up = unit(hand[17] - hand[5]), unit(hand[9] - hand[0])
    normal = unit(np.cross(across, up))
    # The two fingers that a K folds lie on the palm's side.
    inwards = normal * (np.sign((hand[[16, 20]] - hand[[13, 17]]).mean(axis=0) @ normal) or 1.0)
    angle = np.deg2rad(rng.uniform(*_FORWARD))
    along = np.cos(angle) * up + np.sin(angle) * inwards
    bones = np.linalg.norm(hand[6:9] - hand[5:8], axis=1)  # those of the index finger, which is seen from the side
    for at, bone in zip((10, 11, 12), bones, strict=True):
        found[at] = found[at - 1] + 1.05 * bone * along
    found[4] = found[10] + 0.16 * palm_of(hand) * (rng.uniform(0.3, 0.8) * inwards - 0.6 * across)
    found[3] = 0.5 * (found[2] + found[4]) + 0.08 * palm_of(hand) * inwards
    return found


def cut_out(picture: Pixels, hand: Floats, rng: np.random.Generator) -> Alone:
    """The hand (21, 3), as `deepsign.data.synth_photos.hand_of` gives it, of a photo (H, W, 3)."""
    joints, box = _placed(hand)
    grey = Image.fromarray(picture).convert("L")
    edge = np.asarray(grey)
    edge = np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]])
    shown = _window(Image.fromarray(np.full(picture.shape[:2], 255, np.uint8)), box * len(picture)) / 255
    seen = _window(grey, box * len(picture))
    outline, palm = _blank(Light(np.array([0.0, 0.0, -1.0]), 1.0)), palm_of(joints)
    paint(outline, joints, 1.08 * palm, _SKIN)
    own = np.isfinite(outline.depth)
    _arm(outline, joints, 1.08 * palm, rng, flat=True)
    arm = np.isfinite(outline.depth) & ~own
    if (edge < _BLACK).mean() > _CUT_OUT:
        cover = own * ((seen - _BLACK / 2) / _BLACK).clip(0, 1) * shown
        gone = arm & (seen < _BLACK)
    else:
        cover, gone = (own | arm) * shown, arm & (shown < 0.5)
    return Alone(seen, _softened(cover, 0.8).clip(0, 1), gone, joints, palm, tilts=True)


def drawn_alone(hand: Floats, rng: np.random.Generator, gloss: str = "") -> Alone:
    """The hand (21, 3) drawn, with its arm: turned, in soft light, dark in the gaps between fingers."""
    depth = [1, 1, rng.uniform(0.75, 1.15)]
    x, y, z = rng.uniform(-1, 1, 3) * _TURN
    y = rng.uniform(*_TURN_K) if gloss == "K" else y
    joints, _ = _placed(hand * depth @ turned((x, y, z)).T)
    palm = palm_of(joints) * rng.uniform(0.9, 1.2)
    towards = np.array([rng.uniform(-0.8, 0.8), rng.uniform(-0.9, 0.2), -1.0])
    canvas = _blank(Light(towards / np.linalg.norm(towards), rng.uniform(0.3, 0.7)))
    paint(canvas, joints, palm, _SKIN)
    _arm(canvas, joints, palm, rng)
    there = np.isfinite(canvas.depth)
    # What lies deeper than what is around it gets less light.
    depths, around = np.where(there, canvas.depth, 0.0), 0.09 * palm
    mean = _softened(depths, around) / np.maximum(_softened(there * 1.0, around), 1e-3)
    dark = ((depths - mean) / (0.13 * palm)).clip(0, 1) * there
    grey = canvas.colour[..., 0] * (1 - rng.uniform(0.25, 0.55) * dark)
    return Alone(grey, _softened(there * 1.0, 0.6), np.zeros_like(there), joints, palm, tilts=False)


def pictured(hand: Alone, rng: np.random.Generator) -> Pixels:
    """(28, 28): the hand in some light, before some wall, taken by some camera, made small by some filter."""
    inside = hand.cover > 0.5
    mean, spread = (f(hand.grey[inside]) if inside.any() else 1.0 for f in (np.mean, np.std))
    bright = rng.uniform(95, 190)
    contrast = np.clip(spread / mean, 0.12, 0.35) * bright * rng.uniform(0.7, 1.4) / max(spread, 4.0)
    lit = bright + (hand.grey - mean) * contrast + _slope(rng, 50, 50)
    whole = _wall(rng) * (1 - hand.cover) + lit * hand.cover
    sleeve, tone = _sleeve(hand, rng)
    whole = whole * (1 - sleeve) + tone * sleeve
    taken = Image.fromarray(whole.astype(np.float32)).transform(
        (_SIZE, _SIZE), Image.Transform.AFFINE, _camera(hand, rng), Image.Resampling.BILINEAR, fillcolor=whole.mean()
    )
    if rng.random() < 0.2:
        coarse = int(rng.integers(18, SIDE - 1))
        taken = taken.resize((coarse, coarse), Image.Resampling.BOX)
    small = np.asarray(taken.resize((SIDE, SIDE), _FILTERS[rng.integers(len(_FILTERS))]), dtype=np.float64)
    small = (128 + (small - 128) * rng.uniform(0.85, 1.15) + rng.uniform(-15, 15)) * rng.uniform(0.9, 1.12)
    # Some of the corpus's pictures are burnt out.
    small = small * 1.25 + 15 if rng.random() < 0.12 else small
    return small.clip(0, 255).astype(np.uint8)


_SKIN = np.array([200.0, 200.0, 200.0])


def _placed(hand: Floats) -> tuple[Floats, Floats]:
    """A hand in the middle of a picture (px), and that picture's (left, top, right, bottom) in the hand's own units."""
    low, high = hand[:, :2].min(axis=0), hand[:, :2].max(axis=0)
    side = max(float((high - low).max()), 1e-9) * _WIDE
    corner = (low + high - side) / 2
    joints = (hand - [*corner, hand[0, 2]]) * (_SIZE / side)
    return joints, np.concatenate([corner, corner + side])


def _window(picture: Image.Image, box: Floats) -> Floats:
    return np.asarray(
        picture.transform((_SIZE, _SIZE), Image.Transform.EXTENT, tuple(box.tolist()), Image.Resampling.BILINEAR),
        dtype=np.float64,
    )


def _blank(light: Light) -> Canvas:
    return Canvas(np.zeros((_SIZE, _SIZE, 3), np.float32), light)


def _arm(canvas: Canvas, joints: Floats, palm: float, rng: np.random.Generator, flat: bool = False) -> None:
    away = unit((joints[0] - joints[9]) * [1, 1, 0]) @ turned((0.0, 0.0, float(rng.normal(0, 18)))).T
    away[2] = 0.0 if flat else 0.15
    canvas.capsule(joints[0], joints[0] + 4 * palm * away, 0.26 * palm, 0.36 * palm, 0.97 * _SKIN)


def _sleeve(hand: Alone, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where a sleeve is (S, S), 0 to 1, and how bright: often none, but where an arm is missing."""
    away = unit((hand.joints[0] - hand.joints[9]) * [1, 1, 0])
    right, down = _X * _SIZE + _SIZE / 2 - hand.joints[0, 0], _Y * _SIZE + _SIZE / 2 - hand.joints[0, 1]
    along, across = right * away[0] + down * away[1], np.abs(right * away[1] - down * away[0])
    cuff = rng.uniform(0.15, 2.2) * hand.palm if rng.random() < 0.75 else np.inf
    cloth = (along > cuff) & (across < (0.36 * hand.palm + 0.05 * along) * rng.uniform(0.9, 1.3))
    where = _softened((cloth | hand.gone) * 1.0, 0.8) * (along > 0.1 * hand.palm)
    tone = rng.uniform(25, 120) if rng.random() < 0.7 else rng.uniform(120, 230)
    return where, tone + 20 * rng.standard_normal() * _X


def _wall(rng: np.random.Generator) -> Floats:
    """(S, S): a pale wall, lit from a side; at times a shirt, a face or a window at its edge."""
    wall = rng.uniform(110, 205) + _slope(rng, 60, 45) + (rng.uniform(20, 60) if rng.random() < 0.15 else 0)
    if rng.random() < 0.65:
        return wall
    kind = rng.integers(3)
    if kind == 0:
        thing = rng.uniform(0.25, 0.5) + rng.uniform(-0.3, 0.3) * _X < _Y
    elif kind == 1:
        thing = rng.uniform(0.28, 0.5) + rng.uniform(-0.2, 0.2) * _Y < _X * rng.choice([-1, 1])
    else:
        thing = np.hypot(_X - rng.choice([-0.5, 0.5]), _Y - rng.uniform(-0.5, 0.6)) < rng.uniform(0.05, 0.3)
    found: Floats = np.where(thing, rng.uniform(20, 235) + _slope(rng, 0, 60), wall)
    return found


def _camera(hand: Alone, rng: np.random.Generator) -> tuple[float, ...]:
    """Six numbers that PIL takes: from the new picture's px to the old one's."""
    zoom, turn = 1 / (_WIDE * rng.uniform(*_REACH)), np.deg2rad(rng.normal(0, 8))
    squeezed = rng.uniform(0.8, 1.1) if hand.tilts else 1.0
    sheared = rng.uniform(-0.15, 0.15) if hand.tilts else rng.uniform(-0.06, 0.06)
    turning = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    by = zoom * turning @ np.array([[1 / squeezed, sheared], [0, 1]])
    middle = np.full(2, _SIZE / 2)
    shift = middle + (rng.uniform(-0.07, 0.07, 2) + np.array([0, rng.uniform(-0.02, 0.08)])) * _SIZE - by @ middle
    return (*by[0].tolist(), float(shift[0]), *by[1].tolist(), float(shift[1]))


def _slope(rng: np.random.Generator, across: float, down: float) -> Floats:
    found: Floats = rng.uniform(-across, across) * _X + rng.uniform(-down, down) * _Y
    return found


def _softened(grey: Floats, width: float) -> Floats:
    """Out of focus: a Gaussian of `width` px; edges go on."""
    at = np.arange(_SIZE)
    weights = np.exp(-0.5 * ((at[:, None] - at) / max(width, 0.3)) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    found: Floats = weights @ grey @ weights.T
    return found
