"""Augmentation of pixels: other cameras, other light, other tempos. Only ever used while training.

One random draw serves all frames of a clip, so that a movement stays that movement: even the noise stands still, for
noise that flickers would be a movement of its own. The same generator state gives the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

# Numbers that are worked on at a time; a batch of long clips is taken clip by clip.
_AT_ONCE = 1 << 25
# A Gaussian of about 1 px: cameras out of focus, and hands that move.
_SOFT = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


@dataclass(frozen=True)
class PixelAugment:
    """What may happen to a batch of pictures or clips; each is a strength, and 0 leaves it out.

    crop        the greatest share of the picture's sides that is cut away.
    rotate      degrees that the picture may be turned either way.
    scale       spread of its size: 0.1 is from 90 to 110 %.
    brightness  added, as a share of white: 0.1 is ± 10 %.
    contrast    spread of the contrast: 0.1 is from 90 to 110 %.
    colour      spread of each colour channel: 0.1 is from 90 to 110 %.
    blur        how far the picture may go towards a soft one, 1 at most.
    noise       the greatest standard deviation of noise, as a share of white.
    cutout      the greatest side of a square that is painted over, as a share of the picture's.
    flip        share of clips that are mirrored, of those that may be (`may_mirror`): 0.5 for handshapes, which left
                and right hands make alike.
    upside_down share of clips turned upside down: people hold no camera so; it is here to measure what it costs.
    trim        the greatest share of a clip that may be cut off at either end.
    tempo       spread (log) of its speed. A faster clip ends early, and its last frame stands.
    directed    glosses that mirroring would change: "swipe left".
    """

    crop: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    cutout: float = 0.0
    flip: float = 0.0
    upside_down: float = 0.0
    trim: float = 0.0
    tempo: float = 0.0
    directed: Sequence[str] = ()

    def __call__(self, pixels: Tensor, generator: Generator | None = None, mirror: Tensor | None = None) -> Tensor:
        """pixels (B, H, W, 3) or (B, F, H, W, 3) uint8 → new pixels of the same shape.

        mirror  (B,) bool, which may be mirrored (`may_mirror`); None for all. Without `generator`, torch's global one.
        """
        clips = pixels if pixels.ndim == 5 else pixels[:, None]
        if self.trim or self.tempo:
            clips = self._in_time(clips, generator)
        batch = max(1, _AT_ONCE // clips[0].numel())
        mirror = torch.ones(len(clips), dtype=torch.bool) if mirror is None else mirror
        starts = range(0, len(clips), batch)
        changed = torch.cat([self._one(clips[i : i + batch], mirror[i : i + batch], generator) for i in starts])
        return changed if pixels.ndim == 5 else changed[:, 0]

    def may_mirror(self, target: Tensor, glosses: Sequence[str]) -> Tensor:
        """(B,) bool: which of these labels (B,) mean the same in a mirror; `glosses` in the labels' order."""
        same = torch.tensor([gloss not in self.directed for gloss in glosses])
        return same[target]

    def _in_time(self, clips: Tensor, generator: Generator | None) -> Tensor:
        batch, frames = clips.shape[:2]
        if frames == 1:
            return clips
        begin = self.trim * _random(generator, batch, 1)
        end = 1 - self.trim * _random(generator, batch, 1)
        pace = torch.exp(self.tempo * _spread(generator, batch, 1))
        share = begin + (end - begin) * (pace * torch.linspace(0, 1, frames)).clamp(max=1)
        chosen = (share * (frames - 1)).round().long()
        return clips[torch.arange(batch)[:, None], chosen]

    def _one(self, clips: Tensor, may: Tensor, generator: Generator | None) -> Tensor:
        """Clips (B, F, H, W, 3) in space and light."""
        batch, frames, height, width, _ = clips.shape
        flat = clips.permute(0, 1, 4, 2, 3).float().reshape(batch, frames * 3, height, width)
        if self.crop or self.rotate or self.scale or self.flip or self.upside_down:
            where = self._where(batch, may, generator)
            grid = F.affine_grid(where, [batch, 1, height, width], align_corners=False)
            # What was outside shows the nearest edge: black corners would tell turned pictures from others.
            flat = F.grid_sample(flat, grid, padding_mode="border", align_corners=False)
        if self.blur:
            soft = _blurred(flat)
            flat = torch.lerp(flat, soft, self.blur * _random(generator, batch, 1, 1, 1))
        colours = flat.reshape(batch, frames, 3, height, width)
        if self.contrast:
            mean = colours.mean(dim=(1, 2, 3, 4), keepdim=True)
            colours = mean + (colours - mean) * (1 + self.contrast * _spread(generator, batch, 1, 1, 1, 1))
        if self.colour:
            colours = colours * (1 + self.colour * _spread(generator, batch, 1, 3, 1, 1))
        if self.brightness:
            colours = colours + 255 * self.brightness * _spread(generator, batch, 1, 1, 1, 1)
        if self.noise:
            level = 255 * self.noise * _random(generator, batch, 1, 1, 1, 1)
            colours = colours + level * torch.randn(batch, 1, 3, height, width, generator=generator)
        if self.cutout:
            colours = torch.where(
                self._hole(batch, height, width, generator), colours.mean(dim=(1, 3, 4), keepdim=True), colours
            )
        return colours.round().clamp(0, 255).to(torch.uint8).permute(0, 1, 3, 4, 2).contiguous()

    def _where(self, batch: int, may: Tensor, generator: Generator | None) -> Tensor:
        """(B, 2, 3): from the new picture's coordinates (−1 to 1) to the old one's."""
        turn = math.radians(self.rotate) * _spread(generator, batch)
        window = 1 - self.crop * _random(generator, batch)
        size = window * (1 + self.scale * _spread(generator, batch))
        shift = (1 - window)[:, None] * _spread(generator, batch, 2)
        sideways = torch.where(may & (_random(generator, batch) < self.flip), -1.0, 1.0)
        down = torch.where(_random(generator, batch) < self.upside_down, -1.0, 1.0)
        cos, sin = size * turn.cos(), size * turn.sin()
        rows = [cos * sideways, -sin * down, shift[:, 0], sin * sideways, cos * down, shift[:, 1]]
        return torch.stack(rows, dim=1).reshape(batch, 2, 3)

    def _hole(self, batch: int, height: int, width: int, generator: Generator | None) -> Tensor:
        """(B, 1, 1, H, W) bool: a square each, anywhere."""
        half = self.cutout / 2 * _random(generator, batch, 1)
        y, x = ((torch.arange(n) + 0.5) / n for n in (height, width))
        rows = (y - _random(generator, batch, 1)).abs() < half
        columns = (x - _random(generator, batch, 1)).abs() < half
        return (rows[:, :, None] & columns[:, None, :])[:, None, None]


def _random(generator: Generator | None, *shape: int) -> Tensor:
    """From 0 to 1."""
    return torch.rand(*shape, generator=generator)


def _spread(generator: Generator | None, *shape: int) -> Tensor:
    """From −1 to 1."""
    return 2 * torch.rand(*shape, generator=generator) - 1


def _blurred(pictures: Tensor) -> Tensor:
    """(B, C, H, W), each channel by itself."""
    batch, channels, height, width = pictures.shape
    flat = F.pad(pictures.reshape(batch * channels, 1, height, width), (2, 2, 2, 2), mode="replicate")
    flat = F.conv2d(flat, _SOFT.view(1, 1, 1, 5))
    return F.conv2d(flat, _SOFT.view(1, 1, 5, 1)).reshape(batch, channels, height, width)
