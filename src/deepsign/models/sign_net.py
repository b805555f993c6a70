"""Sign networks: signs that move, from hands and pose over time. All read the same `Body`, and share one head.

sign_net      1-D convolutions and self-attention in turn, over moments; ours, and the best
sign_parts    each hand, the body and, where asked for, the lips embedded alone, attention over these parts, then a
              transformer over moments
sign_tiny     the baseline: each moment embedded, mean and spread over the clip
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deepsign.landmarks import HANDS_POSE, HOLISTIC
from deepsign.models.body import MOMENTS, Body
from deepsign.models.lips import Lips

_FACE = HOLISTIC.part("face")
# The logits are this times a cosine: at 1.0 even a sure answer would stay near chance among some 30 signs.
_SHARPNESS = 16.0
# The share of a part that is not seen, against one that is.
_NOTHING = 1e-6


class Head(nn.Module):
    """Moments (B, M, D) → logits (B, C) and embedding (B, E) of length 1.

    The logits are cosines between the embedding and one direction a sign, so that embeddings of signs that were never
    trained on can be compared by cosine too. Beside them a constant for each label: where none of the signs is near,
    that of the label "not a sign I know" wins.
    """

    def __init__(self, size: int, classes: int, embedding: int, dropout: float) -> None:
        super().__init__()
        self.weigh = nn.Linear(size, 1)
        self.late = nn.Dropout(0.0)  # raised by training, `train.late_dropout`
        self.project = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * size, embedding))
        self.directions = nn.Parameter(torch.randn(classes, embedding) / math.sqrt(embedding))
        self.apart = nn.Parameter(torch.zeros(classes))

    def forward(self, moments: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        share = torch.softmax(self.weigh(moments), dim=1)
        pooled = torch.cat([(moments * share).sum(dim=1), moments.mean(dim=1)], dim=-1)
        embedding = _unit(self.late(self.project(pooled)))
        return _SHARPNESS * (embedding @ _unit(self.directions).T + self.apart), embedding


class Stem(nn.Module):
    """Read → (B, M, D): each hand through the same layers, then together with the places."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.hand = nn.Sequential(_Norm(Body.hand), nn.Linear(Body.hand, size), nn.SiLU(), nn.Dropout(dropout))
        self.places = _Norm(Body.places)
        self.join = nn.Sequential(nn.Linear(2 * size + Body.places, size), nn.SiLU(), _Norm(size))

    def forward(self, hands: Tensor, places: Tensor) -> Tensor:
        """See the class."""
        shapes = self.hand(hands) * hands[..., -1:]
        joined: Tensor = self.join(torch.cat([shapes.flatten(2), self.places(places)], dim=-1))
        return joined


class SignNet(nn.Module):
    """Convolutions see how a movement goes on, attention how its parts belong together.

    classes labels, in the order of the logits; moving is not used: all of them move. size units of each layer;
    rounds how often two convolutions and one attention layer follow one another; embedding its size; dropout while
    training.
    """

    reads = HANDS_POSE.name

    def __init__(
        self,
        classes: int,
        moving: tuple[int, ...] = (),
        size: int = 96,
        rounds: int = 2,
        heads: int = 4,
        kernel: int = 5,
        embedding: int = 128,
        dropout: float = 0.2,
    ) -> None:
        del moving
        super().__init__()
        self.body, self.stem = Body(), Stem(size, dropout)
        blocks: list[nn.Module] = []
        for _ in range(rounds):
            blocks += [_Convolution(size, kernel, dropout), _Convolution(size, kernel, dropout)]
            blocks += [_Attention(size, heads, dropout)]
        self.blocks = nn.Sequential(*blocks)
        self.place = nn.Parameter(torch.zeros(MOMENTS, size))
        self.head = Head(size, classes, embedding, 2 * dropout)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """landmarks (B, T, 75, 3), times (B, T) s, aspect (B,) → logits (B, C), embedding (B, E)."""
        read = self.body(landmarks, times, aspect)
        found: tuple[Tensor, Tensor] = self.head(self.blocks(self.stem(read.hands, read.places) + self.place))
        return found


