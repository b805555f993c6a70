"""Body: hands and pose over time → what a network of signs reads, as a layer that is exported with it.

The signer's size, place, side and tempo are taken out here: coordinates are in shoulder widths from the middle of the
shoulders, the leading hand comes first and stands on one side, and all is read at MOMENTS even moments between the
first and the last frame in which a hand is seen, so that a slow and a fast camera give the same. NaN-aware: a frame in
which nothing is seen changes nothing, and a hand that is lost for a moment is read from the frames around it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from deepsign.landmarks import HANDS_POSE, POSE_POINTS
from deepsign.models.handshape import TIPS, Shape
from deepsign.models.moments import moments

# Enough for the turns of the longest signs here, 2 s: a moment each 65 ms.
MOMENTS = 32
# The pose's points that are read: the face's others move with the nose, and legs don't sign.
_POSE = tuple(
    HANDS_POSE.part("pose").start + POSE_POINTS.index(point)
    for point in (
        *("nose", "left_shoulder", "right_shoulder"),
        *("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    )
)
_OTHER_SIDE = [0, 2, 1, 4, 3, 6, 5]
_NOSE, _SHOULDERS, _ARMS, _WRISTS = 0, [1, 2], [3, 4, 5, 6], [5, 6]
# Points of each hand that are placed against the body: where a sign is made, and how it moves.
_PLACED = [0, *TIPS, 9]
# A hand is about half as long as shoulders are wide (19 cm and 41 cm: NASA-STD-3000, volume I, section 3).
_HANDS_ACROSS = 2.1
_SMALLEST = 1e-3  # picture heights; keeps a degenerate body from dividing by 0
# Shoulder widths a second: faster than any sign, so the tracker has jumped to another thing.
_FASTEST = 12.0


class Read(NamedTuple):
    """What a network of signs gets, at MOMENTS moments.

    hands   (B, M, 2, Body.hand) each hand's shape and presence, the leading hand first.
    places  (B, M, Body.places) where hands are against shoulders and nose, and elbows and wrists against the shoulders,
            in shoulder widths, and how fast they move. How long a clip is, and where a face is that no hand comes near,
            tell a network who signs before they tell it what (EXPERIMENTS.md, S2), and are left out.
    """

    hands: Tensor
    places: Tensor


class View(NamedTuple):
    """How a clip is looked at, for whatever else is read from it (`deepsign.models.lips`).

    flip     (B,) 1.0, or −1.0 where the left hand leads and all is mirrored.
    unit     (B,) the shoulders' width, in picture heights.
    weights  (B, M, T) of each frame at each moment.
    """

    flip: Tensor
    unit: Tensor
    weights: Tensor


class Body(nn.Module):
    """landmarks (B, T, 75, 3) with NaN, times (B, T) s, aspect (B,) → Read. Of holistic's 543 points, the last 75."""

    hand = Shape.size + 1
    places = 3 * 4 * len(_PLACED) + 2 * 2 * len(_ARMS) + len(_ARMS) + 2

    def __init__(self) -> None:
        super().__init__()
        self.shape = Shape()

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> Read:
        """See the class."""
        return self.look(landmarks, times, aspect)[0]

    def look(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Read, View]:
        """As the class says, and how the clip was looked at."""
        if landmarks.shape[2] > len(HANDS_POSE):
            landmarks = landmarks[:, :, -len(HANDS_POSE) :]
        missing = torch.isnan(landmarks)
        x, y, z = torch.where(missing, 0.0, landmarks).unbind(dim=-1)
        wide = aspect[:, None, None]
        points = torch.stack([x * wide, y, z * wide], dim=-1)
        there = 1.0 - missing[..., :2].any(dim=-1).to(points.dtype)
        parts = HANDS_POSE.part("left_hand"), HANDS_POSE.part("right_hand")
        hands = torch.stack([points[:, :, part] for part in parts], dim=2)
        seen = torch.stack([there[:, :, part].amin(dim=-1) for part in parts], dim=2)
        deep = torch.stack([1.0 - missing[:, :, part, 2].any(dim=-1).to(points.dtype) for part in parts], dim=2)
        body, body_seen = points[:, :, list(_POSE), :2], there[:, :, list(_POSE)]
        centre, unit = _frame_of(body, body_seen, hands, seen)
        flip = _leading(hands, seen, body, body_seen, centre, unit)
        hands, seen, deep = (either(flip, part, part.flip(2)) for part in (hands, seen, deep))
        body, body_seen = (either(flip, part[:, :, _OTHER_SIDE], part) for part in (body, body_seen))

        weights, span = moments(times, seen.amax(dim=2), MOMENTS)
        shapes = self.shape(hands, seen * deep, flip[:, None, None].expand(-1, *seen.shape[1:]))
        scale = torch.stack([flip, torch.ones_like(flip)], dim=-1) / unit[:, None]
        at = (hands[:, :, :, _PLACED, :2] - centre[:, None, None, None]) * scale[:, None, None, None]
        body = (body - centre[:, None, None]) * scale[:, None, None]
        shape, shown = read_at(weights, shapes, seen)
        at, _ = read_at(weights, at.flatten(3), seen)
        body, body_shown = read_at(weights, body, body_seen)
        read = Read(torch.cat([shape, shown[..., None]], dim=-1), _places(at, shown, body, body_shown, span))
        return read, View(flip, unit, weights)


