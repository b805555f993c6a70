"""Handshape CNN: handshapes from one small picture, learnt from nothing; under a million parameters."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from deepsign.models.seeing import Normalise, Pool, Seeing, levelled

# A probability that no decision asks for, and whose logarithm every runtime knows.
_LEAST = 1e-9


class HandshapeCnn(Seeing):
    """Convolutions with batch normalisation, halving the picture five times, then one hidden layer.

    classes    labels, in the order of the logits.
    width      channels of the first stage; the later ones have 2, 4, 6 and 8 times as many.
    grid       cells (a side) that the last map is pooled to: where a finger stands is part of a handshape.
    embedding  size of the embedding.
    dropout    of the hidden layers, while training.
    level      takes each picture's own brightness and contrast out: for close-ups, whose walls tell nothing.
    """

    def __init__(
        self,
        classes: int,
        width: int = 20,
        grid: int = 2,
        embedding: int = 128,
        dropout: float = 0.3,
        level: bool = False,
    ) -> None:
        super().__init__()
        self.normalise, self.level = Normalise(), level
        sizes = [3, width, 2 * width, 4 * width, 6 * width, 8 * width]
        stages: list[nn.Module] = []
        for at, (before, after) in enumerate(pairwise(sizes)):
            stages.append(_conv(before, after, stride=2))
            if at >= 2:  # the large maps of the first stages cost most and tell least
                stages.append(_conv(after, after, stride=1))
            stages.append(nn.Dropout2d(dropout / 3))
        self.stages = nn.Sequential(*stages)
        self.pool = Pool(grid)
        self.embed = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(sizes[-1] * grid**2, embedding), nn.BatchNorm1d(embedding), nn.SiLU()
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(embedding, classes))

    def kept(self, frames: Tensor) -> Tensor:
        """Nothing is frozen: the frames themselves."""
        return frames

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """frames (B, H, W, 3) uint8 → logits (B, C), embedding (B, E)."""
        picture = self.normalise(kept)
        embedding: Tensor = self.embed(self.pool(self.stages(levelled(picture) if self.level else picture)))
        return self.head(embedding), embedding


def _conv(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after), nn.SiLU()
    )


class HandshapeCnns(Seeing):
    """Several of them side by side, whose probabilities are averaged: what one is unsure of, not all are.

    While training each batch teaches one of them, drawn at random: `members` times the epochs teach each as much as one
    alone. The other parameters are those of `HandshapeCnn`.
    """

    def __init__(
        self,
        classes: int,
        members: int = 2,
        width: int = 20,
        grid: int = 2,
        embedding: int = 128,
        dropout: float = 0.3,
        level: bool = False,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(
            HandshapeCnn(classes, width, grid, embedding, dropout, level) for _ in range(members)
        )

    def kept(self, frames: Tensor) -> Tensor:
        """Nothing is frozen: the frames themselves."""
        return frames

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """frames (B, H, W, 3) uint8 → logits (B, C), embedding (B, E · members), or of one of them while training."""
        if self.training:
            one: tuple[Tensor, Tensor] = self.members[int(torch.randint(len(self.members), ()))](kept)
            return one
        logits, embeddings = zip(*(member(kept) for member in self.members), strict=True)
        together = torch.stack([each.softmax(dim=1) for each in logits]).mean(dim=0)
        return together.clamp_min(_LEAST).log(), torch.cat(embeddings, dim=1)
