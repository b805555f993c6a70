"""Handshape: letters and digits from one hand, in a still or in a short clip.

Two branches. The shape branch looks at each frame alone (positions, bone directions, bends, and the distances that
tell touching fingers apart) and averages its evidence over the frames; it knows every sign but those that are
movements. The path branch looks at how the hand travelled, on a time axis of its own, and is let in only as far as
the hand moved at all: a still can never be a J or a Z.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepsign.landmarks import HAND_PARENT as PARENT
from deepsign.landmarks import HAND_POINTS
from deepsign.models.moments import moments
from deepsign.models.preprocess import OneHand, centred, facing, side

TIPS = tuple(i for i, name in enumerate(HAND_POINTS) if name.endswith("_tip"))
_JOINTS = tuple(i for i in range(2, len(HAND_POINTS)) if PARENT[i] != 0)
_PAIRS = tuple((a, b) for a in range(21) for b in range(a + 1, 21) if a in TIPS or b in TIPS)
_SHORT = 1e-4  # of a hand: bones shorter than this have no direction

# The path is read at this many moments; a J or Z drawn in half a second has its turns well apart.
MOMENTS = 16
# Hand lengths that the fingertips must travel before movement counts at all, and from which it counts fully.
# A hand held before a webcam trembles by under a tenth; a J or a Z travels more than one (EXPERIMENTS.md).
STILL, MOVED = 0.35, 0.9
# What is followed: wrist, thumb tip, index tip (it draws Z) and little finger's tip (it draws J).
_DRAWING = [0, TIPS[0], TIPS[1], TIPS[4]]
# The logit of a sign that is a movement while there is none.
_NEVER = -12.0


class Shape(nn.Module):
    """(…, 21, 3) hands, (…) whether depth is known, (…) flip → (…, size) features of each frame."""

    size = 21 * 3 + 1 + len(_PAIRS) + 20 * 2 + 3 * len(_JOINTS)

    def forward(self, points: Tensor, deep: Tensor, flip: Tensor) -> Tensor:
        """See the class."""
        hand = centred(points, flip)
        known = deep[..., None]
        flat = hand[..., :2]
        a, b = [p[0] for p in _PAIRS], [p[1] for p in _PAIRS]
        apart = (flat[..., a, :] - flat[..., b, :]).square().sum(dim=-1).clamp_min(_SHORT**2).sqrt()
        bones = hand[..., 1:, :] - hand[..., list(PARENT[1:]), :]
        outer = bones[..., [j - 1 for j in _JOINTS], :]
        inner = bones[..., [PARENT[j] - 1 for j in _JOINTS], :]
        outer2, inner2 = _unit(outer[..., :2]), _unit(inner[..., :2])
        features = [
            flat.flatten(-2),
            hand[..., 2] * 0.5,
            known,
            apart,
            _unit(bones[..., :2]).flatten(-2),
            (_unit(outer) * _unit(inner)).sum(dim=-1) * known,
            (outer2 * inner2).sum(dim=-1),
            inner2[..., 0] * outer2[..., 1] - inner2[..., 1] * outer2[..., 0],
        ]
        return torch.cat(features, dim=-1)


class Handshape(nn.Module):
    """The network.

    classes   labels, in the order of the logits.
    moving    indices of the labels that are movements (J and Z); the shape branch has no say in them.
    width     units of the hidden layers.
    embedding size of the embedding.
    dropout   of the hidden layers, while training.
    """

    def __init__(
        self, classes: int, moving: tuple[int, ...] = (), width: int = 256, embedding: int = 96, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.one_hand, self.shape = OneHand(), Shape()
        self.frame = nn.Sequential(
            nn.BatchNorm1d(Shape.size),
            *_layer(Shape.size, width, dropout),
            *_layer(width, width, dropout),
            nn.Linear(width, embedding),
            nn.SiLU(),
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(embedding, classes))
        moves = torch.zeros(classes)
        moves[list(moving)] = 1.0
        self.register_buffer("moves", moves, persistent=False)
        self.path = Path(embedding, classes, dropout) if moving else None

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """landmarks (B, T, 42, 3), times (B, T) s, aspect (B,) → logits (B, C), embedding (B, E)."""
        hand = self.one_hand(landmarks, aspect)
        turned = side(hand.points)
        features = self.shape(hand.points, hand.deep, facing(turned))
        frames = self.frame(features.flatten(0, 1)).reshape(*features.shape[:2], -1)
        share = hand.seen / hand.seen.sum(dim=1, keepdim=True).clamp_min(1.0)
        embedding = (frames * share[..., None]).sum(dim=1)
        logits = self.head(embedding)
        moves: Tensor = self.moves  # type: ignore[assignment]
        if self.path is None:
            return logits, embedding
        flip = facing((turned * share).sum(dim=1))
        drawn, moved = self.path(hand.points, hand.seen, times, frames.detach(), flip)
        moved = moved[:, None]
        # What moves teaches the path alone: a J is drawn by a perfect I, and says nothing against that shape.
        logits = torch.where(moves > 0, _NEVER, (1.0 - moved) * logits + moved * logits.detach())
        return logits + moved * (drawn + moves * -_NEVER), embedding


class Path(nn.Module):
    """How the hand travelled: what the fingertips drew, and which handshape drew it.

    Positions are resampled on TIME, so a clip at 15 frames/s and one at 30 draw the same path. The first and last
    seen frame are its ends.
    """

    def __init__(self, embedding: int, classes: int, dropout: float, width: int = 48) -> None:
        super().__init__()
        self.shape = nn.Linear(embedding, 16)
        channels = 16 + 4 * len(_DRAWING) + 3
        self.read = nn.Sequential(
            nn.Conv1d(channels, width, 5, padding=2),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Conv1d(width, width, 5, padding=2, stride=2),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(width * MOMENTS // 2, width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(width, classes),
        )

    def forward(
        self, points: Tensor, seen: Tensor, times: Tensor, frames: Tensor, flip: Tensor
    ) -> tuple[Tensor, Tensor]:
        """points (B, T, 21, 3), seen, times (B, T), frames (B, T, E), flip (B,) → logits (B, C), moved (B,) 0 … 1."""
        weights, _ = moments(times, seen, MOMENTS)
        drawn = weights @ torch.cat([points[..., _DRAWING, :2].flatten(2), frames], dim=-1)
        at = drawn[..., : 2 * len(_DRAWING)].reshape(-1, MOMENTS, len(_DRAWING), 2)
        shapes = drawn[..., 2 * len(_DRAWING) :]
        bones = points[..., :, :2] - points[..., :1, :2]
        reach = bones.square().sum(dim=-1).amax(dim=-1)
        length = ((reach.sqrt() * seen).sum(dim=1) / seen.sum(dim=1).clamp_min(1.0)).clamp_min(_SHORT)
        at = at * torch.stack([flip / length, 1.0 / length], dim=-1)[:, None, None]
        steps = torch.diff(at, dim=1, prepend=at[:, :1])
        travelled = steps.square().sum(dim=-1).clamp_min(_SHORT**2).sqrt()
        moved = ((travelled.sum(dim=1).amax(dim=-1) - STILL) / (MOVED - STILL)).clamp(0.0, 1.0)
        placed = at - at.mean(dim=(1, 2), keepdim=True)
        spans = torch.cat([travelled.mean(dim=(1, 2))[:, None], moved[:, None]], dim=-1)
        far = spans[:, None].expand(-1, MOMENTS, -1)
        clock = torch.linspace(-1.0, 1.0, MOMENTS, device=at.device)[None, :, None].expand(at.shape[0], -1, -1)
        read = torch.cat([self.shape(shapes), placed.flatten(2), steps.flatten(2) * 4.0, far, clock], dim=-1)
        return self.read(read.transpose(1, 2)), moved


def _layer(inputs: int, outputs: int, dropout: float) -> tuple[nn.Module, ...]:
    return nn.Linear(inputs, outputs), nn.SiLU(), nn.Dropout(dropout), nn.BatchNorm1d(outputs)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.square().sum(dim=-1, keepdim=True).clamp_min(_SHORT**2).sqrt()
