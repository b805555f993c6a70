"""Augmentation of whole signers: other bodies, other cameras, other tempos, hands that the tracker loses.

One random draw serves all frames of a clip, so that a movement stays that movement. Random numbers come from torch's
global generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deepsign.landmarks import HANDS_POSE, HOLISTIC, POSE_POINTS
from deepsign.train.augment import rotation, spread

# Points as hands_pose numbers them; in holistic, the face stands before them.
_LEFT, _POSE, _RIGHT = (HANDS_POSE.part(name) for name in ("left_hand", "pose", "right_hand"))
_SHOULDERS = [_POSE.start + POSE_POINTS.index(f"{side}_shoulder") for side in ("left", "right")]
_ARMS = [[_POSE.start + POSE_POINTS.index(f"{side}_{p}") for p in ("elbow", "wrist")] for side in ("left", "right")]
# Nose, eyes, ears and mouth stand before the shoulders in the pose.
_FACE = list(range(_POSE.start, _SHOULDERS[0]))
_FINGERS = tuple(range(start, start + 4) for start in (1, 5, 9, 13, 17))


@dataclass(frozen=True)
class AugmentBody:
    """What may happen to a batch of signers; each is a strength, and 0 leaves it out.

    frames   the most frames a clip keeps, evenly picked; 0 for all. Long clips cost time and show nothing more.
    crop     the greatest share of a clip that may be cut off at either end.
    rate     share of clips that lose every second or third frame: slower cameras.
    tempo    spread (log) of a clip's duration.
    span     the greatest share of a clip that may be blanked out in one piece.
    hand     share of clips in which one of the hands is never seen, where the other one is.
    finger   share of clips in which a hand's finger is misplaced: its points shrink towards the knuckle.
    arms     share of clips in which no elbow and no arm's wrist is seen, as where the picture ends at the chest.
    nose     spread of where the face is against the shoulders, in shoulder widths.
    lips     share of clips whose face is never seen, where landmarks hold one.
    drop     share of a clip's frames in which a hand is lost.
    mirror   share of clips that are mirrored, hands swapped.
    rotate   degrees that the picture may be turned either way.
    stretch  spread (log) of the width against the height, for pictures of unknown aspect.
    shear    spread of a sideways lean: height times this is added to x.
    tilt     degrees that each hand may be turned about its wrist, out of the picture.
    size     spread (log) of the hands' size against the body's.
    reach    spread (log) of how far the hands go from the shoulders, across and down.
    shift    spread of where both hands are against the body, in shoulder widths.
    breadth  spread (log) of the shoulders' width against all else.
    jitter   tremble of every point, in shoulder widths.
    """

    frames: int = 0
    crop: float = 0.0
    rate: float = 0.0
    tempo: float = 0.0
    span: float = 0.0
    hand: float = 0.0
    finger: float = 0.0
    arms: float = 0.0
    nose: float = 0.0
    lips: float = 0.0
    drop: float = 0.0
    mirror: float = 0.0
    rotate: float = 0.0
    stretch: float = 0.0
    shear: float = 0.0
    tilt: float = 0.0
    size: float = 0.0
    reach: float = 0.0
    shift: float = 0.0
    breadth: float = 0.0
    jitter: float = 0.0

    def __call__(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """landmarks (B, T, 75 or with a face 543, 3), times (B, T) s, aspect (B,) → new ones; T may be less.

        Points that were not seen stay unseen. A face goes where the head goes, and keeps its shape.
        """
        landmarks, times = self._in_time(landmarks, times)
        wide = torch.stack([aspect, torch.ones_like(aspect), aspect], dim=-1)
        points = landmarks * wide[:, None, None]
        points = self._lost(points)
        points = self._other_body(points)
        points = self._other_camera(points)
        return points, times, torch.ones_like(aspect)

    def _in_time(self, points: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Frames picked: cropped, thinned out, and told at another tempo."""
        batch, count = times.shape
        there = ~torch.isnan(points[..., 0]).all(dim=2)
        length = (there * torch.arange(1, count + 1)).amax(dim=1).clamp_min(1)
        begin, end = self.crop * torch.rand(batch), 1 - self.crop * torch.rand(batch)
        thin = torch.where(torch.rand(batch) < self.rate, torch.randint(2, 4, (batch,)), torch.ones(batch))
        kept = ((end - begin) * length / thin).clamp_min(1).ceil()
        if self.frames:
            kept = kept.clamp_max(self.frames)
        most = int(kept.max())
        share = torch.arange(most)[None] / (kept - 1).clamp_min(1)[:, None]
        at = ((begin + (end - begin) * share.clamp_max(1.0).T).T * (length - 1)[:, None]).round().long()
        beyond = share > 1.0
        index = at[..., None, None].expand(-1, -1, *points.shape[2:])
        picked = points.gather(1, index).masked_fill(beyond[..., None, None], torch.nan)
        gap, middle = self.span * torch.rand(batch, 1), torch.rand(batch, 1)
        blank = ((share - middle).abs() < gap / 2) & (share > 0) & (share < 1)
        told = times.gather(1, at) * torch.exp(self.tempo * torch.randn(batch, 1))
        return picked.masked_fill(blank[..., None, None], torch.nan), told - told[:, :1]

    def _lost(self, points: Tensor) -> Tensor:
        """Hands that are lost, for good or for single frames; faces; mirrored signers."""
        batch, count = points.shape[:2]
        face, body = _face_and_body(points)
        seen = [~torch.isnan(body[:, :, part, 0]).any(dim=2) for part in (_LEFT, _RIGHT)]
        left, right = (frames.float().mean(dim=1) for frames in seen)
        gone = torch.rand(batch) < self.hand
        # Only the hand that is seen less may go: a sign whose leading hand is missing is no longer that sign.
        for part, own, other in ((_LEFT, left, right), (_RIGHT, right, left)):
            lost = (gone & (own < other))[:, None] | (torch.rand(batch, count) < self.drop)
            body[:, :, part] = body[:, :, part].masked_fill(lost[..., None, None], torch.nan)
        cut = (torch.rand(batch) < self.arms)[:, None, None, None]
        arms = [*_ARMS[0], *_ARMS[1]]
        body[:, :, arms] = body[:, :, arms].masked_fill(cut, torch.nan)
        if self.lips and face.shape[2]:
            face.masked_fill_((torch.rand(batch) < self.lips)[:, None, None, None], torch.nan)
        layout = HOLISTIC if face.shape[2] else HANDS_POSE
        swapped = points[:, :, list(layout.mirror)] * torch.tensor([-1.0, 1.0, 1.0])
        return torch.where((torch.rand(batch) < self.mirror)[:, None, None, None], swapped, points)

    def _other_body(self, points: Tensor) -> Tensor:
        """Other proportions: hands turned and sized about their wrists, arms that reach elsewhere, other shoulders."""
        batch = len(points)
        face, points = _face_and_body(points)
        centre, unit = _shoulders(points)
        reach = torch.exp(self.reach * torch.randn(batch, 2))
        shift = self.shift * torch.randn(batch, 2) * unit[:, None]
        out = points.clone()
        for part, arm in ((_LEFT, _ARMS[0]), (_RIGHT, _ARMS[1])):
            hand = points[:, :, part]
            turn = rotation(*(self.tilt * spread(batch) for _ in range(3)))
            local = hand - hand[:, :, :1]
            flat = local[..., 2:].isnan()  # 2-D data: turned as if it lay in the picture, its depth still unknown
            local = torch.einsum("bij,btpj->btpi", turn, torch.cat([local[..., :2], local[..., 2:].nan_to_num()], -1))
            local[..., 2:] = local[..., 2:].masked_fill(flat, torch.nan)
            local = local * torch.exp(self.size * torch.randn(batch))[:, None, None, None]
            if self.finger:
                local = _bent(local, self.finger)
            wrist = hand[:, :, :1].clone()
            wrist[..., :2] = centre + (wrist[..., :2] - centre) * reach[:, None, None] + shift[:, None, None]
            out[:, :, part] = wrist + local
            moved = points[:, :, arm, :2]
            out[:, :, arm, :2] = centre + (moved - centre) * reach[:, None, None] + shift[:, None, None]
        elsewhere = self.nose * torch.randn(batch, 2) * unit[:, None]
        out[:, :, _FACE, :2] = points[:, :, _FACE, :2] + elsewhere[:, None, None]
        face = torch.cat([face[..., :2] + elsewhere[:, None, None], face[..., 2:]], dim=-1)
        shoulders = points[:, :, _SHOULDERS, :2]
        broad = torch.exp(self.breadth * torch.randn(batch))[:, None, None, None]
        out[:, :, _SHOULDERS, :2] = centre + (shoulders - centre) * broad
        return torch.cat([face, out], dim=2)

    def _other_camera(self, points: Tensor) -> Tensor:
        """Turned, stretched, leaning; and every point trembles."""
        batch = len(points)
        centre, unit = _shoulders(points)
        none = torch.zeros(batch)
        turn = rotation(none, none, self.rotate * spread(batch))[:, :2, :2]
        wide = torch.exp(self.stretch * torch.randn(batch))
        lean = self.shear * torch.randn(batch)
        shape = torch.stack([torch.stack([wide, lean], -1), torch.stack([none, torch.ones(batch)], -1)], dim=1)
        out = points.clone()
        out[..., :2] = centre + torch.einsum("bij,btpj->btpi", shape @ turn, points[..., :2] - centre)
        return out + self.jitter * unit[:, None, None, None] * torch.randn_like(out)


