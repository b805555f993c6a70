"""Transfer: a backbone that learnt to see elsewhere, of which the last parts and a new head learn signs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from deepsign.models.seeing import Normalise, Pool, Seeing, embedding_head


class Backbone(nn.Module, ABC):
    """What sees: pictures (B, 3, H, W) through `parts()`, one after another, to maps (B, channels, h, w)."""

    channels: int

    @abstractmethod
    def parts(self) -> list[nn.Module]:
        """The backbone in order; the last ones may learn while the first ones are frozen."""

    def lacks(self, name: str) -> bool:
        """See `Seeing.lacks`."""
        del name
        return False


def through(parts: Sequence[nn.Module], maps: Tensor) -> Tensor:
    """One part after another."""
    for part in parts:
        maps = part(maps)
    return maps


class Glances(Seeing):
    """A picture → a frozen backbone, looked at on its way → each glance in cells → hidden layers → logits.

    A backbone's end knows things and has forgotten where they are; which finger touches the thumb is still seen in the
    middle of it (EXPERIMENTS.md, N10).

    classes   labels, in the order of the logits.
    backbone  what sees; its published weights are loaded by `train.weights`, and nothing of it learns.
    glances   after which of its parts → cells a side that the maps there are pooled to.
    hidden    units of the layers before the last one.
    dropout   of the head, while training.
    """

    published = "backbone"
    keeps = True

    def __init__(
        self,
        classes: int,
        backbone: Backbone,
        scale: tuple[Sequence[float], Sequence[float]],
        glances: Mapping[int, int],
        hidden: Sequence[int],
        dropout: float,
    ) -> None:
        super().__init__()
        self.normalise = Normalise(scale)
        self.backbone = backbone.requires_grad_(False)
        # Beside the weights, what was kept is known by this (`deepsign.train.pixels.Kept`).
        self.register_buffer("places", torch.tensor(sorted(glances.items())), persistent=False)
        self.pools = nn.ModuleDict({str(part): Pool(grid) for part, grid in sorted(glances.items())})
        size = self.kept(torch.zeros(1, 32, 32, 3, dtype=torch.uint8)).shape[1]
        self.level = nn.BatchNorm1d(size, affine=False)
        self.embed, size = embedding_head(size, hidden, dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, classes))

    def lacks(self, name: str) -> bool:
        """See `Seeing.lacks`."""
        return self.backbone.lacks(name)

    def train(self, mode: bool = True) -> Glances:
        """The backbone never trains: its batch normalisation would go on counting."""
        super().train(mode)
        self.backbone.eval()
        return self

    def kept(self, frames: Tensor) -> Tensor:
        """frames (B, H, W, 3) uint8 → every glance (B, all channels · cells); roots, so that no channel shouts."""
        maps, seen = self.normalise(frames), []
        for at, part in enumerate(self.backbone.parts()):
            maps = part(maps)
            if str(at) in self.pools:
                seen.append(self.pools[str(at)](maps).flatten(1))
        whole = torch.cat(seen, dim=1)
        return whole.sign() * whole.abs().sqrt()

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """See `Seeing.answer`."""
        embedding: Tensor = self.embed(self.level(kept))
        return self.head(embedding), embedding


class Transfer(Seeing):
    """A picture → the backbone's frozen parts → its learning parts → pooled → hidden layers → logits.

    classes   labels, in the order of the logits.
    backbone  what sees; its published weights are loaded by `train.weights`.
    learning  how many of its last parts learn; 0 leaves it as it is, None lets all of it learn.
    hidden    units of the layers before the last one.
    greatest  pools by the largest value instead of the mean.
    dropout   of the head, while training.
    """

    published = "backbone"

    def __init__(
        self,
        classes: int,
        backbone: Backbone,
        scale: tuple[Sequence[float], Sequence[float]],
        learning: int | None,
        hidden: Sequence[int],
        dropout: float,
        *,
        greatest: bool,
    ) -> None:
        super().__init__()
        self.normalise = Normalise(scale)
        self.backbone = backbone
        parts = backbone.parts()
        self._frozen = 0 if learning is None else max(0, len(parts) - learning)
        self.keeps, self._whole = self._frozen > 0, self._frozen == len(parts)
        for part in parts[: self._frozen]:
            part.requires_grad_(False)
        self.pool = Pool(greatest=greatest)
        self.embed, size = embedding_head(backbone.channels, hidden, dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, classes))

    def train(self, mode: bool = True) -> Transfer:
        """Frozen parts never train: their batch normalisation would go on counting."""
        super().train(mode)
        for part in self.backbone.parts()[: self._frozen]:
            part.eval()
        return self

    def kept(self, frames: Tensor) -> Tensor:
        """frames (B, H, W, 3) uint8 → what the frozen parts make of them, or the frames where none is."""
        if not self.keeps:
            return frames
        maps = through(self.backbone.parts()[: self._frozen], self.normalise(frames))
        return self.pool(maps) if self._whole else maps

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """See `Seeing.answer`."""
        maps = through(self.backbone.parts()[self._frozen :], kept if self.keeps else self.normalise(kept))
        embedding: Tensor = self.embed(maps if self._whole else self.pool(maps))
        return self.head(embedding), embedding
