"""Synthetic bodies as pixels: capsules and ellipsoids with a depth for each pixel, lit from one side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float32]
Point = NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """Where light comes from (a unit vector towards it; z away from the camera), and how much comes from everywhere."""

    towards: Point
    ambient: float

    def on(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """How bright a surface with this normal is; edges are darker, as skin's are."""
        toward = (x * self.towards[0] + y * self.towards[1] + z * self.towards[2]).clip(0)
        bright: Floats = (self.ambient + (1 - self.ambient) * toward) * (0.62 + 0.38 * (-z).clip(0, 1))
        return bright


class Canvas:
    """A picture with depths. Coordinates are in px, z grows away from the camera."""

    def __init__(self, picture: Floats, light: Light) -> None:
        """picture  (H, W, 3), the background; painted into."""
        self.colour = picture.astype(np.float32)
        self.depth = np.full(picture.shape[:2], np.inf, dtype=np.float32)
        self.light = light

    def copy(self) -> Canvas:
        """Another to paint into."""
        other = Canvas(self.colour, self.light)
        other.depth = self.depth.copy()
        return other

    def capsule(
        self,
        a: Point,
        b: Point,
        radius_a: float,
        radius_b: float,
        skin: Point,
        flat: tuple[Point, float] | None = None,
        creases: tuple[float, ...] = (),
        nail: float = 0.0,
    ) -> None:
        """A limb from a to b (x, y, z).

        flat     a normal that the surface is pressed towards, and how far (0 to 1): a palm is no tube.
        creases  where along the limb (0 to 1) a fold of the skin is seen.
        nail     how strongly a nail is seen at the end b.
        """
        reach = max(radius_a, radius_b) + 1
        low = np.floor(np.minimum(a, b)[:2] - reach).astype(int).clip(0)
        high = np.minimum(np.ceil(np.maximum(a, b)[:2] + reach).astype(int) + 1, self.depth.shape[::-1])
        if (low >= high).any():
            return
        y, x = _pixels(low, high)
        along = (b - a).astype(np.float32)
        length = max(float(along[:2] @ along[:2]), 1e-3)
        share = (((x - a[0]) * along[0] + (y - a[1]) * along[1]) / length).clip(0, 1)
        dx, dy = x - (a[0] + share * along[0]), y - (a[1] + share * along[1])
        radius = radius_a + share * (radius_b - radius_a)
        away = (dx * dx + dy * dy) / (radius * radius)
        bulge = np.sqrt((1 - away).clip(0))
        depth = a[2] + share * along[2] - radius * bulge
        area = (slice(low[1], high[1]), slice(low[0], high[0]))
        seen = (away < 1) & (depth < self.depth[area])
        if not seen.any():
            return
        nx, ny, nz = dx / radius, dy / radius, -bulge
        if flat is not None:
            nx, ny, nz = (n + flat[1] * (f - n) for n, f in zip((nx, ny, nz), flat[0], strict=True))
        bright = self.light.on(nx, ny, nz)
        for crease in creases:
            wide = 0.16 * radius_a / max(np.sqrt(length), 1)
            bright = bright * (1 - 0.3 * np.exp(-(((share - crease) / wide) ** 2)))
        colour = bright[..., None] * skin.astype(np.float32)
        if nail > 0:
            end = np.hypot((x - b[0]) * 1.15, (y - b[1]) * 1.15) / radius_b
            glow = nail * 0.5 * (end < 0.72)
            colour += glow[..., None] * (np.array([245, 215, 205], dtype=np.float32) - colour)
        self.colour[area][seen] = colour[seen]
        self.depth[area][seen] = depth[seen]

    def ellipsoid(self, middle: Point, radii: tuple[float, float, float], skin: Point) -> None:
        """A head, a chest, an eye."""
        low = np.floor(middle[:2] - radii[:2]).astype(int).clip(0)
        high = np.minimum(np.ceil(middle[:2] + radii[:2]).astype(int) + 1, self.depth.shape[::-1])
        if (low >= high).any():
            return
        y, x = _pixels(low, high)
        nx, ny = (x - middle[0]) / radii[0], (y - middle[1]) / radii[1]
        bulge = np.sqrt((1 - nx * nx - ny * ny).clip(0))
        depth = middle[2] - radii[2] * bulge
        area = (slice(low[1], high[1]), slice(low[0], high[0]))
        seen = (bulge > 0) & (depth < self.depth[area])
        colour = self.light.on(nx, ny, -bulge)[..., None] * skin.astype(np.float32)
        self.colour[area][seen] = colour[seen]
        self.depth[area][seen] = depth[seen]

    def line(self, points: Point, width: float, darker: float) -> None:
        """Darkens what has been painted along a line (N, 2), px: a palm's folds."""
        low = np.floor(points.min(axis=0) - 2 * width).astype(int).clip(0)
        high = np.minimum(np.ceil(points.max(axis=0) + 2 * width).astype(int) + 1, self.depth.shape[::-1])
        if (low >= high).any():
            return
        y, x = _pixels(low, high)
        away = np.full((len(y), x.shape[1]), np.inf, dtype=np.float32)
        for a, b in ((points[i], points[i + 1]) for i in range(len(points) - 1)):
            along = b - a
            share = (((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(float(along @ along), 1e-3)).clip(0, 1)
            away = np.minimum(away, np.hypot(x - a[0] - share * along[0], y - a[1] - share * along[1]))
        area = (slice(low[1], high[1]), slice(low[0], high[0]))
        dark = darker * np.exp(-((away / width) ** 2))
        self.colour[area] *= 1 - dark[..., None]

    def photo(self, soft: float, before: tuple[Canvas, NDArray[np.uint8]] | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 as a camera sees it: out of focus by `soft` px.

        before  a canvas that this one was copied from, and its photo: only what was painted since is made anew.
        """
        if before is None:
            return _softened(self.colour, soft)
        canvas, photo = before
        changed = self.depth != canvas.depth
        found: NDArray[np.uint8] = photo.copy()
        if changed.any():
            rows, columns = (_around(changed.any(axis=axis), 4) for axis in (1, 0))
            found[rows, columns] = _softened(self.colour[rows, columns], soft)
        return found


def _pixels(low: NDArray[np.int_], high: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """y (h, 1) and x (1, w) of the pixels of a box."""
    y, x = (np.arange(low[axis], high[axis], dtype=np.float32) for axis in (1, 0))
    return y[:, None], x[None]


def _around(changed: NDArray[np.bool_], margin: int) -> slice:
    at = np.flatnonzero(changed)
    return slice(max(0, int(at[0]) - margin), int(at[-1]) + 1 + margin)


def _softened(colour: Floats, soft: float) -> NDArray[np.uint8]:
    sharp = Image.fromarray(colour.clip(0, 255).astype(np.uint8))
    found: NDArray[np.uint8] = np.asarray(sharp.filter(ImageFilter.GaussianBlur(soft)))
    return found
