"""`deepsign data synth` and `deepsign data to-mnist`: clips that are drawn, and photos in Sign MNIST's format."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App

from deepsign.problems import InputError

synth = App(name="synth", help="Draw labelled clips, with a manifest beside them: for tests, demos and a first run.")


@synth.command
def motion(*, out: Path, count: int = 120, seed: int = 0, gestures: Literal["first", "second"] = "first") -> None:
    """Clips of a moving shape: six classes that are told apart by motion alone.

    Parameters
    ----------
    out
        The folder to write to: <gloss>/<number>.mp4 and manifest.csv.
    count
        How many clips.
    seed
        Another seed draws other clips.
    gestures
        Which six classes; the two sets have none in common.
    """
    _check_drawn(count, seed)
    from deepsign.data.synth import write_clips
    from deepsign.data.synth_motion import motion_clips
    from deepsign.terminal import progress

    with progress("drawing", count) as advance:
        rows = write_clips(motion_clips(count, seed, gestures), f"synth-{gestures}", out, advance)
    print(f"{out / 'manifest.csv'}: {len(rows)} clips of {len({row.gloss for row in rows})} gestures")


@synth.command
def signers(
    *,
    out: Path,
    count: int = 48,
    seed: int = 0,
    show: Literal["letters", "hello", "both"] = "both",
    jobs: int | None = None,
) -> None:
    """Clips of people who sign letters or hello: drawn, but so that the tracker finds their hands.

    Parameters
    ----------
    out
        The folder to write to: clips/ with the videos, landmarks/ with what they were drawn from.
    count
        How many clips.
    seed
        Another seed draws other people.
    show
        What they sign.
    jobs
        Processes; all cores by default.
    """
    _check_drawn(count, seed, jobs)
    from deepsign.data.synth_signers import write_signers
    from deepsign.terminal import progress

    with progress("drawing", count) as advance:
        rows = write_signers(count, seed, show, out, jobs, advance)
    signs, people = len({row.gloss for row in rows}), len({row.signer for row in rows})
    print(f"{out / 'clips' / 'manifest.csv'}: {len(rows)} clips of {signs} signs by {people} people")


def _check_drawn(count: int, seed: int, jobs: int | None = None) -> None:
    for name, value, least in (("count", count, 1), ("seed", seed, 0), ("jobs", jobs, 1)):
        if value is not None and value < least:
            raise InputError(f"--{name} {value}: give a number from {least} up")


def to_mnist(manifest: Path, /, *, out: Path, root: Path | None = None, margin: float | None = None) -> int:
    """Photos of letters to Sign MNIST's format: the hand cropped, grey, 28 × 28, one row each.

    Parameters
    ----------
    manifest
        The manifest of the photos.
    out
        The folder to write to: sign_mnist_train.csv, and manifest.csv, which keeps who signed what.
    root
        Where the manifest's paths start; where it says by default.
    margin
        The crop's side, in longer sides of the box around the hand's points; 1.45 by default.
    """
    if margin is not None and margin <= 0:
        raise InputError(f"--margin {margin}: give a number above 0")
    from deepsign.data import pixels_mnist
    from deepsign.terminal import complain, progress

    with progress("converting") as advance:
        found = pixels_mnist.to_mnist(manifest, out, root, margin or pixels_mnist.MARGIN, on_done=advance)
    for _, reason in found.failed:
        complain(reason)
    for reason, count in found.left_out.items():
        print(f"{count} left out: {reason}")
    print(f"{out / pixels_mnist.FILE}: {len(found.rows)} rows")
    return int(bool(found.failed))
