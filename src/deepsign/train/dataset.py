"""Dataset: every clip's landmarks in memory once, and batches of them padded with frames in which nothing is seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.landmarks import convert, shows_a_hand
from deepsign.problems import InputError
from deepsign.recipe import Labels

Balance = Mapping[Literal["gloss", "source", "signer"], float]


class Store(Protocol):
    """Where a row's landmarks come from: `deepsign.data.cache.ClipStore`."""

    def clip(self, row: Row) -> Clip:
        """The row's clip; InputError where it can't be read."""
        ...


class Batch(NamedTuple):
    """landmarks (B, T, P, 3) with NaN, times (B, T) s from each clip's start, aspect (B,), target (B,) labels."""

    landmarks: Tensor
    times: Tensor
    aspect: Tensor
    target: Tensor


@dataclass(frozen=True)
class Examples:
    """Clips of one layout, end to end: clip i is frames[starts[i] : starts[i + 1]].

    frames (N, P, 3), times (N,) s from each clip's start, starts (B + 1,), aspect (B,), target (B,).
    keys  for each of gloss, source and signer, its value for every clip.
    """

    frames: Tensor
    times: Tensor
    starts: Tensor
    aspect: Tensor
    target: Tensor
    keys: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.target)

    def batch(self, at: Tensor) -> Batch:
        """The clips at these indices, padded to the longest."""
        first, length = self.starts[at], self.starts[at + 1] - self.starts[at]
        step = torch.arange(int(length.max()))
        index = first[:, None] + torch.minimum(step, length[:, None] - 1)
        landmarks = self.frames[index]
        landmarks[step >= length[:, None]] = torch.nan
        return Batch(landmarks, self.times[index], self.aspect[at], self.target[at])

    def first(self, count: int) -> Examples:
        """The first examples alone."""
        frames = int(self.starts[count])
        keys = {key: list(values)[:count] for key, values in self.keys.items()}
        return Examples(
            self.frames[:frames], self.times[:frames], self.starts[: count + 1], self.aspect[:count],
            self.target[:count], keys,
        )  # fmt: skip

    def span(self, index: int) -> slice:
        """Where one example's frames stand."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))

    def clip(self, index: int, layout: str) -> Clip:
        """One example as a clip."""
        span = self.span(index)
        times = self.times[span].numpy().astype(np.float64)
        return Clip.from_landmarks(self.frames[span].numpy(), layout, times=times, aspect=float(self.aspect[index]))


@dataclass(frozen=True)
class Gathered:
    """What could be read: the examples, the rows behind them, rows in which no hand was seen, and what went wrong.

    lent  rows whose hands stand in made clips.
    """

    examples: Examples
    rows: list[Row]
    unseen: list[Row]
    failed: list[str]
    lent: list[Row] = field(default_factory=list)


def gather(
    rows: Sequence[Row],
    store: Store,
    labels: Labels,
    layout: str,
    advance: Callable[[str], None] = lambda _: None,
) -> Gathered:
    """Reads every row's clip once. A row that can't be read is named in `failed`; the rest goes on.

    Raises InputError where nothing at all could be read.
    """
    clips: list[Clip] = []
    kept: list[Row] = []
    unseen: list[Row] = []
    failed: list[str] = []
    for row in rows:
        try:
            clip = store.clip(row)
        except InputError as error:
            failed.append(str(error))
            continue
        finally:
            advance(row.path)
        if clip.landmarks is None or clip.layout is None:
            unseen.append(row)
            continue
        clip = clip.with_landmarks(convert(clip.landmarks, clip.layout, layout), layout)
        assert clip.landmarks is not None
        if not shows_a_hand(clip.landmarks, layout):
            unseen.append(row)
            continue
        clips.append(clip)
        kept.append(row)
    if not clips:
        why = failed[0] if failed else f"a hand was seen in none of {len(rows)} clips"
        raise InputError(f"nothing to learn from: {why}")
    return Gathered(_joined(clips, kept, labels), kept, unseen, failed)


def _joined(clips: Sequence[Clip], rows: Sequence[Row], labels: Labels) -> Examples:
    targets = [labels.index_of(row.gloss) for row in rows]
    lengths = [len(clip) for clip in clips]
    return Examples(
        frames=torch.from_numpy(np.concatenate([c.landmarks for c in clips if c.landmarks is not None])),
        times=torch.from_numpy(np.concatenate([c.times - c.times[0] for c in clips]).astype(np.float32)),
        starts=torch.tensor([0, *np.cumsum(lengths).tolist()]),
        aspect=torch.tensor([c.aspect for c in clips], dtype=torch.float32),
        target=torch.tensor([-1 if t is None else t for t in targets]),
        keys={
            "gloss": [str(t) for t in targets],
            "source": [row.source for row in rows],
            "signer": [row.signer for row in rows],
        },
    )


class Batches:
    """Batches for one epoch after another; Lightning sets the epoch through `sampler`.

    Everything is in memory and gathered by index, so this is no DataLoader and needs no workers. The order is a
    function of seed and epoch alone: a resumed run draws what an uninterrupted one would have drawn.

    While training, clips stand in batches that are half stills, and the other stills among themselves: with a few
    clips in every batch nearly all of its frames would be padding.

    balance  key → exponent, as in `deepsign.recipe.Fit`; None goes through the examples in their order.
    """

    batch_sampler = None  # Lightning asks for it wherever there is a sampler

    def __init__(self, examples: Examples, size: int, seed: int = 0, balance: Balance | None = None) -> None:
        self._examples = examples
        self._size = size
        self._seed = seed
        self._shuffled = balance is not None
        self._weights = weights_of(examples.keys, balance or {})
        self._epoch = 0
        moving = examples.starts.diff() > 1
        self._clips, self._stills = torch.nonzero(moving).flatten(), torch.nonzero(~moving).flatten()
        # How many clips an epoch draws does not vary, so that the schedule knows how many batches are to come.
        share = float(self._weights[moving].sum() / self._weights.sum()) if self._weights is not None else 0.0
        self._drawn = round(share * len(examples)) if self._weights is not None else len(self._clips)

    @property
    def sampler(self) -> Batches:
        """What Lightning calls `set_epoch` on."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the next iteration."""
        self._epoch = epoch

    def __len__(self) -> int:
        if not self._shuffled:
            return math.ceil(len(self._examples) / self._size)
        mixed, alone = self._counts()
        return mixed + alone

    def __iter__(self) -> Iterator[Batch]:
        for part in self._parts():
            yield self._examples.batch(part)

    def _counts(self) -> tuple[int, int]:
        """Batches of clips and stills, batches of stills alone."""
        stills = len(self._examples) - self._drawn
        beside = min(self._drawn, stills)
        return math.ceil((self._drawn + beside) / self._size), math.ceil((stills - beside) / self._size)

    def _parts(self) -> Sequence[Tensor]:
        # Parts of nearly one size: a last batch of one clip would break batch normalisation.
        if not self._shuffled:
            return torch.tensor_split(torch.arange(len(self._examples)), len(self))
        random = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        clips = self._draw(self._clips, self._drawn, random)
        stills = self._draw(self._stills, len(self._examples) - self._drawn, random)
        mixed, alone = self._counts()
        beside = min(len(clips), len(stills))
        parts = [torch.cat(pair) for pair in zip(_split(clips, mixed), _split(stills[:beside], mixed), strict=True)]
        parts += _split(stills[beside:], alone)
        return [parts[i] for i in torch.randperm(len(parts), generator=random)]

    def _draw(self, among: Tensor, count: int, random: torch.Generator) -> Tensor:
        if self._weights is None or not count:
            return among[torch.randperm(len(among), generator=random)]
        return among[torch.multinomial(self._weights[among], count, replacement=True, generator=random)]


def _split(order: Tensor, parts: int) -> Sequence[Tensor]:
    return torch.tensor_split(order, parts) if parts else []


def weights_of(keys: Mapping[str, Sequence[str]], balance: Balance) -> Tensor | None:
    """How often each example is drawn; None for equally often.

    One key within the other: the second shares out what the first gave each of its values.
    """
    if not any(balance.values()):
        return None
    examples = len(next(iter(keys.values())))
    weights = np.ones(examples)
    group = np.zeros(examples, dtype=np.int64)
    for key, exponent in balance.items():
        _, value = np.unique(np.asarray(keys[key]), return_inverse=True)
        _, inner = np.unique(group * len(value) + value, return_inverse=True)
        had = np.bincount(group, weights)
        weights = weights * np.bincount(inner)[inner].astype(np.float64) ** -exponent
        weights *= (had / np.bincount(group, weights))[group]
        group = inner
    return torch.from_numpy(weights)
