"""Preprocessing as layers, exported with the network, so that no caller ever normalises anything.

Every layer is NaN-aware (NaN = not seen), and frames in which nothing is seen change nothing: a padded batch gives
what single clips give.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from deepsign.landmarks import HAND_POINTS, HANDS

WRIST = HAND_POINTS.index("wrist")
INDEX_KNUCKLE = HAND_POINTS.index("index_mcp")
LITTLE_KNUCKLE = HAND_POINTS.index("little_mcp")

# Smaller than any real hand (in picture heights); keeps a degenerate hand (all points in one place) from dividing by 0.
_TINY = 1e-6


class Hand(NamedTuple):
    """One hand over time.

    points  (B, T, 21, 3) in picture heights, x right, y down, z = 0 where unknown; 0 everywhere in unseen frames.
    seen    (B, T) 1.0 where the hand was seen, else 0.0.
    deep    (B, T) 1.0 where its depth was seen too.
    """

    points: Tensor
    seen: Tensor
    deep: Tensor


class OneHand(nn.Module):
    """The signing hand out of two: the one seen in more frames, and of two equals the raised one.

    landmarks (B, T, 42, 3) in the `hands` layout and aspect (B,) → Hand, in units that are equal along x and y.
    """

    def forward(self, landmarks: Tensor, aspect: Tensor) -> Hand:
        """See the class."""
        left, right = HANDS.part("left_hand"), HANDS.part("right_hand")
        hands = torch.stack([landmarks[:, :, left], landmarks[:, :, right]], dim=2)
        missing = torch.isnan(hands)
        seen = 1.0 - missing[..., :2].flatten(3).any(dim=3).to(hands.dtype)
        deep = seen * (1.0 - missing[..., 2].any(dim=3).to(hands.dtype))
        hands = torch.where(missing, 0.0, hands)
        frames = seen.sum(dim=1)
        height = (hands[:, :, :, WRIST, 1] * seen).sum(dim=1) / frames.clamp_min(1.0)
        # y runs down: the raised hand has the smaller y.
        right_leads = (frames[:, 1] > frames[:, 0]) | ((frames[:, 1] == frames[:, 0]) & (height[:, 1] <= height[:, 0]))
        pick = right_leads.to(hands.dtype)[:, None]
        points = torch.where(right_leads[:, None, None, None], hands[:, :, 1], hands[:, :, 0])
        seen = pick * seen[:, :, 1] + (1.0 - pick) * seen[:, :, 0]
        deep = pick * deep[:, :, 1] + (1.0 - pick) * deep[:, :, 0]
        width = aspect[:, None, None]
        points = torch.stack([points[..., 0] * width, points[..., 1], points[..., 2] * width], dim=-1)
        points = points * torch.stack([seen, seen, deep], dim=-1)[:, :, None]
        return Hand(points, seen, deep)


def side(points: Tensor) -> Tensor:
    """(…, 21, 3) → (…): how far the palm is turned, signed by the side of the hand.

    The cross product of wrist → index knuckle and wrist → little-finger knuckle: it changes sign in a mirror, and
    needs no label. A left palm and a right hand's back look alike, and so are made alike.
    """
    index = points[..., INDEX_KNUCKLE, :2] - points[..., WRIST, :2]
    little = points[..., LITTLE_KNUCKLE, :2] - points[..., WRIST, :2]
    return index[..., 0] * little[..., 1] - index[..., 1] * little[..., 0]


def facing(turned: Tensor) -> Tensor:
    """(…) → (…): −1 where x must be flipped so that every hand is of one side, else 1."""
    return torch.where(turned > 0, -1.0, 1.0)


def centred(points: Tensor, flip: Tensor) -> Tensor:
    """(…, 21, 3) → (…, 21, 3): wrist at 0, farthest point at distance 1 in the picture, x times `flip` (…)."""
    from_wrist = points - points[..., WRIST : WRIST + 1, :]
    reach = from_wrist[..., :2].square().sum(dim=-1).amax(dim=-1).clamp_min(_TINY**2).sqrt()
    scale = 1.0 / reach
    return from_wrist * torch.stack([flip * scale, scale, scale], dim=-1)[..., None, :]
