"""Trial: a few clips of a corpus, spread over signers and signs, on which a recipe shows that it runs."""

from __future__ import annotations

import hashlib
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, zip_longest
from typing import TypeVar

from deepsign.data.manifest import Row
from deepsign.recipe import Recipe
from deepsign.train.held_out import held_by_name

T = TypeVar("T")


def limited(rows: Sequence[Row], recipe: Recipe) -> list[Row]:
    """At most `data.limit` of the rows, in their order, and a line on stderr that says so; all without a limit.

    A clip of each sign would be too few to learn from: of N clips, about √(N / 2) signs are taken, those that most
    people sign, and of each the same number, from one signer after another. Where the recipe names whom to hold back,
    both sides take turns. Decided by nothing but the rows.
    """
    wanted = recipe.data.limit
    if wanted is None or wanted >= len(rows):
        return list(rows)
    held = held_by_name(rows, recipe.data.validation)
    cells: dict[str, dict[tuple[bool, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row, kept_back in sorted(zip(rows, held, strict=True)):
        cells[recipe.labels.rename.get(row.gloss, row.gloss)][kept_back, row.signer].append(row)
    chosen = _signs(cells, wanted)
    frequent = _by_frequency([cells[gloss] for gloss in chosen])
    turns = _in_turn([_from_each(cells[gloss], frequent) for gloss in chosen])
    taken = set(islice(turns, wanted))
    kept = [row for row in rows if row in taken]
    print(
        f"deepsign: a trial on {len(kept)} of {len(rows)} clips ({len({r.signer for r in kept})} signers, "
        f"{len({r.gloss for r in kept})} glosses), as data.limit asks: its figures count for nothing",
        file=sys.stderr,
    )
    return kept


def _signs(cells: Mapping[str, Mapping[tuple[bool, str], Sequence[Row]]], wanted: int) -> list[str]:
    """The glosses of a trial: signed on both sides where there are two, by many people, and in all often enough."""

    def key(gloss: str) -> tuple[int, int, str]:
        return -len({side for side, _ in cells[gloss]}), -len(cells[gloss]), _shuffled(gloss)

    order = sorted(cells, key=key)
    count, rows = max(2, round(math.sqrt(wanted / 2))), 0
    for number, gloss in enumerate(order, start=1):
        rows += sum(map(len, cells[gloss].values()))
        if number >= count and rows >= wanted:
            return order[:number]
    return order


def _by_frequency(cells: Sequence[Mapping[tuple[bool, str], Sequence[Row]]]) -> list[tuple[bool, str]]:
    """Signers of the chosen glosses, those who sign most of them first, the sides taking turns."""
    counts: dict[tuple[bool, str], int] = defaultdict(int)
    for of_gloss in cells:
        for who in of_gloss:
            counts[who] += 1
    order = sorted(counts, key=lambda who: (-counts[who], _shuffled(who[1])))
    return list(_in_turn([iter([who for who in order if who[0] is side]) for side in (False, True)]))


def _from_each(cells: Mapping[tuple[bool, str], Sequence[Row]], order: Sequence[tuple[bool, str]]) -> Iterator[Row]:
    return _in_turn([iter(cells[who]) for who in order if who in cells])


def _in_turn(several: Sequence[Iterator[T]]) -> Iterator[T]:
    """The first of each, then the second of each, …"""
    nothing = object()
    turns = chain.from_iterable(zip_longest(*several, fillvalue=nothing))
    return (one for one in turns if one is not nothing)  # type: ignore[misc]


def _shuffled(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
