"""Words: which collections sign which words, which of them are left out together, and answers about shared words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deepsign.data.manifest import Row
from deepsign.evaluate import metrics
from deepsign.evaluate.report import Scored

Words = Mapping[str, frozenset[str]]

# A fold's price for one more collection, beside what its words cost: folds of about one size train equally long.
_CROWDED = 0.15


def respelled(rows: Iterable[Row], rename: Mapping[str, str]) -> list[Row]:
    """The rows with each collection's spelling of a word ("iloveyou") replaced by the one that all share."""
    return [replace(row, gloss=rename.get(row.gloss, row.gloss)) for row in rows]


def words_of(rows: Iterable[Row], none: str | None) -> Words:
    """Collection → the words that it signs; `none` is no word."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.gloss != none:
            found.setdefault(row.source, set()).add(row.gloss)
    return {name: frozenset(found[name]) for name in sorted(found)}


def counts(words: Words) -> Counter[str]:
    """Word → how many collections sign it."""
    return Counter(word for of_one in words.values() for word in of_one)


def shared(words: Words, least: int = 3) -> list[str]:
    """The words that at least this many collections sign, the most common first."""
    among = counts(words)
    return sorted((w for w, n in among.items() if n >= least), key=lambda w: (-among[w], w))


def arrange(words: Words, folds: int) -> list[list[str]]:
    """Collections in `folds` folds, such that those which share a rare word are left out one after the other.

    Those whose words are rarest are placed first, each where the words that it shares with the fold cost least: one
    over the number of collections that sign it.
    """
    among = counts(words)
    placed: list[list[str]] = [[] for _ in range(folds)]
    for name in sorted(words, key=lambda n: (-rarity(words, n), n)):
        price = [
            sum(1 / among[w] for w in words[name] & frozenset().union(*(words[other] for other in fold)))
            + _CROWDED * len(fold)
            for fold in placed
        ]
        placed[int(np.argmin(price))].append(name)
    return placed


def rarity(words: Words, name: str) -> float:
    """How rare the words are that a collection has in common with others: the sum of one over how many sign each."""
    among = counts(words)
    return sum(1 / among[w] for w in words[name] if among[w] > 1)


def most_common(words: Words, among: Sequence[str]) -> str:
    """The collection that training misses least: its words are signed by the most others.

    One of at least three words where there is any, for a temperature can't be fitted to less.
    """
    in_all = counts(words)
    wide = [n for n in among if len(words[n]) >= 3] or among
    return min(wide, key=lambda n: (sum(1 / in_all[w] for w in words[n]), n))


def drawn_part(rows: Sequence[Row], parts: int, seed: int) -> set[str]:
    """Paths of about one row in `parts`, drawn by nothing but their names and the seed: clips, whoever signs them."""
    return {
        row.path
        for row in rows
        if int.from_bytes(hashlib.sha256(f"{seed}:{row.path}".encode()).digest()[:4], "big") % parts == 0
    }


def among_shared(scored: Scored, shared_words: Sequence[str]) -> Scored:
    """The clips of these words, answered by nothing but these words."""
    kept = np.array([label.gloss in shared_words for label in scored.labels])
    part = scored.take(kept[scored.truth])
    return replace(part, probabilities=np.where(kept, part.probabilities, 0.0))


def right(scored: Scored) -> NDArray[np.bool_]:
    """(N,) whether the likeliest sign is the true one; False where no hand was seen."""
    return metrics.top_k(scored.truth, scored.probabilities, 1)


def by_group(closed: Scored, whole: Scored, groups: Sequence[str]) -> dict[str, dict[str, float | int]]:
    """Group → clips, people, top-1 among the shared words, and among all words; `groups` (N,) says whose each clip is.

    closed, whole  the same clips, answered by shared words alone and by all.
    """
    of_each = np.asarray(groups)
    found = {}
    for name in np.unique(of_each):
        at = of_each == name
        found[str(name)] = {
            "clips": int(at.sum()),
            "signers": len({closed.signers[i] for i in np.flatnonzero(at)}),
            "top1": round(float(right(closed)[at].mean()), 4),
            "top1_of_all_words": round(float(right(whole)[at].mean()), 4),
        }
    return found


def macro(found: Mapping[str, Mapping[str, float | int]], key: str = "top1") -> dict[str, object]:
    """The mean over groups with its 95 % interval (whole groups drawn again), and the worst of them."""
    names = list(found)
    values = np.array([found[n][key] for n in names], dtype=np.float64)
    between = metrics.interval(names, values)
    return {
        "macro": round(float(values.mean()), 4),
        "interval": None if between is None else [round(v, 4) for v in between],
        "worst": round(float(values.min()), 4),
        "worst_of": names[int(values.argmin())],
    }
