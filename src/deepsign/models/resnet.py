"""ResNet50 with torchvision's parameter names, so that its published weights load as they are.

He et al., "Deep residual learning for image recognition" (CVPR 2016); the stride of a block is in its 3 × 3
convolution, as in torchvision ("v1.5").
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from deepsign.models.seeing import IMAGENET
from deepsign.models.transfer import Backbone, Transfer, through

_BLOCKS = (3, 4, 6, 3)
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1 × 1 down, 3 × 3, 1 × 1 up, and the input beside it."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = width * _EXPANSION
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, after, 1, bias=False), nn.BatchNorm2d(after)
        beside = nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after))
        self.downsample = beside if stride != 1 or before != after else None

    def forward(self, maps: Tensor) -> Tensor:
        """(B, before, h, w) → (B, 4 · width, h / stride, w / stride)."""
        made = F.relu(self.bn1(self.conv1(maps)))
        made = F.relu(self.bn2(self.conv2(made)))
        made = self.bn3(self.conv3(made))
        return F.relu(made + (self.downsample(maps) if self.downsample is not None else maps))


class ResNet50(Backbone):
    """The backbone; with `classes` also the last layer, `fc`, that published weights have."""

    channels = 512 * _EXPANSION

    def __init__(self, classes: int | None = None) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64)
        self.relu, self.maxpool = nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)
        before, layers = 64, []
        for at, count in enumerate(_BLOCKS):
            width = 64 * 2**at
            first = Bottleneck(before, width, 1 if at == 0 else 2)
            before = width * _EXPANSION
            layers.append(nn.Sequential(first, *(Bottleneck(before, width, 1) for _ in range(count - 1))))
        self.layer1, self.layer2, self.layer3, self.layer4 = layers
        self.fc = nn.Linear(before, classes) if classes else None

    def parts(self) -> list[nn.Module]:
        """The stem in four, then 16 blocks."""
        layers = (self.layer1, self.layer2, self.layer3, self.layer4)
        return [self.conv1, self.bn1, self.relu, self.maxpool, *(block for layer in layers for block in layer)]

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 3, H, W), normalised → the published logits where there is a last layer, else the maps."""
        maps = through(self.parts(), picture)
        return self.fc(maps.mean(dim=(-2, -1))) if self.fc is not None else maps


class ResNet50Signs(Transfer):
    """ResNet50 with a head for signs: see `Transfer`. By itself the last block learns, and the head's two layers."""

    def __init__(
        self, classes: int, learning: int | None = 1, hidden: Sequence[int] = (1024, 512), dropout: float = 0.4
    ) -> None:
        super().__init__(classes, ResNet50(), IMAGENET, learning, hidden, dropout, greatest=True)