def _frame_of(body: Tensor, body_seen: Tensor, hands: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """The middle of the shoulders (B, 2) and their width (B,) over the clip.

    Where shoulders are never seen, the hands stand in: their wrists' middle, and their length.
    """
    both = body_seen[..., _SHOULDERS].amin(dim=-1)
    frames = both.sum(dim=1).clamp_min(1.0)
    shoulders = body[:, :, _SHOULDERS]
    middle = (shoulders.mean(dim=2) * both[..., None]).sum(dim=1) / frames[:, None]
    apart = _norm(shoulders[:, :, 0] - shoulders[:, :, 1])
    width = (apart * both).sum(dim=1) / frames
    count = seen.sum(dim=(1, 2)).clamp_min(1.0)
    wrists = (hands[:, :, :, 0, :2] * seen[..., None]).sum(dim=(1, 2)) / count[:, None]
    reach = _norm(hands[..., :2] - hands[..., :1, :2]).amax(dim=-1)
    length = _HANDS_ACROSS * (reach * seen).sum(dim=(1, 2)) / count
    known = both.sum(dim=1) > 0
    return torch.where(known[:, None], middle, wrists), torch.where(known, width, length).clamp_min(_SMALLEST)


def _leading(hands: Tensor, seen: Tensor, body: Tensor, body_seen: Tensor, centre: Tensor, unit: Tensor) -> Tensor:
    """(B,) 1.0 where the right hand leads, −1.0 where the left does and all must be mirrored.

    The leading hand is seen longer and held higher; told by geometry alone, so a mirrored signer is the same signer.
    """
    frames = seen.amax(dim=2).sum(dim=1).clamp_min(1.0)
    wrists = torch.where(seen > 0, hands[:, :, :, 0, 1], body[:, :, _WRISTS, 1])
    known = torch.maximum(seen, body_seen[..., _WRISTS])
    # From the belly, a shoulder width and a half under the shoulders, upwards.
    raised = ((centre[:, None, None, 1] - wrists) / unit[:, None, None] + 1.5).clamp(0.0, 2.5) * known
    score = seen.sum(dim=1) / frames[:, None] + raised.sum(dim=1) / known.sum(dim=1).clamp_min(1.0)
    return torch.where(score[:, 1] >= score[:, 0], 1.0, -1.0)


def either(flip: Tensor, if_left: Tensor, if_right: Tensor) -> Tensor:
    """One or the other, as the left hand leads (flip −1.0) or the right one."""
    return torch.where(flip.reshape(-1, *[1] * (if_left.ndim - 1)) < 0, if_left, if_right)


def read_at(weights: Tensor, values: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """values (B, T, N, F) where seen (B, T, N), at the moments: (B, M, N, F), and the share seen there (B, M, N)."""
    shown = weights @ seen
    summed = weights @ (values * seen[..., None]).flatten(2)
    return summed.reshape(*summed.shape[:2], *values.shape[2:]) / shown.clamp_min(1e-3)[..., None], shown


def _places(at: Tensor, shown: Tensor, body: Tensor, body_shown: Tensor, span: Tensor) -> Tensor:
    """All of Read.places; see there. at (B, M, 2, 2P), body (B, M, 7, 2), span (B,) s."""
    face = body[:, :, None, _NOSE].repeat(1, 1, 1, len(_PLACED))
    near = (at - face) * (shown * body_shown[..., _NOSE : _NOSE + 1])[..., None]
    arms, arms_shown = body[:, :, _ARMS], body_shown[..., _ARMS]
    held = torch.cat([(at * shown[..., None]).flatten(2), (arms * arms_shown[..., None]).flatten(2)], dim=-1)
    sure = torch.cat(
        [shown.repeat_interleave(2 * len(_PLACED), dim=-1), arms_shown.repeat_interleave(2, dim=-1)], dim=-1
    )
    sure = (sure > 0.5).to(held.dtype)
    step = (span / (MOMENTS - 1)).clamp_min(0.01)[:, None, None]
    speed = torch.diff(held, dim=1, prepend=held[:, :1]) / step
    speed = (speed * sure * torch.cat([sure[:, :1], sure[:, :-1]], dim=1)).clamp(-_FASTEST, _FASTEST)
    return torch.cat([held, near.flatten(2), 0.25 * speed, shown, arms_shown], dim=-1)


def _norm(vectors: Tensor) -> Tensor:
    return vectors.square().sum(dim=-1).clamp_min(_SMALLEST**4).sqrt()
