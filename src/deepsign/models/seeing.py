"""Seeing: from raw pictures to what is frozen and what learns: the base of every network for pixels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

# ImageNet's mean and spread of each channel, 0 … 1: what torchvision's published weights were trained with.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# For networks that start from nothing: centred on grey.
PLAIN = ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


class Seeing(nn.Module, ABC):
    """A network from pictures to logits: `kept` runs what is frozen, `answer` what learns.

    kept    frames (B, H, W, 3) or (B, F, H, W, 3) uint8 → what the frozen part makes of them. It never changes while
            training, so it is made once for each clip and kept (`deepsign.train.kept`).
    answer  that → logits (B, C), embedding (B, E).
    """

    # Whether `kept` costs enough to be worth keeping.
    keeps: bool = False
    # Names of the parts that published weights are loaded into; "" is the whole network.
    published: ClassVar[str] = ""

    @abstractmethod
    def kept(self, frames: Tensor) -> Tensor:
        """See the class."""

    @abstractmethod
    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""

    def lacks(self, name: str) -> bool:
        """Whether the published weight of this name is of a part that the network goes without."""
        del name
        return False

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """frames uint8 RGB → logits (B, C), embedding (B, E)."""
        return self.answer(self.kept(frames))


class Normalise(nn.Module):
    """(…, H, W, 3) uint8 → (…, 3, H, W) float: 0 … 1, then each channel by its mean and spread."""

    def __init__(self, scale: tuple[Sequence[float], Sequence[float]] = PLAIN) -> None:
        super().__init__()
        mean, spread = (torch.tensor(values)[:, None, None] for values in scale)
        # One multiplication and one addition: x / (255 · spread) − mean / spread.
        self.register_buffer("by", 1 / (255 * spread), persistent=False)
        self.register_buffer("less", mean / spread, persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        """See the class."""
        picture = frames.movedim(-1, -3).float()
        scaled: Tensor = picture * self.by - self.less  # type: ignore[operator]
        return scaled


class Pool(nn.Module):
    """(…, C, H, W) → (…, C · grid²): the mean of each cell of a grid; or with `greatest`, the largest of the whole.

    A grid of 1 forgets where in the picture a thing was; movements need a finer one. Cells are weighed by matrices, so
    sides that the grid does not divide do as well, in every runtime.
    """

    def __init__(self, grid: int = 1, *, greatest: bool = False) -> None:
        super().__init__()
        self.grid, self.greatest = grid, greatest

    def forward(self, maps: Tensor) -> Tensor:
        """See the class."""
        if self.greatest:
            return maps.amax(dim=(-2, -1))
        if self.grid == 1:
            return maps.mean(dim=(-2, -1))
        rows, columns = (_cells(side, self.grid).to(maps) for side in maps.shape[-2:])
        return (rows @ maps @ columns.T).flatten(-3)


def levelled(pictures: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) of one brightness and one contrast, all channels together; the same shape."""
    centred = pictures - pictures.mean(dim=(1, 2, 3), keepdim=True)
    spread = centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    # An eighth of a channel's spread, 8 grey levels, so that an empty picture's noise doesn't become its content.
    return centred / (spread + 0.125)


def moving(frames: Tensor) -> Tensor:
    """What moves in clips (B, F, 3, H, W), without what stands still; the same shape, three times the same map.

    How far each pixel is from its mean over the clip, in all colours together, over the root mean square of the clip:
    pale movements count as much as bright ones. What never moves is 0 whatever it shows: a network that is to learn
    movements from few clips can't learn the walls behind them by heart instead.
    """
    change = frames - frames.mean(dim=1, keepdim=True)
    # The small number keeps the root's slope finite at 0.
    maps = (change.square().sum(dim=2, keepdim=True) + 1e-8).sqrt() - 1e-4
    scale = maps.square().mean(dim=(1, 2, 3, 4), keepdim=True)
    return (maps / (scale + _STILL).sqrt()).expand_as(frames)


# Added to a mean square, so that the noise of a clip in which nothing moves isn't made as large as a movement: 0.03 of
# a channel's spread, which is 2 grey levels of 255.
_STILL = 1e-3


def _cells(side: int, grid: int) -> Tensor:
    """(grid, side): the share of each row of pixels in the mean of each cell."""
    edges = torch.linspace(0, side, grid + 1)
    at = torch.arange(side)
    inside = torch.minimum(at + 1, edges[1:, None]) - torch.maximum(at, edges[:-1, None])
    shares = inside.clamp_min(0.0)
    return shares / shares.sum(dim=1, keepdim=True)


def embedding_head(size: int, hidden: Sequence[int], dropout: float) -> tuple[nn.Sequential, int]:
    """Fully connected layers before the last one, and the size of what they give."""
    layers: list[nn.Module] = []
    for units in hidden:
        layers += [nn.Dropout(dropout), nn.Linear(size, units), nn.ReLU(), nn.BatchNorm1d(units)]
        size = units
    return nn.Sequential(*layers), size
