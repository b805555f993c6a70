"""Augmentation of landmarks: other hands, other cameras, other tempos. Only ever used while training.

One random draw serves all frames of a clip, so that a movement stays that movement; only the tremble is new in each
frame. Random numbers come from torch's global generator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from deepsign.landmarks import HAND_PARENT as PARENT

_HAND = len(PARENT)
_FINGERS = tuple(tuple(range(start, start + 4)) for start in (1, 5, 9, 13, 17))


@dataclass(frozen=True)
class Augment:
    """What may happen to a batch of hands; each is a strength, and 0 leaves it out.

    rotate   degrees that the picture may be turned either way.
    tilt     degrees that the hand may be turned out of the picture, about either axis.
    stretch  spread (log) of the width against the height, for pictures of unknown aspect.
    depth    spread (log) of the depth's scale, which every tracker guesses.
    bone     spread (log) of each bone's length: other people's hands.
    bend     degrees by which each finger may be turned at its knuckle.
    jitter   tremble of every point, in hand lengths.
    flat     share of clips that lose their depth, as many collections never had any.
    tempo    spread (log) of a clip's duration.
    crop     the greatest share of a clip that may be cut off at either end.
    drop     share of a clip's frames in which the hand is lost.
    hold     share of stills that become a held clip, where the batch has clips at all.
    drift    hand lengths that a held hand may wander in a second: a hand that moves is no J for that.
    """

    rotate: float = 0.0
    tilt: float = 0.0
    stretch: float = 0.0
    depth: float = 0.0
    bone: float = 0.0
    bend: float = 0.0
    jitter: float = 0.0
    flat: float = 0.0
    tempo: float = 0.0
    crop: float = 0.0
    drop: float = 0.0
    hold: float = 0.0
    drift: float = 0.0

    def __call__(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """landmarks (B, T, P, 3) with P a multiple of 21, times (B, T) s, aspect (B,); new tensors, same shapes.

        Points that were not seen stay unseen, the depth of 2-D data stays unknown.
        """
        batch, frames, points, _ = landmarks.shape
        hands = landmarks.reshape(batch, frames, points // _HAND, _HAND, 3)
        # Equal units along x and y from here on; the aspect is used up.
        hands = hands * torch.stack([aspect, torch.ones_like(aspect), aspect], -1)[:, None, None, None]
        if frames > 1:
            hands, times = self._in_time(hands, times)
        deep = ~torch.isnan(hands[..., 2])
        seen = ~torch.isnan(hands[..., :2]).any(dim=-1)
        hands = torch.nan_to_num(hands)
        length = _length(hands, seen.all(dim=-1))
        hands = self._other_hand(hands)
        hands = self._other_camera(hands, length)
        hands = hands + self.jitter * length[:, None, None, None, None] * torch.randn_like(hands)
        deep = deep & (torch.rand(batch) >= self.flat)[:, None, None, None]
        hands = torch.where(torch.stack([seen, seen, seen & deep], dim=-1), hands, torch.nan)
        return hands.reshape(batch, frames, points, 3), times, torch.ones_like(aspect)

    def _in_time(self, hands: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        batch, frames = times.shape
        there = ~torch.isnan(hands[..., :2]).flatten(2).all(dim=2)
        still = (there.sum(dim=1) == 1) & there[:, 0] & (torch.rand(batch) < self.hold)
        hands = torch.where(still[:, None, None, None, None], hands[:, :1], hands)
        held = torch.linspace(0, 1, frames) * (0.2 + 0.8 * torch.rand(batch, 1))
        times = torch.where(still[:, None], held, times)
        length = _length(torch.nan_to_num(hands), there[..., None].expand(-1, -1, hands.shape[2]))
        way = torch.randn(batch, 2) * self.drift * length[:, None] * still[:, None]
        wander = torch.cat([way[:, None] * held[..., None], torch.zeros(batch, frames, 1)], dim=-1)
        hands = hands + wander[:, :, None, None]
        times = times * torch.exp(self.tempo * torch.randn(batch, 1))
        share = torch.linspace(0, 1, frames)
        begin, end = self.crop * torch.rand(batch, 1), 1 - self.crop * torch.rand(batch, 1)
        lost = (share < begin) | (share > end) | (torch.rand(batch, frames) < self.drop)
        # A still keeps its one frame, and a clip at least some.
        lost = lost & (there.sum(dim=1) > 2)[:, None]
        lost = lost & (there & ~lost).any(dim=1, keepdim=True)
        return torch.where(lost[..., None, None, None], torch.nan, hands), times

    def _other_hand(self, hands: Tensor) -> Tensor:
        """Other bone lengths, and each finger turned a little at its knuckle."""
        batch = len(hands)
        bones = hands - hands[..., list(PARENT), :]
        bones = bones * torch.exp(self.bone * torch.randn(batch, 1, 1, _HAND, 1))
        turned = bones.clone()
        for finger in _FINGERS:
            moving = list(finger[1:])
            turn = rotation(self.bend * spread(batch), self.bend * spread(batch), self.bend / 2 * spread(batch))
            turned[..., moving, :] = torch.einsum("bij,bthpj->bthpi", turn, bones[..., moving, :])
        points = [hands[..., 0, :]]
        for point in range(1, _HAND):
            points.append(points[PARENT[point]] + turned[..., point, :])
        return torch.stack(points, dim=-2)

    def _other_camera(self, hands: Tensor, length: Tensor) -> Tensor:
        """Turned about the middle of the first hand's wrist path, tilted, stretched."""
        batch = len(hands)
        middle = hands[..., :1, :].mean(dim=(1, 2), keepdim=True)
        turn = rotation(self.tilt * spread(batch), self.tilt * spread(batch), self.rotate * spread(batch))
        scale = torch.stack(
            [
                torch.exp(self.stretch * torch.randn(batch)),
                torch.ones(batch),
                torch.exp(self.depth * torch.randn(batch)),
            ],
            dim=-1,
        )
        turned: Tensor = torch.einsum("bij,bthpj->bthpi", turn, hands - middle)
        return middle + turned * scale[:, None, None, None]


def _length(hands: Tensor, seen: Tensor) -> Tensor:
    """(B,): the mean reach of the seen hands from their wrists, in the picture."""
    reach = (hands[..., :2] - hands[..., :1, :2]).norm(dim=-1).amax(dim=-1) * seen
    mean: Tensor = reach.flatten(1).sum(dim=1) / seen.flatten(1).sum(dim=1).clamp_min(1)
    return mean


def spread(count: int) -> Tensor:
    """(count,) even between −1 and 1."""
    return torch.rand(count) * 2 - 1


def rotation(about_x: Tensor, about_y: Tensor, about_z: Tensor) -> Tensor:
    """Rotation matrices (B, 3, 3) from degrees (B,) about the three axes, x first."""
    x, y, z = (angle * (math.pi / 180) for angle in (about_x, about_y, about_z))
    one, none = torch.ones_like(x), torch.zeros_like(x)

    def matrix(*rows: Tensor) -> Tensor:
        return torch.stack(rows, dim=-1).reshape(-1, 3, 3)

    rx = matrix(one, none, none, none, x.cos(), -x.sin(), none, x.sin(), x.cos())
    ry = matrix(y.cos(), none, y.sin(), none, one, none, -y.sin(), none, y.cos())
    rz = matrix(z.cos(), -z.sin(), none, z.sin(), z.cos(), none, none, none, one)
    turned: Tensor = rz @ ry @ rx
    return turned
