"""Synthetic signers: clips of people who show letters or say hello, drawn well enough to be tracked.

Each clip comes with the landmarks that it was drawn from, so that what a tracker finds can be measured.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from deepsign.clip import Clip
from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.data.synth import FPS, Drawn, check_empty, write_clip
from deepsign.data.synth_hand import SHAPES, between, skeleton
from deepsign.data.synth_scene import HEIGHT, WIDTH, Floats, Person, Pose, Scene
from deepsign.landmarks import HANDS_POSE
from deepsign.perceive import write_landmarks

Show = Literal["letters", "hello", "both"]

SOURCE = "synth-signers"
LETTERS = tuple(letter for letter in SHAPES if len(letter) == 1)
WORDS = ("hello",)
PEOPLE = 12
# Where a hand rests: below the picture.
_DOWN = np.array([-0.75, 1.5, -0.3])


def write_signers(
    count: int,
    seed: int,
    show: Show,
    out: Path,
    jobs: int | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Writes OUT/clips/<gloss>/<number>.mp4 and OUT/landmarks/<gloss>/<number>.npz, each with a manifest.csv.

    jobs  processes; all cores by default, and 1 is this process alone. Gives the rows of the clips. Raises InputError
          where OUT holds such manifests already.
    """
    for part in ("clips", "landmarks"):
        check_empty(out / part)
    jobs = max(1, min(jobs or os.cpu_count() or 1, count))
    draw = partial(_write_one, seed=seed, show=show, out=out)
    pairs: list[tuple[Row, Row]] = []
    # Spawned, not forked: whoever calls may have threads.
    spawn = multiprocessing.get_context("spawn")
    with nullcontext() if jobs == 1 else ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        for pair in map(draw, range(count)) if pool is None else pool.map(draw, range(count)):
            pairs.append(pair)
            on_done(pair[0].path)
    for at, part in enumerate(("clips", "landmarks")):
        manifest.write([pair[at] for pair in pairs], out / part / "manifest.csv")
    return [clip for clip, _ in pairs]


def signer_clips(count: int, seed: int, show: Show = "both") -> Iterator[tuple[Drawn, Clip]]:
    """`count` clips of LETTERS, of WORDS, or of both in turn, by PEOPLE; each with the landmarks it was drawn from."""
    return (signer_clip(number, seed, show) for number in range(count))


def signer_clip(number: int, seed: int, show: Show = "both") -> tuple[Drawn, Clip]:
    """Clip `number` of those."""
    glosses = {"letters": LETTERS, "hello": WORDS, "both": (*LETTERS, *WORDS)}[show]
    gloss, who = glosses[number % len(glosses)], (number // len(glosses) + number % len(glosses)) % PEOPLE
    person, rng = Person.number(who, seed), np.random.default_rng([seed, number])
    poses = list(_hello(person, rng) if gloss in WORDS else _letter(gloss, person, rng))
    scene = Scene(person, rng)
    known = np.stack([scene.landmarks(pose) for pose in poses])
    landmarks = Clip.from_landmarks(known, HANDS_POSE.name, fps=FPS, aspect=WIDTH / HEIGHT)
    return Drawn(gloss, f"person{who}", (scene.frame(pose) for pose in poses)), landmarks


def _write_one(number: int, seed: int, show: Show, out: Path) -> tuple[Row, Row]:
    drawn, known = signer_clip(number, seed, show)
    row = write_clip(drawn, number, SOURCE, out / "clips")
    file = Path(row.path).with_suffix(".npz")
    write_landmarks(known, out / "landmarks" / file)
    return row, replace(row, path=file.as_posix(), sha256=digest(out / "landmarks" / file))


def _letter(gloss: str, person: Person, rng: np.random.Generator) -> Iterator[Pose]:
    """The hand comes up, shows the letter for a second, and goes down."""
    shape, rest = skeleton(SHAPES[gloss], person.build), skeleton(SHAPES["open"], person.build)
    place = np.array([-0.62 + rng.normal(0, 0.06), 0.05 + rng.normal(0, 0.06), -0.55])
    turn = rng.normal(0, [6, 8, 6])
    up_and_down = (rest, shape, _DOWN, place, 0.35), (shape, rest, place, _DOWN, 0.35)
    yield from _held([up_and_down[0], (shape, shape, place, place, 1.0), up_and_down[1]], turn, turn, rng)


def _hello(person: Person, rng: np.random.Generator) -> Iterator[Pose]:
    """A flat hand from the temple outwards."""
    flat, rest = skeleton(SHAPES["flat"], person.build), skeleton(SHAPES["open"], person.build)
    # Where and how fast was chosen by what the bundle `signs` takes for hello (EXPERIMENTS.md, P3).
    temple = np.array([-0.32, -0.5, -0.38]) + rng.normal(0, [0.02, 0.03, 0.02])
    out = temple + np.array([-0.45 + rng.normal(0, 0.04), 0.14, -0.1])
    at_temple, outside = (np.array(turn) + rng.normal(0, 4, 3) for turn in ((0.0, 10.0, 40.0), (0.0, 0.0, -25.0)))
    steps = [
        (rest, flat, _DOWN, temple, 0.45),
        (flat, flat, temple, temple, 0.2),
        (flat, flat, temple, out, 0.55),
        (flat, flat, out, out, 0.3),
        (flat, rest, out, _DOWN, 0.35),
    ]
    yield from _held(steps, at_temple, outside, rng)


def _held(
    steps: list[tuple[Floats, Floats, Floats, Floats, float]], first: Floats, last: Floats, rng: np.random.Generator
) -> Iterator[Pose]:
    """Poses of steps (joints from, to; wrist from, to; seconds), of a hand that trembles; turned from first to last."""
    frames = [max(1, round(FPS * seconds * rng.uniform(0.9, 1.1))) for *_, seconds in steps]
    total, done = sum(frames), 0
    waver = rng.uniform(0, 2 * np.pi, 3)
    for (joints_a, joints_b, a, b, _), count in zip(steps, frames, strict=True):
        for i in range(count):
            share = (i + 1) / count
            soft = share * share * (3 - 2 * share)
            tremble = 0.006 * np.sin(2 * np.pi * 1.3 * done / FPS + waver)
            turn = first + (last - first) * np.clip(1.6 * done / total - 0.3, 0, 1)
            yield Pose(between(joints_a, joints_b, share), tuple(turn.tolist()), a + (b - a) * soft + tremble)
            done += 1
