"""`deepsign data`: make, split and check manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

data = App(name="data", help="Make, split and check manifests: the lists of photos, clips and landmarks to learn from.")


@data.command(name="import")
def import_data(
    *names: str,
    root: Path,
    out: Path,
    collections: Path = Path("recipes/collections.yaml"),
    task: str | None = None,
    kind: Annotated[Literal["ship", "study"] | None, Parameter(name=["--class"])] = None,
) -> int:
    """Collections on disk to one manifest.

    Parameters
    ----------
    names
        Collections by name, or task-class (letters-ship) for all of them; all that fit by default.
    root
        The folder that holds the collections.
    out
        The manifest to write.
    collections
        The list of collections: name, path, reader, licence, class, task.
    task
        Only collections of this task.
    kind
        Only collections that weights may ship from, or only those for study.
    """
    from deepsign.data.collections import import_collections
    from deepsign.terminal import complain

    found = import_collections(collections, root, out, task, kind, names)
    for name, reason in found.failed:
        complain(f"{name}: {reason}")
    for name, words in found.notes:
        print(f"{name}: {words}")
    for source, signers, rows in found.counts():
        print(f"{source}: {rows} rows, {signers} signers")
    print(f"{out}: {len(found.rows)} rows")
    return int(bool(found.failed))


@data.command
def split(manifest: Path, *, out: Path, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> None:
    """Gives every signer of a manifest to one split: train, validation or test.

    Parameters
    ----------
    manifest
        The manifest to read.
    out
        The manifest to write.
    validation
        Share of the rows for validation.
    test
        Share of the rows for testing.
    seed
        Another seed gives another split.
    """
    from collections import Counter

    from deepsign.data import manifest as manifests
    from deepsign.data.splits import by_signer

    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    listed = manifests.read(manifest)
    rows = by_signer(listed.rows, {k: v for k, v in shares.items() if v}, seed)
    manifests.write(rows, out, listed.root)
    for name, count in sorted(Counter(row.split for row in rows).items()):
        print(f"{name}: {count} rows, {len({r.signer for r in rows if r.split == name})} signers")


@data.command
def check(manifest: Path, *, root: Path | None = None) -> int:
    """Refuses a split that leaks: a signer, a file, nearly the same photo or nearly the same hand in two splits.

    Parameters
    ----------
    manifest
        The manifest to check.
    root
        Where its paths start; where the manifest says by default.
    """
    from deepsign.data import manifest as manifests
    from deepsign.data.splits import check as refuse_leaks
    from deepsign.terminal import complain, progress

    found = manifests.read(manifest, root)
    with progress("checking") as advance:
        checked = refuse_leaks(found, advance)
    for _, reason in checked.unreadable:
        complain(reason)
    print(f"{manifest}: {len(found.rows)} rows, nothing leaks")
    return int(bool(checked.unreadable))
