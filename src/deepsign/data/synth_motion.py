"""Synthetic gestures: a shape that moves among shapes that don't. Classes are told apart by motion alone.

Where the shape is, how large and of what colour is drawn alike for all classes of a set, so a single frame tells
nothing: a network without time stays at chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from deepsign.data.synth import FPS, Drawn, Frame
from deepsign.problems import InputError

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 320, 240
# Two sets without a class in common: one to learn gestures from, one to learn others with few examples.
SETS = {
    "first": ("left-right", "up-down", "circle-right", "circle-left", "zoom-in", "zoom-out"),
    "second": ("rising", "falling", "eight-flat", "eight-upright", "spin-right", "spin-left"),
}
# A style is what a signer is elsewhere: its own range of sizes, speeds and colours. Splitting by signer tests on
# sizes, speeds and colours that were never learnt from.
STYLES = 10
_STILL_SHAPES = (1, 4)
_MARGIN = 0.12


@dataclass(frozen=True)
class _Way:
    """What a shape does over its frames (T,): its middle as fractions of the picture's height, size, and turn."""

    x: Floats
    y: Floats
    size: Floats
    turn: Floats


def motion_clips(count: int, seed: int, kind: str = "first", seconds: float | None = None) -> Iterator[Drawn]:
    """`count` clips of the set `kind`, its classes and the styles in turn.

    seconds  how long each lasts; from 1.6 to 2.4 by default. Raises InputError for an unknown set.
    """
    if kind not in SETS:
        raise InputError(f"there is no set of gestures {kind!r}; there are {', '.join(SETS)}")
    return _clips(count, seed, kind, seconds)


def _clips(count: int, seed: int, kind: str, seconds: float | None) -> Iterator[Drawn]:
    for number in range(count):
        gloss = SETS[kind][number % len(SETS[kind])]
        style = number // len(SETS[kind]) % STYLES
        rng = np.random.default_rng([seed, number, list(SETS).index(kind)])
        yield Drawn(gloss, f"style{style}", _frames(gloss, style, seconds or rng.uniform(1.6, 2.4), rng))


def _frames(gloss: str, style: int, seconds: float, rng: np.random.Generator) -> Iterator[Frame]:
    # Both ranges are cut into one piece for each style, in orders that differ.
    size = 0.1 + 0.1 * (style + rng.random()) / STYLES
    pace = 0.75 + 0.75 * ((style * 3 % STYLES) + rng.random()) / STYLES
    frames = max(2, round(FPS * seconds))
    way = _way(gloss, np.arange(frames) / FPS * pace, size, rng)
    scene = _background(rng)
    for _ in range(rng.integers(*_STILL_SHAPES)):
        x, y = _places(rng)
        _put(scene, _Shape.any(rng, style), x, y, _any_size(size, rng), rng.uniform(0, 2 * math.pi))
    shape, noise = _Shape.any(rng, style), rng.uniform(0, 5)
    for at in range(frames):
        picture = scene.copy()
        _put(picture, shape, way.x[at], way.y[at], way.size[at], way.turn[at])
        picture += noise * rng.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def _way(gloss: str, t: Floats, size: float, rng: np.random.Generator) -> _Way:
    """t: seconds, already faster or slower."""
    x, y = (np.full_like(t, v) for v in _places(rng))
    sizes = np.full_like(t, _any_size(size, rng))
    turn = np.full_like(t, rng.uniform(0, 2 * math.pi))
    to_and_fro = rng.uniform(0, 2) + rng.uniform(0.6, 1.0) * np.abs((1.2 * t + rng.uniform(0, 2)) % 2 - 1)
    angle = 2 * math.pi * (0.9 * t + rng.random())
    radius, wide = rng.uniform(0.14, 0.24), rng.uniform(0.7, 1.0)
    cx, cy = _middle(rng)
    match gloss:
        case "left-right":
            x = _spread_x(to_and_fro)
        case "up-down":
            y = _spread_y(to_and_fro)
        case "circle-right" | "circle-left":
            way = 1 if gloss == "circle-right" else -1
            x, y = cx + radius * np.cos(way * angle), cy + radius * np.sin(way * angle)
        case "zoom-in" | "zoom-out":
            share = np.linspace(0, 1, len(t))[:: 1 if gloss == "zoom-in" else -1]
            sizes = size * (0.6 + 0.9 * share)
        case "rising" | "falling":
            along = 0.3 * wide * np.sin(angle)
            x, y = cx + along, cy - along * (1 if gloss == "rising" else -1)
        case "eight-flat":
            x, y = cx + 0.28 * wide * np.sin(angle), cy + 0.14 * wide * np.sin(2 * angle)
        case "eight-upright":
            x, y = cx + 0.14 * wide * np.sin(2 * angle), cy + 0.28 * wide * np.sin(angle)
        case "spin-right" | "spin-left":
            turn = turn + (1 if gloss == "spin-right" else -1) * angle
    return _Way(x, y, sizes, turn)


def _any_size(size: float, rng: np.random.Generator) -> float:
    """A size as zooming shapes have on their way."""
    return size * (0.6 + 0.9 * rng.random())


