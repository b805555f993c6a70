"""Pixels: examples of pictures and clips for training, in batches; what a frozen part made of them is made once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore
from deepsign.data.pixels_cache import PixelCache
from deepsign.models.seeing import Seeing
from deepsign.problems import InputError
from deepsign.recipe import Labels
from deepsign.train.augment_pixels import PixelAugment
from deepsign.train.dataset import Balance, weights_of

# Examples that together take no more are held in memory; more are read from the store's mapped files each time.
_HELD_BYTES = 2 << 30
# Pictures (frames of clips count each) that go through a frozen part at a time.
_AT_ONCE = 64


class PixelBatch(NamedTuple):
    """shown (B, …): frames, or, where `made`, what the network's frozen part made of them; target (B,) labels."""

    shown: Tensor
    target: Tensor
    made: bool


@dataclass(frozen=True)
class PixelExamples:
    """Rows that could be read.

    read    index → frames (H, W, 3) or (F, H, W, 3) uint8.
    target  (N,) labels; `glosses` in their order.
    keys   for each of gloss, source and signer, its value for every row.
    names   of each row's content, size and choice of frames: what is kept of it is kept under this.
    failed  one line for each row that could not be read.
    cache   where what a frozen part makes of them is kept.
    """

    rows: list[Row]
    read: Callable[[int], NDArray[np.uint8]]
    target: Tensor
    glosses: tuple[str, ...]
    keys: Mapping[str, Sequence[str]]
    names: list[str]
    failed: list[str]
    cache: PixelCache

    def __len__(self) -> int:
        return len(self.rows)

    def frames(self, at: Sequence[int]) -> Tensor:
        """(B, …) uint8."""
        return torch.from_numpy(np.stack([self.read(i) for i in at]))

    def changed(self, at: Sequence[int], augment: PixelAugment, random: torch.Generator) -> Tensor:
        """As `frames`, each changed at random as its gloss allows."""
        return augment(self.frames(at), random, augment.may_mirror(self.target[list(at)], self.glosses))


def gather_pixels(rows: Sequence[Row], store: PixelStore, labels: Labels) -> PixelExamples:
    """Decodes what was never decoded, in two processes; a row that can't be read is named, and the rest goes on.

    Raises InputError where nothing at all could be read.
    """
    done = store.prefetch(rows, workers=2 if len(rows) > 1 else 0)
    broken = dict(done.failed)
    kept = [row for row in rows if row.path not in broken]
    if not kept:
        raise InputError(f"nothing to learn from: {next(iter(broken.values()), 'there are no rows')}")
    held = None
    if store.row_bytes * len(kept) <= _HELD_BYTES:
        held = np.stack([store.read(row)[0] for row in kept])
    targets = [labels.index_of(row.gloss) for row in kept]
    return PixelExamples(
        rows=kept,
        read=(lambda i: held[i]) if held is not None else (lambda i: store.read(kept[i])[0]),
        target=torch.tensor([-1 if t is None else t for t in targets]),
        glosses=labels.label_map().glosses,
        keys={
            "gloss": [str(t) for t in targets],
            "source": [row.source for row in kept],
            "signer": [row.signer for row in kept],
        },
        names=[store.key(row) for row in kept],
        failed=list(broken.values()),
        cache=PixelCache(store.cache.folder.parent / f"{store.cache.folder.name}-kept", store.cache.limit),
    )


