"""Made pictures and clips that a small network learns in seconds: shapes, and movements of one shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.data import manifest
from deepsign.data.manifest import Row, digest

# Gloss → whether (x, y) of a grid from −1 to 1 is inside.
SHAPES = {
    "A": lambda x, y: np.abs(x) + np.abs(y) < 0.7,
    "B": lambda x, y: (np.abs(x) < 0.15) | (np.abs(y) < 0.15),
    "C": lambda x, y: np.hypot(x, y) < 0.35,
}
# Gloss → where the shape is at time 0 … 1: told apart by motion alone.
MOVES = {
    "right": lambda t: (1.2 * t - 0.6, 0.0),
    "left": lambda t: (0.6 - 1.2 * t, 0.0),
    "down": lambda t: (0.0, 1.2 * t - 0.6),
}


def picture(gloss: str, rng: np.random.Generator, size: int = 40) -> NDArray[np.uint8]:
    """(size, size, 3): one shape, light on dark, a little moved."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    dx, dy = rng.uniform(-0.15, 0.15, 2)
    inside = SHAPES[gloss](x - dx, y - dy)
    shade = np.where(inside, rng.integers(170, 250), rng.integers(0, 70))
    return np.clip(shade[..., None] + rng.normal(0, 8, (size, size, 3)), 0, 255).astype(np.uint8)


def moving(gloss: str, rng: np.random.Generator, frames: int = 6, size: int = 32) -> NDArray[np.uint8]:
    """(frames, size, size, 3): a disc on its way."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    colour = rng.integers(120, 255, 3)
    shown = []
    for t in np.linspace(0, 1, frames):
        cx, cy = MOVES[gloss](t)
        inside = np.hypot(x - cx, y - cy) < rng.uniform(0.28, 0.32)
        shown.append(np.where(inside[..., None], colour, 20))
    return np.stack(shown).astype(np.uint8)


def pictures(folder: Path, people: int = 4, each: int = 4, seed: int = 0) -> Path:
    """A manifest of photos, `each` of every shape and person."""
    rng, rows = np.random.default_rng(seed), []
    for person in range(people):
        for gloss in SHAPES:
            for i in range(each):
                path = folder / f"p{person}" / f"{gloss}{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture(gloss, rng)).save(path)
                rows.append(_row(folder, path, gloss, person))
    manifest.write(rows, folder / "manifest.csv")
    return folder / "manifest.csv"


def clips(folder: Path, people: int = 4, each: int = 3, seed: int = 0) -> Path:
    """A manifest of clips, folders of frames, `each` of every movement and person."""
    rng, rows = np.random.default_rng(seed), []
    for person in range(people):
        for gloss in MOVES:
            for i in range(each):
                path = folder / f"p{person}" / f"{gloss}{i}"
                path.mkdir(parents=True, exist_ok=True)
                for at, frame in enumerate(moving(gloss, rng)):
                    Image.fromarray(frame).save(path / f"frame_{at:03d}.png")
                rows.append(_row(folder, path, gloss, person))
    manifest.write(rows, folder / "manifest.csv")
    return folder / "manifest.csv"


def _row(folder: Path, path: Path, gloss: str, person: int) -> Row:
    name = path.relative_to(folder).as_posix()
    return Row(name, gloss, f"made/{person}", "", "CC0-1.0", f"made{person % 2}", digest(path))
