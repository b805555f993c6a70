"""Moments: a clip read at evenly spaced times, whatever frame rate it was recorded at."""

from __future__ import annotations

import torch
from torch import Tensor


def moments(times: Tensor, seen: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Weights (B, count, T) that read a clip at even moments from its first to its last seen frame, and its span (B,).

    times (B, T) s, seen (B, T) 1.0 or 0.0. Each moment is the mean of the frames around it under a bell curve as wide
    as one moment's share of the clip, and at least 40 ms: about a frame of a slow camera, so that no moment falls
    between two frames. Where nothing is seen at all, every frame counts alike and the span is 0.
    """
    late = torch.where(seen > 0, times, times + 1e6)
    early = torch.where(seen > 0, times, times - 1e6)
    first, last = late.amin(dim=1, keepdim=True), early.amax(dim=1, keepdim=True)
    span = (last - first).clamp(0.0, 1e3)
    first = first.clamp(-1e3, 1e3)
    at = first + span * torch.linspace(0.0, 1.0, count, device=times.device)
    width = (span / count).clamp_min(0.04)
    off = (times[:, None] - at[..., None]) / width[..., None]
    # The nearest seen frame must outweigh rounding even when a hand was lost for a while in between.
    closeness = torch.where(seen[:, None] > 0, -0.5 * off.square(), -1e9)
    return torch.softmax(closeness, dim=-1), span[:, 0]
