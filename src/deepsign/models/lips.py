"""Lips: a face over time → the shape of the mouth, read as `Body` reads hands, in a layer that is exported with it.

Where the mouth is and how large the signer is are taken out here. A face that is lost for a moment is read from the
frames around it; where none is seen there are zeros, and a number beside them says so.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepsign.face_points import MIRROR
from deepsign.models.body import View, either, read_at

# Both outlines of the lips, of MediaPipe's face mesh: the 40 points of its FACEMESH_LIPS (face_mesh_connections.py).
LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
)
_OTHER_SIDE = [LIPS.index(MIRROR[point]) for point in LIPS]
# Shoulders are so many mouths wide (median of 564 clips of asl_signs), so that what is read is about as large as 1.
_MOUTHS_ACROSS = 5.6


class Lips(nn.Module):
    """face (B, T, 468, 3) with NaN, aspect (B,) and Body's View → (B, M, Lips.size), and the share seen (B, M, 1).

    The points of LIPS, (x, y) each, in mouths from their middle, mirrored as the hands are.
    """

    size = 2 * len(LIPS)

    def forward(self, face: Tensor, aspect: Tensor, view: View) -> tuple[Tensor, Tensor]:
        """See the class."""
        lips = face[:, :, list(LIPS), :2]
        missing = torch.isnan(lips)
        x, y = torch.where(missing, 0.0, lips).unbind(dim=-1)
        points = torch.stack([x * aspect[:, None, None], y], dim=-1)
        seen = 1.0 - missing.flatten(2).any(dim=-1, keepdim=True).to(points.dtype)
        points = either(view.flip, points[:, :, _OTHER_SIDE], points)
        scale = _MOUTHS_ACROSS * torch.stack([view.flip, torch.ones_like(view.flip)], dim=-1) / view.unit[:, None]
        points = (points - points.mean(dim=2, keepdim=True)) * scale[:, None, None]
        shape, shown = read_at(view.weights, points.flatten(2)[:, :, None], seen)
        return shape[:, :, 0], shown
