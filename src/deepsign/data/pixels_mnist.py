"""Photos in Sign MNIST's format: the hand cropped, grey, 28 × 28, a label and 784 pixels a row.

So a network for that corpus can be trained on photos whose signers are known, and one trained on it asked about photos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.clip import Clip
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row, digest
from deepsign.data.pixels_tables import SIDE
from deepsign.data.readers.sign_mnist import LABELS
from deepsign.data.store import ClipStore
from deepsign.landmarks import HANDS
from deepsign.perceive.image import read_image
from deepsign.problems import InputError
from deepsign.whole import written_whole

Pixels = NDArray[np.uint8]

FILE = "sign_mnist_train.csv"
# The crop's side, in longer sides of the box around the hand's points; see EXPERIMENTS.md, P1.
MARGIN = 1.45
# A photo most of whose edge is darker than this was cut out: its hand is set before a wall, as the corpus's hands are.
_BLACK, _CUT_OUT = 16, 0.8
_LABEL = {letter: label for label, letter in LABELS.items()}


@dataclass(frozen=True)
class Converted:
    """What a conversion did.

    rows      of the manifest that was written, in the CSV's order.
    left_out  why photos became no row → how many.
    failed    (path, reason) of those that can't be read.
    """

    rows: tuple[Row, ...]
    left_out: dict[str, int]
    failed: tuple[tuple[str, str], ...]


def to_mnist(
    manifest: Path,
    out: Path,
    root: Path | None = None,
    margin: float = MARGIN,
    cache: Path | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> Converted:
    """Writes OUT/sign_mnist_train.csv of a manifest's photos, and OUT/manifest.csv, which keeps who signed what.

    Only letters that Sign MNIST has are taken, and photos in which a hand is found. Raises InputError where none is
    left.
    """
    listed = manifests.read(manifest, root)
    taken, lines, failed = [], [], []
    left_out: Counter[str] = Counter()
    with ClipStore(listed.root, cache=cache) as store:
        for row in listed.rows:
            on_done(row.path)
            if row.gloss not in _LABEL:
                left_out["a sign that Sign MNIST has not"] += 1
                continue
            try:
                box = None if row.item is not None else hand_box(store.clip(row), margin)
                picture = None if box is None else grey_crop(read_image(listed.root / row.file), box)
            except InputError as error:
                failed.append((row.path, str(error)))
                continue
            if picture is None:
                left_out["no photo, or no hand is found in it"] += 1
                continue
            lines.append(",".join(map(str, (_LABEL[row.gloss], *picture.ravel().tolist()))))
            taken.append(row)
    if not taken:
        raise InputError(f"{manifest}: lists no photo of a letter in which a hand is found")
    header = ",".join(["label", *(f"pixel{i}" for i in range(1, SIDE * SIDE + 1))])
    with written_whole(out / FILE) as file:
        file.write("\n".join([header, *lines, ""]).encode("ascii"))
    content = digest(out / FILE)
    rows = tuple(replace(row, path=f"{FILE}#{at}", sha256=content) for at, row in enumerate(taken))
    manifests.write(rows, out / "manifest.csv")
    return Converted(rows, dict(left_out), tuple(failed))


def hand_box(clip: Clip, margin: float = MARGIN) -> tuple[float, float, float] | None:
    """Middle (x, y) as fractions of the picture, and the side as a fraction of its height, of a square around the hand.

    Of two hands the larger one; None where none is seen.
    """
    if clip.landmarks is None:
        return None
    points = clip.landmarks[0, :, :2] * [clip.aspect, 1]
    boxes = []
    for side in ("left_hand", "right_hand"):
        hand = points[HANDS.part(side)]
        if not np.isnan(hand).any():
            low, high = hand.min(axis=0), hand.max(axis=0)
            boxes.append((float((high - low).max()), *((low + high) / 2).tolist()))
    if not boxes:
        return None
    longer, x, y = max(boxes)
    return x / clip.aspect, y, longer * margin


def grey_crop(picture: Pixels, box: tuple[float, float, float]) -> Pixels:
    """(28, 28) grey of a square of a picture (H, W, 3); where it leaves the picture, the picture's edge goes on.

    A hand that was cut out, before black, is set before a grey wall with light from one side.
    """
    height, width = picture.shape[:2]
    half = box[2] * height / 2
    x, y = box[0] * width, box[1] * height
    beyond = int(max(0, half - x, half - y, x + half - width, y + half - height)) + 1
    grey = np.asarray(Image.fromarray(picture).convert("L"))
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    square = (x - half + beyond, y - half + beyond, x + half + beyond, y + half + beyond)
    if (edge < _BLACK).mean() > _CUT_OUT:
        grey = _before_a_wall(np.pad(grey, beyond))
    else:
        grey = np.pad(grey, beyond, mode="edge")
    wide = Image.fromarray(grey)
    # BOX is the mean over each pixel's area.
    return np.asarray(wide.resize((SIDE, SIDE), Image.Resampling.BOX, box=square))


def _before_a_wall(grey: Pixels) -> Pixels:
    """A cut-out hand (H, W) before a wall; the hand's own pixels, read as a number, decide how bright it is."""
    rng = np.random.default_rng(int(grey.sum()))
    y, x = (np.linspace(-1, 1, n) for n in grey.shape)
    slope = rng.uniform(-35, 35, 2)
    wall = rng.uniform(140, 215) + slope[0] * x[None] + slope[1] * y[:, None]
    cover = np.clip((grey.astype(np.float32) - _BLACK / 2) / _BLACK, 0, 1)
    whole: NDArray[np.float64] = np.clip(cover * grey + (1 - cover) * wall, 0, 255)
    return whole.astype(np.uint8)
