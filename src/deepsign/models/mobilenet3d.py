"""MobileNet 3D: a clip as one block of space and time. It learns gestures first, signs second: `train.init_from`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepsign.models.mobilenet import MobileNetV2
from deepsign.models.seeing import Normalise, Seeing, moving
from deepsign.models.transfer import through


class MobileNet3d(Seeing):
    """MobileNetV2 over clips.

    classes   labels, in the order of the logits.
    width     times the channels of every layer: 0.45 with 1,280 · 0.45 at the end is about 0.5 M parameters.
    learning  how many of its 19 last parts learn; the head always does. None lets all of them learn.
    dropout   before the head, while training.
    moving    sees what moves in place of the colours (`seeing.moving`): for movements, and few clips.
    still     how many of the five halvings leave time alone; 1 as published, more where there are few frames.
    """

    published = "backbone"

    def __init__(
        self,
        classes: int,
        width: float = 0.45,
        learning: int | None = None,
        dropout: float = 0.3,
        moving: bool = False,
        still: int = 1,
    ) -> None:
        super().__init__()
        self._moving = moving
        self.normalise, self.backbone = Normalise(), MobileNetV2(width=width, dims=3, still=still)
        parts = self.backbone.parts()
        self._frozen = 0 if learning is None else max(0, len(parts) - learning)
        self.keeps = self._frozen > 0
        for part in parts[: self._frozen]:
            part.requires_grad_(False)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.backbone.channels, classes))

    def train(self, mode: bool = True) -> MobileNet3d:
        """Frozen parts never train: their batch normalisation would go on counting."""
        super().train(mode)
        for part in self.backbone.parts()[: self._frozen]:
            part.eval()
        return self

    def kept(self, frames: Tensor) -> Tensor:
        """frames (B, F, H, W, 3) uint8 → maps after the frozen parts; the frames themselves where none is frozen."""
        return through(self.backbone.parts()[: self._frozen], self._block(frames)) if self.keeps else frames

    def answer(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """See `Seeing.answer`."""
        maps = through(self.backbone.parts()[self._frozen :], kept if self.keeps else self._block(kept))
        embedding = maps.flatten(2).mean(dim=2)
        return self.head(embedding), embedding

    def _block(self, frames: Tensor) -> Tensor:
        """(B, F, H, W, 3) → (B, 3, F, H, W)."""
        pictures = self.normalise(frames)
        block = (moving(pictures) if self._moving else pictures).transpose(1, 2)
        # Channels beside each other in memory: a processor learns in half the time.
        return block.contiguous(memory_format=torch.channels_last_3d)
