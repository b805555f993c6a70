"""Augmented pixels: one draw for all frames of a clip, the same for the same seed, and never what was not asked for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from deepsign.train.augment_pixels import PixelAugment

STRENGTHS = {
    "crop": 0.2,
    "rotate": 20.0,
    "scale": 0.2,
    "brightness": 0.1,
    "contrast": 0.1,
    "colour": 0.2,
    "blur": 1.0,
    "noise": 0.05,
    "cutout": 0.4,
    "flip": 0.5,
    "upside_down": 0.5,
}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(batch: int = 6, size: int = 32) -> Tensor:
    """Smooth, with no two corners alike."""
    small = torch.rand(batch, 3, 4, 4, generator=seeded(9)) * 255
    large = torch.nn.functional.interpolate(small, size=(size, size), mode="bilinear")
    return large.permute(0, 2, 3, 1).to(torch.uint8)


def still_clips(frames: int = 5) -> Tensor:
    """(B, F, H, W, 3) in which nothing moves."""
    return pictures()[:, None].expand(-1, frames, -1, -1, -1).contiguous()


@pytest.mark.parametrize("name", [*STRENGTHS, "all"])
def test_one_draw_serves_all_frames_of_a_clip(name: str) -> None:
    strengths = STRENGTHS if name == "all" else {name: STRENGTHS[name]}
    clips = still_clips()
    changed = PixelAugment(**strengths)(clips, seeded())
    assert changed.shape == clips.shape and changed.dtype == torch.uint8
    assert (changed == changed[:, :1]).all(), "a clip in which nothing moves still doesn't"
    assert not torch.equal(changed, clips), "but it is another one"
    assert len({clip.numpy().tobytes() for clip in changed - clips}) > 1, "and clips differ from one another"


def test_the_same_seed_gives_the_same_pixels() -> None:
    augment = PixelAugment(**STRENGTHS, trim=0.2, tempo=0.3)
    clips = torch.stack([still_clips(1)[:, 0].roll(i, dims=1) for i in range(6)], dim=1)
    assert torch.equal(augment(clips, seeded(3)), augment(clips, seeded(3)))
    assert not torch.equal(augment(clips, seeded(3)), augment(clips, seeded(4)))


def test_nothing_asked_for_changes_nothing() -> None:
    assert torch.equal(PixelAugment()(pictures(), seeded()), pictures())
    assert torch.equal(PixelAugment(flip=0.0, rotate=1e-6)(pictures(), seeded()), pictures())


def test_photos_are_clips_of_one_frame() -> None:
    augment = PixelAugment(**STRENGTHS)
    assert torch.equal(augment(pictures(), seeded()), augment(pictures()[:, None], seeded())[:, 0])


def test_mirrors_only_what_stays_the_same_sign() -> None:
    augment = PixelAugment(flip=1.0, directed=("left", "right"))
    may = augment.may_mirror(torch.tensor([0, 1, 2, 0, 1, 2]), ["left", "right", "up"])
    assert may.tolist() == [False, False, True] * 2
    before, after = pictures(), augment(pictures(), seeded(), may)
    assert torch.equal(after[may], before[may].flip(2))
    assert torch.equal(after[~may], before[~may])


def test_upside_down_is_off_unless_asked_for() -> None:
    assert torch.equal(PixelAugment(upside_down=1.0)(pictures(), seeded()), pictures().flip(1))


def test_brightness_and_contrast_stay_within_their_bounds() -> None:
    grey = torch.full((200, 8, 8, 3), 128, dtype=torch.uint8)
    bright = PixelAugment(brightness=0.1)(grey, seeded()).float().mean(dim=(1, 2, 3))
    assert 102 <= bright.min() < 108 and 148 < bright.max() <= 154
    grey[:, :4], grey[:, 4:] = 78, 178
    contrast = PixelAugment(contrast=0.1)(grey, seeded()).float()
    spread = contrast[:, 4:].mean(dim=(1, 2, 3)) - contrast[:, :4].mean(dim=(1, 2, 3))
    assert 89 <= spread.min() < 92 and 108 < spread.max() <= 111


def counting(frames: int = 11) -> Tensor:
    """A clip (1, F, 4, 4, 3) whose frames are 0, 10, 20, …"""
    return (10 * torch.arange(frames, dtype=torch.uint8))[None, :, None, None, None].expand(40, -1, 4, 4, 3)


def test_clips_are_trimmed_at_both_ends() -> None:
    levels = PixelAugment(trim=0.3)(counting(), seeded())[:, :, 0, 0, 0].int()
    assert (levels.diff(dim=1) >= 0).all(), "time runs on"
    assert 0 < levels[:, 0].max() <= 30 and 70 <= levels[:, -1].min() < 100


def test_a_faster_clip_ends_early_and_a_slower_one_is_cut() -> None:
    levels = PixelAugment(tempo=0.5)(counting(), seeded())[:, :, 0, 0, 0].int()
    assert (levels[:, 0] == 0).all()
    fast = levels[:, -2] == 100
    assert fast.any() and (levels[:, -1] < 90).any()


def test_parts_of_a_large_batch_are_drawn_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepsign.train.augment_pixels._AT_ONCE", 1)
    changed = PixelAugment(**STRENGTHS)(still_clips(), seeded())
    assert (changed == changed[:, :1]).all()
    assert len({clip.numpy().tobytes() for clip in changed}) == 6
