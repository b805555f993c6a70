"""MobileNetV2 with torchvision's parameter names, for pictures and, from the same class, for clips.

Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (CVPR 2018). Over clips as in Köpüklü et al.,
"Resource efficient 3D convolutional neural networks" (ICCVW 2019): time is halved with the picture, but not at first.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from deepsign.models.seeing import IMAGENET
from deepsign.models.transfer import Backbone, Transfer

# Expansion, channels, blocks, stride of the first block.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_LAST = 1280
_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


class InvertedResidual(nn.Module):
    """1 × 1 up, 3 × 3 each channel by itself, 1 × 1 down; the input beside it where the shapes agree."""

    def __init__(self, before: int, after: int, stride: int, expand: int, dims: int, *, still: bool = False) -> None:
        super().__init__()
        wide = before * expand
        up = [_conv(before, wide, 1, 1, 1, dims)] if expand != 1 else []
        self.conv = nn.Sequential(
            *up,
            _conv(wide, wide, 3, stride, wide, dims, still=still),
            _CONV[dims](wide, after, 1, bias=False),
            _NORM[dims](after),
        )
        self.beside = stride == 1 and before == after

    def forward(self, maps: Tensor) -> Tensor:
        """(B, before, …) → (B, after, …)."""
        made: Tensor = self.conv(maps)
        return maps + made if self.beside else made


class MobileNetV2(Backbone):
    """The backbone; with `classes` also the last layer, `classifier`, that published weights have.

    width  times the channels of every layer, made multiples of 8; the last map never has fewer than 1280 for pictures.
    dims   2 for pictures (B, 3, H, W), 3 for clips (B, 3, F, H, W).
    still  of clips, how many of the five halvings leave time alone. With few frames things jump far from one to the
           next: which way is only seen where the map is small and time still whole.
    """

    def __init__(self, classes: int | None = None, width: float = 1.0, dims: int = 2, still: int = 1) -> None:
        super().__init__()
        before = _round(32 * width)
        layers: list[nn.Module] = [_conv(3, before, 3, 2, 1, dims, still=still > 0)]
        halved = 1
        for expand, channels, count, stride in _STAGES:
            after = _round(channels * width)
            halved += stride > 1
            for at in range(count):
                layers.append(
                    InvertedResidual(before, after, stride if at == 0 else 1, expand, dims, still=halved <= still)
                )
                before = after
        self.channels = _round(_LAST * (max(1.0, width) if dims == 2 else width))
        self.features = nn.Sequential(*layers, _conv(before, self.channels, 1, 1, 1, dims))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(self.channels, classes)) if classes else None

    def parts(self) -> list[nn.Module]:
        """19 of them."""
        return list(self.features)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 3, …), normalised → the published logits where there is a last layer, else the maps."""
        maps: Tensor = self.features(picture)
        return self.classifier(maps.flatten(2).mean(dim=2)) if self.classifier is not None else maps


class MobileNetV2Signs(Transfer):
    """MobileNetV2 with a head for signs: see `Transfer`. By itself its last three parts learn."""

    def __init__(
        self,
        classes: int,
        learning: int | None = 3,
        hidden: Sequence[int] = (256,),
        dropout: float = 0.3,
        width: float = 1.0,
    ) -> None:
        super().__init__(classes, MobileNetV2(width=width), IMAGENET, learning, hidden, dropout, greatest=False)


def _conv(
    before: int, after: int, kernel: int, stride: int, groups: int, dims: int, *, still: bool = False
) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU6; `still` keeps the stride from time."""
    strides = (1, *[stride] * (dims - 1)) if still and dims == 3 else (stride,) * dims
    return nn.Sequential(
        _CONV[dims](before, after, kernel, stride=strides, padding=kernel // 2, groups=groups, bias=False),  # type: ignore[arg-type]
        _NORM[dims](after),
        nn.ReLU6(),
    )


def _round(channels: float) -> int:
    """To a multiple of 8, at most a tenth less: torchvision's rule, without which no published width loads."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near if near >= 0.9 * channels else near + 8
