"""Held out: which rows are learnt from, and which signers are kept back for early stopping and the thresholds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from deepsign.data.manifest import Row
from deepsign.problems import RecipeError
from deepsign.recipe import Data, Exclusion, Recipe, Validation


def learnable(rows: Iterable[Row], recipe: Recipe) -> list[Row]:
    """The rows that this recipe learns from: of its licences and glosses, and not excluded."""
    return [
        row
        for row in rows
        if _licensed(row, recipe.data)
        and recipe.labels.takes(row.gloss)
        and not any(excluded(row, rule) for rule in recipe.data.exclude)
    ]


def excluded(row: Row, rule: Exclusion) -> bool:
    """Whether a row matches every key that the rule gives."""
    pairs = ((rule.source, row.source), (rule.signer, row.signer), (rule.gloss, row.gloss), (rule.split, row.split))
    return all(value in wanted for wanted, value in pairs if wanted)


def divide(rows: Sequence[Row], rule: Validation, seed: int, named: str) -> tuple[list[Row], list[Row]]:
    """Rows to train on and rows to validate on, no signer in both unless the rule says so.

    Raises RecipeError (with `named`, the recipe's file, at its head) where a side would be empty or a signer stands
    on both.
    """
    unit: Literal["path", "signer"] = "path" if rule.shared else "signer"
    held = held_by_name(rows, rule) if rule.named else _drawn(rows, rule.share, seed, unit)
    train = [row for row, kept_back in zip(rows, held, strict=True) if not kept_back]
    validation = [row for row, kept_back in zip(rows, held, strict=True) if kept_back]
    if not train or not validation:
        if len({r.signer for r in rows}) == 1 and not rule.named:
            raise RecipeError(
                f"{named}: all {len(rows)} rows are of one signer ({rows[0].signer}), so nobody is left to validate "
                "on; add somebody else's, or set data.validation.shared: true (the figures then flatter)"
            )
        raise RecipeError(
            f"{named}: data.validation leaves {len(train)} rows to train on and {len(validation)} to validate on "
            f"({len({r.signer for r in rows})} signers); name other sources, signers or splits"
        )
    both = {r.signer for r in train} & {r.signer for r in validation}
    if both and not rule.shared:
        raise RecipeError(f"{named}: data.validation puts signer {min(both)} on both sides; hold back the whole signer")
    return train, validation


def _licensed(row: Row, data: Data) -> bool:
    return not data.licences or row.licence in data.licences


def held_by_name(rows: Sequence[Row], rule: Validation) -> list[bool]:
    """Whether the rule names each row, by its source, signer or split."""
    return [r.source in rule.sources or r.signer in rule.signers or r.split in rule.splits for r in rows]


def _drawn(rows: Sequence[Row], share: float, seed: int, unit: Literal["signer", "path"]) -> list[bool]:
    """Whole signers (or single rows) in an order that only their names and the seed decide, until `share` is reached.

    A signer who alone has more than twice the share is never drawn: most of the data would go with them.
    """
    counts = Counter(getattr(row, unit) for row in rows)
    wanted = share * len(rows)
    order = sorted(counts, key=lambda signer: hashlib.sha256(f"{seed}:{signer}".encode()).digest())
    drawn: set[str] = set()
    got = 0
    for signer in order:
        if got < wanted and got + counts[signer] <= 2 * wanted:
            drawn.add(signer)
            got += counts[signer]
    return [getattr(row, unit) in drawn for row in rows]