def _middle(rng: np.random.Generator) -> tuple[float, float]:
    """Around what a circle goes, in picture heights."""
    edge = _MARGIN + 0.2
    return rng.uniform(edge, WIDTH / HEIGHT - edge), rng.uniform(edge, 1 - edge)


def _places(rng: np.random.Generator) -> tuple[float, float]:
    """A place as circling shapes have on their way: every class's shapes stand there equally often."""
    (x, y), radius, angle = _middle(rng), rng.uniform(0.14, 0.24), rng.uniform(0, 2 * math.pi)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


@cache
def _quantiles() -> Floats:
    """(2, 4096) sorted x and y of such places."""
    rng = np.random.default_rng(0)
    return np.sort(np.array([_places(rng) for _ in range(4096)]).T, axis=1)


def _spread_x(u: Floats) -> Floats:
    return _quantile(0, u)


def _spread_y(u: Floats) -> Floats:
    return _quantile(1, u)


def _quantile(axis: int, u: Floats) -> Floats:
    found: Floats = np.interp(_folded(u), np.linspace(0, 1, 4096), _quantiles()[axis])
    return found


def _folded(u: Floats) -> Floats:
    """Any number to 0 … 1 and back, as a ball between walls: uniform start, uniform at any time."""
    return 1 - np.abs(u % 2 - 1)


def _background(rng: np.random.Generator) -> NDArray[np.float32]:
    """A slope of two dull colours with soft blotches, (H, W, 3)."""
    one, other = rng.uniform(30, 200, (2, 3))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    angle = rng.uniform(0, 2 * math.pi)
    share = 0.5 + 0.5 * np.sin(angle + 2 * (x * math.cos(angle) + y * math.sin(angle)))
    small = rng.uniform(-25, 25, (6, 8))
    rows = np.interp(np.arange(HEIGHT), np.linspace(0, HEIGHT - 1, 6), np.arange(6))
    columns = np.interp(np.arange(WIDTH), np.linspace(0, WIDTH - 1, 8), np.arange(8))
    blotches = _between(_between(small, rows).T, columns).T
    picture: Floats = share[..., None] * one + (1 - share[..., None]) * other + blotches[..., None]
    return picture.astype(np.float32)


def _between(values: Floats, at: Floats) -> Floats:
    """Rows of `values` at fractional numbers."""
    low = np.minimum(at.astype(int), len(values) - 2)
    share = (at - low)[:, None]
    found: Floats = values[low] * (1 - share) + values[low + 1] * share
    return found


@dataclass(frozen=True)
class _Shape:
    """An outline (distance from its edge for points about its middle, in its size), and its colour."""

    edge: Callable[[Floats, Floats], Floats]
    colour: Floats

    @classmethod
    def any(cls, rng: np.random.Generator, style: int) -> _Shape:
        # No hue belongs to two styles, and neighbours in hue are far apart in size and speed.
        hue = (style * 7 % STYLES + 0.8 * rng.random()) / STYLES
        light, strong = rng.uniform(120, 255), rng.uniform(0.4, 0.9)
        turns = np.cos(2 * math.pi * (hue + np.array([0, 1 / 3, 2 / 3])))
        return cls(_EDGES[int(rng.integers(len(_EDGES)))], light * (1 - strong * (0.5 - 0.5 * turns)))


def _polygon(corners: int, depth: float = 0.0) -> Callable[[Floats, Floats], Floats]:
    """A regular polygon, or with `depth` a star. One corner is marked by reaching out: turning it can be seen."""

    def edge(x: Floats, y: Floats) -> Floats:
        angle = np.arctan2(y, x)
        piece = (angle * corners / (2 * math.pi)) % 1
        reach = 0.62 + 0.2 * (1 - depth) * np.abs(2 * piece - 1) + depth * np.abs(2 * piece - 1)
        return np.hypot(x, y) - np.where(np.abs(angle) < math.pi / corners, 1.25, 1.0) * reach

    return edge


_EDGES = (_polygon(3), _polygon(4), _polygon(5), _polygon(4, 0.45), _polygon(5, 0.4), _polygon(6, 0.3))


def _put(picture: NDArray[np.float32], shape: _Shape, x: float, y: float, size: float, turn: float) -> None:
    """Paints a shape into a picture in place; x, y and size in picture heights."""
    px, py, radius = x * HEIGHT, y * HEIGHT, size * HEIGHT
    reach = radius * 1.4
    top, bottom = max(0, int(py - reach)), min(HEIGHT, int(py + reach) + 2)
    left, right = max(0, int(px - reach)), min(WIDTH, int(px + reach) + 2)
    if top >= bottom or left >= right:
        return
    dy, dx = np.mgrid[top:bottom, left:right].astype(np.float64)
    dx, dy = (dx - px) / radius, (dy - py) / radius
    cos, sin = math.cos(turn), math.sin(turn)
    distance = shape.edge(dx * cos + dy * sin, dy * cos - dx * sin)
    cover = np.clip(0.5 - distance * radius, 0, 1)[..., None]
    shade = 1 - 0.25 * np.clip(distance + 1, 0, 1)[..., None]
    area = picture[top:bottom, left:right]
    area += (cover * (shade * shape.colour - area)).astype(np.float32)