class Kept:
    """What a network's frozen part makes of examples: made once for each of `views`, and kept.

    view 0 is an example as it is, the others are augmented, each example by a draw of its own; validation has view 0
    alone. A head trains on these from the first epoch on, and no clip is decoded again; not by another run either, for
    what was made is kept beside the pixels, by their content and the frozen weights.
    """

    def __init__(
        self, network: Seeing, examples: PixelExamples, views: int = 1, augment: PixelAugment | None = None
    ) -> None:
        # On whatever computes fastest; the trainer moves the network anew.
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network, self._examples, self._augment = network.to(self._device).eval(), examples, augment
        self._made_by = _frozen_part(network) + (str(augment) if views > 1 else "")
        first = examples.read(0)
        self._at_once = max(1, _AT_ONCE // (len(first) if first.ndim == 4 else 1))
        self.made = torch.stack([self._view(view) for view in range(views)])
        network.train()

    def batch(self, at: Tensor, epoch: int) -> Tensor:
        """(B, …) of these examples; in each epoch another view of each."""
        return self.made[(at + epoch) % len(self.made), at].float()

    def _view(self, view: int) -> Tensor:
        """(N, …) half precision: an eighth of a per cent, for half the memory."""
        names = [hashlib.sha256(f"{self._made_by} {name} {view}".encode()).hexdigest() for name in self._examples.names]
        found = [self._examples.cache.get(name) for name in names]
        missing = [i for i, values in enumerate(found) if values is None]
        for first in range(0, len(missing), self._at_once):
            at = missing[first : first + self._at_once]
            for i, values in zip(at, self._make(at, view).numpy(), strict=True):
                packed = np.ascontiguousarray(values).view(np.uint8)  # the cache keeps bytes
                found[i] = packed
                self._examples.cache.put(names[i], packed)
        return torch.stack([torch.from_numpy(np.array(values).view(np.float16)) for values in found])

    def _make(self, at: Sequence[int], view: int) -> Tensor:
        frames = self._examples.frames(at)
        if view and self._augment is not None:
            drawn = [
                self._examples.changed([i], self._augment, _generator(f"{view} {self._examples.names[i]}")) for i in at
            ]
            frames = torch.cat(drawn)
        with torch.no_grad():
            return self._network.kept(frames.to(self._device)).half().cpu()


def _frozen_part(network: Seeing) -> str:
    """A name for the weights that do not move."""
    found = hashlib.sha256()
    for name, value in (*network.named_parameters(), *network.named_buffers()):
        if not value.requires_grad:
            found.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


class PixelBatches:
    """Batches for one epoch after another; Lightning sets the epoch through `sampler`.

    Order and augmentation are functions of seed and epoch alone: a resumed run draws what an uninterrupted one would
    have drawn. Each of several processes takes its share of every batch, and changes it by draws of its own.

    balance  as in `deepsign.recipe.Fit`; None goes through the examples in their order.
    kept     in place of the frames; None where nothing is frozen.
    """

    batch_sampler = None  # Lightning asks for it wherever there is a sampler

    def __init__(
        self,
        examples: PixelExamples,
        size: int,
        seed: int = 0,
        balance: Balance | None = None,
        augment: PixelAugment | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._examples, self._size, self._seed = examples, size, seed
        self._shuffled = balance is not None
        self._weights = weights_of(examples.keys, balance or {})
        self._augment, self._kept = augment, kept
        self._epoch = 0

    @property
    def sampler(self) -> PixelBatches:
        """What Lightning calls `set_epoch` on."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the next iteration."""
        self._epoch = epoch

    def __len__(self) -> int:
        return math.ceil(self._count / self._size)

    @property
    def _count(self) -> int:
        """Examples of an epoch; while training without those of a last batch that is too small to be shared."""
        count = len(self._examples)
        left = count % self._size
        # Batch normalisation can't learn from a single example.
        return count - left if self._shuffled and left < 2 * processes()[1] and left < count else count

    def __iter__(self) -> Iterator[PixelBatch]:
        random = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        order = self._order(random)
        parts = torch.split(order, self._size)
        rank, count = processes() if self._shuffled else (0, 1)
        if rank:
            random.manual_seed((self._seed * 1_000_003 + self._epoch) ^ (rank << 40))
        for whole in parts:
            part = whole[rank::count]
            if self._kept is not None:
                yield PixelBatch(self._kept.batch(part, self._epoch), self._examples.target[part], made=True)
                continue
            at = part.tolist()
            changed = self._examples.changed(at, self._augment, random) if self._augment else None
            frames = changed if changed is not None else self._examples.frames(at)
            yield PixelBatch(frames, self._examples.target[part], made=False)

    def _order(self, random: torch.Generator) -> Tensor:
        count = len(self._examples)
        if not self._shuffled:
            return torch.arange(count)
        if self._weights is None:
            order = torch.randperm(count, generator=random)
        else:
            order = torch.multinomial(self._weights, count, replacement=True, generator=random)
        return order[: self._count]


def processes() -> tuple[int, int]:
    """(which process this is, how many train together)."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def _generator(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big"))