class SignParts(nn.Module):
    """Each part embedded by layers of its own, weighed against the others at each moment, then a transformer.

    classes, moving, embedding, dropout as in SignNet; size units; depth transformer layers of `heads` heads. lips: a
    part more, for which landmarks must hold a face; where none is seen, the others are weighed as if it weren't there.
    """

    reads, reads_lips = HANDS_POSE.name, HOLISTIC.name

    def __init__(
        self,
        classes: int,
        moving: tuple[int, ...] = (),
        size: int = 128,
        depth: int = 2,
        heads: int = 4,
        embedding: int = 128,
        dropout: float = 0.2,
        lips: bool = False,
    ) -> None:
        del moving
        super().__init__()
        self.body, self.lips = Body(), Lips() if lips else None
        sizes = (Body.hand, Body.hand, Body.places, *((Lips.size,) if lips else ()))
        self.parts = nn.ModuleList(
            nn.Sequential(_Norm(n), nn.Linear(n, size), nn.GELU(), nn.Linear(size, size)) for n in sizes
        )
        self.weigh = nn.Parameter(torch.zeros(len(sizes), size))
        self.place = nn.Parameter(0.02 * torch.randn(MOMENTS, size))
        self.blocks = nn.Sequential(*(_Attention(size, heads, dropout) for _ in range(depth)))
        self.head = Head(size, classes, embedding, 2 * dropout)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """landmarks (B, T, 75 or with lips 543, 3), times (B, T) s, aspect (B,) → logits (B, C), embedding (B, E)."""
        read, view = self.body.look(landmarks, times, aspect)
        given = [read.hands[:, :, 0], read.hands[:, :, 1], read.places]
        if self.lips is not None:
            lips, shown = self.lips(landmarks[:, :, _FACE], aspect, view)
            given.append(lips)
        parts = torch.stack([layers(part) for layers, part in zip(self.parts, given, strict=True)], dim=2)
        score = (parts * self.weigh).sum(dim=-1, keepdim=True)
        if self.lips is not None:
            hidden = shown[:, :, None].clamp_min(_NOTHING).log()
            score = torch.cat([score[:, :, :-1], score[:, :, -1:] + hidden], dim=2)
        share = torch.softmax(score, dim=2)
        found: tuple[Tensor, Tensor] = self.head(self.blocks((parts * share).sum(dim=2) + self.place))
        return found


class SignTiny(nn.Module):
    """The baseline: what a few layers without any sense of order can do. Arguments as in SignNet."""

    reads = HANDS_POSE.name

    def __init__(
        self,
        classes: int,
        moving: tuple[int, ...] = (),
        size: int = 64,
        embedding: int = 64,
        dropout: float = 0.2,
    ) -> None:
        del moving
        super().__init__()
        self.body, self.stem = Body(), Stem(size, dropout)
        self.head = Head(size, classes, embedding, 2 * dropout)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """landmarks (B, T, 75, 3), times (B, T) s, aspect (B,) → logits (B, C), embedding (B, E)."""
        read = self.body(landmarks, times, aspect)
        found: tuple[Tensor, Tensor] = self.head(self.stem(read.hands, read.places))
        return found


class _Norm(nn.Module):
    """Batch normalisation over all but the last axis."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.over = nn.BatchNorm1d(size)

    def forward(self, values: Tensor) -> Tensor:
        out: Tensor = self.over(values.flatten(0, -2)).reshape(values.shape)
        return out


class _Convolution(nn.Module):
    """Each channel over its neighbours in time, then channels among themselves; added to what came in."""

    def __init__(self, size: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.widen = nn.Linear(size, 2 * size)
        self.over_time = nn.Conv1d(2 * size, 2 * size, kernel, padding=kernel // 2, groups=2 * size)
        self.norm = nn.BatchNorm1d(2 * size)
        self.narrow = nn.Sequential(nn.Linear(2 * size, size), nn.Dropout(dropout))

    def forward(self, values: Tensor) -> Tensor:
        wide = F.silu(self.widen(values)).transpose(1, 2)
        out: Tensor = values + self.narrow(F.silu(self.norm(self.over_time(wide))).transpose(1, 2))
        return out


class _Attention(nn.Module):
    """A transformer's layer: attention over the moments, then two layers at each."""

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(size), nn.LayerNorm(size)
        self.ask, self.answer = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.think = nn.Sequential(
            nn.Linear(size, 2 * size), nn.SiLU(), nn.Dropout(dropout), nn.Linear(2 * size, size), nn.Dropout(dropout)
        )

    def forward(self, values: Tensor) -> Tensor:
        asked = self.ask(self.before(values)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        share = torch.softmax(asked[0] @ asked[1].transpose(-1, -2) / math.sqrt(asked.shape[-1]), dim=-1)
        values = values + self.answer((share @ asked[2]).transpose(1, 2).flatten(2))
        out: Tensor = values + self.think(self.between(values))
        return out


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.square().sum(dim=-1, keepdim=True).clamp_min(1e-12).sqrt()
