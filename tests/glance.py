"""A network that is exported in a second: where the right wrist and three finger tips are, on average.

For tests of all that stands around a network: put into deepsign.models.MODELS, it is called by a recipe's `model.name`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepsign.landmarks import HANDS_POSE

_POINTS = [HANDS_POSE.index[f"right_hand.{point}"] for point in ("wrist", "index_tip", "middle_tip", "little_tip")]


class Glance(nn.Module):
    """landmarks (B, T, 75, 3), times (B, T), aspect (B,) → logits (B, C), embedding (B, 8)."""

    def __init__(self, classes: int, moving: tuple[int, ...] = (), size: int = 8) -> None:
        del moving
        super().__init__()
        self.read = nn.Linear(2 * len(_POINTS), size)
        self.late = nn.Dropout(0.0)
        self.answer = nn.Linear(size, classes)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        flat = landmarks[:, :, _POINTS, :2].flatten(2)
        seen = 1.0 - torch.isnan(flat).to(flat.dtype)
        mean = (torch.nan_to_num(flat) * seen).sum(dim=1) / seen.sum(dim=1).clamp_min(1.0)
        unused = 0.0 * (times.sum(dim=1) + aspect)[:, None]
        embedding = torch.tanh(self.read(10.0 * mean - 5.0) + unused)
        return self.answer(self.late(embedding)), embedding
