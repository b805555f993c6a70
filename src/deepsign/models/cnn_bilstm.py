"""CNN + BiLSTM: each frame through a network for pictures, and what it saw through an LSTM, forwards and backwards."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from deepsign.models.efficientnet import SCALE, EfficientNetLite0
from deepsign.models.mobilenet import MobileNetV2
from deepsign.models.seeing import IMAGENET, PLAIN, Normalise, Pool, Seeing, moving
from deepsign.models.transfer import Backbone, through


class SmallCnn(Backbone):
    """Four convolutions, each halving the picture: for clips of simple things, learnt from nothing."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        sizes = [3, width, 2 * width, 3 * width, 4 * width]
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.SiLU())
            for a, b in pairwise(sizes)
        )
        self.channels = sizes[-1]

    def parts(self) -> list[nn.Module]:
        """Four."""
        return list(self.stages)


_BACKBONES = {
    "small": (SmallCnn, PLAIN),
    "mobilenet_v2": (MobileNetV2, IMAGENET),
    "efficientnet_lite0": (EfficientNetLite0, SCALE),
}


class CnnBiLstm(Seeing):
    """The network.

    classes    labels, in the order of the logits.
    backbone   small, mobilenet_v2 or efficientnet_lite0; published weights are loaded by `train.weights`.
    trainable  whether the backbone learns too; else it runs once for each clip, and what it saw is kept.
    moving     sees what moves in place of the colours (`seeing.moving`): for movements, and few clips.
    grid       cells (a side) that each frame's map is pooled to: 1 forgets where a hand is, which movements need.
    frame      units that a frame is brought to before the LSTM.
    units      of the LSTM, in each direction.
    dropout    while training.
    """

    published = "backbone"

    def __init__(
        self,
        classes: int,
        backbone: Literal["small", "mobilenet_v2", "efficientnet_lite0"] = "mobilenet_v2",
        trainable: bool = False,
        moving: bool = False,
        grid: int = 3,
        frame: int = 128,
        units: int = 96,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if backbone not in _BACKBONES:
            raise ValueError(f"model.params.backbone: {backbone!r} is none of {', '.join(_BACKBONES)}")
        made, scale = _BACKBONES[backbone]
        self.normalise, self.backbone = Normalise(scale), made()
        self.keeps, self._moving = not trainable, moving
        self.backbone.requires_grad_(trainable)
        self.pool = Pool(grid)
        size = self.backbone.channels * grid**2
        self.frame = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, frame), nn.BatchNorm1d(frame), nn.SiLU())
        self.lstm = nn.LSTM(frame, units, batch_first=True, bidirectional=True)
        self.norm = nn.BatchNorm1d(4 * units)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(4 * units, classes))

    def train(self, mode: bool = True) -> CnnBiLstm:
        """A frozen backbone never trains: its batch normalisation would go on counting."""
        super().train(mode)
        if self.keeps:
            self.backbone.eval()
        return self

    def kept(self, frames: Tensor) -> Tensor:
        """frames (B, F, H, W, 3) uint8 → (B, F, D) of a frozen backbone; the frames themselves of one that learns."""
        return self._seen(frames) if self.keeps else frames

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """See `Seeing.answer`."""
        seen = kept if self.keeps else self._seen(kept)
        frames = self.frame(seen.flatten(0, 1)).reshape(*seen.shape[:2], -1)
        over_time, _ = self.lstm(frames)
        # The mean tells how it went on the whole, the largest what happened once.
        embedding: Tensor = self.norm(torch.cat([over_time.mean(dim=1), over_time.amax(dim=1)], dim=1))
        return self.head(embedding), embedding

    def _seen(self, frames: Tensor) -> Tensor:
        pictures = self.normalise(frames)
        maps = through(self.backbone.parts(), (moving(pictures) if self._moving else pictures).flatten(0, 1))
        seen: Tensor = self.pool(maps).reshape(*frames.shape[:2], -1)
        return seen
