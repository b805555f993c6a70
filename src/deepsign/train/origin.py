"""Origin: where a bundle came from, as its provenance holds it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deepsign.bundle import DataCredit, Provenance
from deepsign.data.manifest import Row
from deepsign.recipe import Recipe, Validation


def provenance(recipe: Recipe, manifest_sha256: str, training: Sequence[Row], validation: Sequence[Row]) -> Provenance:
    """The whole recipe, the code and the rows that were learnt from, counted by collection and licence."""
    return Provenance(
        recipe=recipe.model_dump(mode="json"),
        seed=recipe.seed,
        commit=commit(),
        manifest_sha256=manifest_sha256,
        split=_words(recipe.data.validation, validation) + _trial(recipe),
        signer_disjoint=not {r.signer for r in training} & {r.signer for r in validation},
        data=credits_of(training),
    )


def untrained(recipe: Recipe) -> Provenance:
    """Of a network whose weights are random: one that is made to be timed, or to be compared with its exports."""
    return Provenance(
        recipe=recipe.model_dump(mode="json"),
        seed=recipe.seed,
        commit="none",
        manifest_sha256="none",
        split="random weights",
        signer_disjoint=True,
        data=[],
    )


def credits_of(rows: Sequence[Row]) -> list[DataCredit]:
    """One credit for each collection and licence among the rows."""
    return [
        DataCredit(
            name=source,
            licence=licence,
            signers=len({r.signer for r in rows if (r.source, r.licence) == (source, licence)}),
            clips=sum((r.source, r.licence) == (source, licence) for r in rows),
        )
        for source, licence in sorted({(r.source, r.licence) for r in rows})
    ]


def commit() -> str:
    """The checkout's commit, with "+" where the package was changed since; "unknown" outside a checkout."""
    git, package = shutil.which("git"), Path(__file__).parents[1]
    if git is None:
        return "unknown"

    def ask(*arguments: str) -> str:
        done = subprocess.run(  # noqa: S603
            [git, "-C", str(package), *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    head = ask("rev-parse", "HEAD")
    return head + ("+" if ask("status", "--porcelain", "--untracked-files=no", ".") else "") if head else "unknown"


def _trial(recipe: Recipe) -> str:
    return f"; a trial on at most {recipe.data.limit} clips (data.limit)" if recipe.data.limit else ""


def _words(rule: Validation, validation: Sequence[Row]) -> str:
    who = f"{len({r.signer for r in validation})} signers, {len(validation)} clips"
    if rule.shared and not rule.named:
        return f"held back: {who}, drawn one by one: the collections name nobody"
    if not rule.named:
        return f"held back: {who}, whole signers drawn until {rule.share:.0%} of the clips were reached"
    named = ", ".join([*rule.sources, *rule.signers, *(f"split {s}" for s in rule.splits)])
    return f"held back: {who} ({named})"
