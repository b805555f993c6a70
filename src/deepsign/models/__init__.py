"""The networks: each takes landmarks as they were perceived, or raw pixels, and gives logits and an embedding.

A new network is a file here, a line in MODELS and a recipe.
"""

from __future__ import annotations

from torch import nn

from deepsign.models.cnn_bilstm import CnnBiLstm
from deepsign.models.efficientnet import EfficientNetLite0Glances, EfficientNetLite0Signs
from deepsign.models.handshape import Handshape
from deepsign.models.handshape_cnn import HandshapeCnn, HandshapeCnns
from deepsign.models.mobilenet import MobileNetV2Signs
from deepsign.models.mobilenet3d import MobileNet3d
from deepsign.models.resnet import ResNet50Signs
from deepsign.models.sign_net import SignNet, SignParts, SignTiny

MODELS: dict[str, type[nn.Module]] = {
    "handshape": Handshape,
    "sign_net": SignNet,
    "sign_parts": SignParts,
    "sign_tiny": SignTiny,
}

# Networks that see pixels (`deepsign.models.seeing.Seeing`), images first, then clips.
SEEING: dict[str, type[nn.Module]] = {
    "handshape_cnn": HandshapeCnn,
    "handshape_cnns": HandshapeCnns,
    "resnet50": ResNet50Signs,
    "mobilenet_v2": MobileNetV2Signs,
    "efficientnet_lite0": EfficientNetLite0Signs,
    "efficientnet_lite0_glances": EfficientNetLite0Glances,
    "cnn_bilstm": CnnBiLstm,
    "mobilenet3d": MobileNet3d,
}