def _face_and_body(points: Tensor) -> tuple[Tensor, Tensor]:
    """Views of a face's points, of which there may be none, and of those of hands_pose."""
    face = points.shape[2] - len(HANDS_POSE)
    return points[:, :, :face], points[:, :, face:]


def _shoulders(points: Tensor) -> tuple[Tensor, Tensor]:
    """The middle of the shoulders (B, 1, 1, 2) and their width (B,) over the clip; the hands' middle without any."""
    flat = _face_and_body(points)[1][..., :2]
    middle = flat[:, :, _SHOULDERS].flatten(1, 2).nanmean(dim=1)
    middle = torch.where(middle.isnan(), flat.flatten(1, 2).nanmean(dim=1), middle).nan_to_num()
    apart = (flat[:, :, _SHOULDERS[0]] - flat[:, :, _SHOULDERS[1]]).norm(dim=-1).nanmean(dim=1)
    return middle[:, None, None], apart.nan_to_num(0.3)


def _bent(hand: Tensor, share: float) -> Tensor:
    """hand (B, T, 21, 3) about its wrist; in that share of the clips one finger is drawn in towards its knuckle."""
    batch = len(hand)
    out = hand.clone()
    which = torch.randint(len(_FINGERS), (batch,))
    much = 0.5 * torch.rand(batch) * (torch.rand(batch) < share)
    for number, finger in enumerate(_FINGERS):
        knuckle = hand[:, :, finger[0] : finger[0] + 1]
        own = (much * (which == number))[:, None, None, None]
        out[:, :, list(finger)] += own * (knuckle - hand[:, :, list(finger)])
    return out
