"""`deepsign data`: make, split and check manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deepsign import cli_pixels

data = App(name="data", help="Make, split and check manifests: the lists of photos, clips and landmarks to learn from.")
data.command(cli_pixels.synth)
data.command(cli_pixels.to_mnist, name="to-mnist")


@data.command(name="import")
def import_data(
    *names: str,
    out: Path,
    root: Path | None = None,
    collections: Path = Path("recipes/collections.yaml"),
    task: str | None = None,
    kind: Annotated[Literal["ship", "study"] | None, Parameter(name=["--class"])] = None,
    own: Path | None = None,
    licence: str = "unstated",
    pattern: str | None = None,
) -> int:
    """Collections on disk to one manifest: those of a list, or one of your own.

    Parameters
    ----------
    names
        Collections by name, or task-class (letters-ship) for all of them; all that fit by default.
    out
        The manifest to write.
    root
        The folder that holds the listed collections.
    collections
        The list of collections: name, path, reader, licence, class, task.
    task
        Only collections of this task.
    kind
        Only collections that weights may ship from, or only those for study.
    own
        Instead of the list: a folder of your own (photos, clips or landmarks in folders named by sign, or with a
        signers.csv), or a landmark table.
    licence
        Of your own collection.
    pattern
        Of your own files' names, a regular expression: "(?P<signer>[a-z]+)_(?P<gloss>[A-Z])".
    """
    from deepsign.data import verbs
    from deepsign.problems import InputError
    from deepsign.terminal import complain

    if own is None:
        found = verbs.import_(names, out, root, collections, task, kind)
    elif names or task or kind:
        raise InputError("--own imports one collection that no list names; leave names, --task and --class out")
    else:
        found = verbs.import_own(own, out, licence, pattern)
    for name, reason in found.failed:
        complain(f"{name}: {reason}")
    for name, words in found.notes:
        print(f"{name}: {words}")
    for source, signers, rows in found.counts():
        print(f"{source}: {rows} rows, {signers} signers")
    print(f"{out}: {len(found.rows)} rows")
    return int(bool(found.failed))


@data.command
def split(
    manifest: Path,
    /,
    *,
    out: Path,
    validation: float = 0.15,
    test: float = 0.15,
    folds: int | None = None,
    fold: int | None = None,
    seed: int = 0,
    by: Literal["signer", "copies"] = "signer",
) -> None:
    """Gives every signer of a manifest to one split: train, validation or test.

    With --folds, the signers of one fold are tested: five manifests, of --folds 5 --fold 0 to 4, test each signer once.

    Parameters
    ----------
    manifest
        The manifest to read.
    out
        The manifest to write.
    validation
        Share of the rows for validation; with --folds, of those that are not tested.
    test
        Share of the rows for testing; not used with --folds.
    folds
        How many folds.
    fold
        Which of them is tested, from 0.
    seed
        Another seed gives another split.
    by
        copies: for photos that name no signers, those made of one photo stay in one split.
    """
    from deepsign.data import verbs
    from deepsign.problems import InputError

    if (folds is None) != (fold is None):
        raise InputError("--folds and --fold go together: --folds 5 --fold 0 for the first of five")
    if folds is not None and by != "signer":
        raise InputError("--folds divides by signer; leave --by out")
    if folds is not None and fold is not None:
        made = verbs.split_fold(manifest, out, folds, fold, validation, seed)
    else:
        made = verbs.split(manifest, out, validation, test, seed, by)
    for name, signers, rows in made.parts:
        print(f"{name}: {rows} rows, {signers} signers")
    for words in made.notes:
        print(words)


@data.command
def check(manifest: Path, /, *, root: Path | None = None, by: Literal["signer", "copies"] = "signer") -> int:
    """Refuses a split that leaks: a signer, a file, nearly the same photo or nearly the same hand in two splits.

    Parameters
    ----------
    manifest
        The manifest to check.
    root
        Where its paths start; where the manifest says by default.
    by
        copies: a signer may be in two splits, but no two photos made of one.
    """
    from deepsign.data import verbs
    from deepsign.terminal import complain, progress

    with progress("checking") as advance:
        checked = verbs.check(manifest, root, advance, by)
    for _, reason in checked.unreadable:
        complain(reason)
    print(f"{manifest}: {sum(checked.rows.values())} rows, nothing leaks")
    return int(bool(checked.unreadable))


@data.command
def convert(root: Path, /, *, out: Path, jobs: int | None = None, limit: int | None = None) -> int:
    """The Isolated Sign Language Recognition corpus to one archive, whose clips open at once; a cut run goes on.

    Parameters
    ----------
    root
        The folder with train.csv and train_landmark_files.
    out
        The folder of the archive.
    jobs
        Processes; all cores by default.
    limit
        Only the first so many lines of train.csv.
    """
    from deepsign.data.asl_signs_archive import convert as to_archive
    from deepsign.data.asl_signs_list import listed
    from deepsign.terminal import complain, progress

    with progress("converting", len(listed(root)[:limit])) as advance:

        def on_done(count: int) -> None:
            for _ in range(count):
                advance("")

        found = to_archive(root, out, jobs, limit, on_done)
    for path, reason in found.left_out:
        complain(f"{path}: {reason}")
    print(f"{found.index}: {found.clips} clips of {found.signs} signs by {found.signers} people, {found.frames} frames")
    if found.kept:
        print(f"{found.kept} clips were converted before")
    if found.left_out:
        missing = sum(reason == "is missing" for _, reason in found.left_out)
        print(f"{len(found.left_out)} left out: {missing} missing, {len(found.left_out) - missing} that can't be read")
    return int(bool(found.left_out))


@data.command
def tutorials(
    bundle: str,
    /,
    *,
    root: Path,
    out: Path | None = None,
    plan: Path = Path("recipes/tutorials.yaml"),
    collections: Path = Path("recipes/collections.yaml"),
    sheet: Path | None = None,
) -> None:
    """Makes a bundle's tutorials, the diagrams that Learn shows, from collections that may be shown.

    Look at the sheets before you let anybody learn from them: a clip can be recognised surely and teach a sign wrongly.

    Parameters
    ----------
    bundle
        The bundle whose signs are shown, by name or folder.
    root
        The folder that holds the listed collections.
    out
        The file to write; by default the package's own.
    plan
        Which collections, and what somebody who looked picked or left out.
    collections
        The list of collections; only those of class ship are read.
    sheet
        A folder to draw every tutorial into, moment by moment.
    """
    from deepsign.recognizer import load
    from deepsign.terminal import progress
    from deepsign.tutorials import shipped_place, write
    from deepsign.tutoring.make import make, plan_of

    recognizer = load(bundle)
    name = recognizer.bundle.name
    planned = plan_of(plan, name)
    with progress("choosing", len(recognizer.bundle.labels)) as advance:
        made = make(recognizer, planned, root, collections, advance)
    for gloss, (clips, good) in made.counts.items():
        print(f"{gloss}: {good} of {clips} could teach it")
    for entry in made.tutorials.left_out:
        print(f"{entry.gloss}: left out: {entry.reason}")
    path = out or shipped_place(name)
    write(path, made.tutorials)
    print(f"{path}: {len(made.tutorials.tutorials)} tutorials, {path.stat().st_size // 1000} kB")
    if sheet is not None:
        from deepsign.tutoring.sheet import draw

        print(f"look at {', '.join(map(str, draw(made.tutorials, sheet)))}")


@data.command
def import_tutorial(
    video: Path,
    /,
    *,
    gloss: str,
    bundle: str,
    signer: str,
    licence: str,
    link: str | None = None,
    keep_video: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Shows a sign by a video of yours, or one you may show: its landmarks, with credit, in your own data folder.

    Parameters
    ----------
    video
        A video of that one sign, or a photo of a letter or a number.
    gloss
        The sign.
    bundle
        The bundle that has it.
    signer
        Who signs, as they want to be named.
    licence
        Under which they let it be shown: CC-BY-4.0, say.
    link
        An https address of more by the signer; it opens when somebody clicks it.
    keep_video
        The video itself is kept and shown too, not only its landmarks.
    """
    from deepsign.tutoring.videos import import_video

    path = import_video(video, gloss, bundle, signer, licence, link, keep_video)
    print(f"{path}: shows {gloss} by {signer}, {licence}; see it in `deepsign app` under Learn")
