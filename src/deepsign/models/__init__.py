"""The networks: each takes landmarks as they were perceived, and gives logits and an embedding.

A new network is a file here, a line in MODELS and a recipe.
"""

from __future__ import annotations

from torch import nn

from deepsign.models.handshape import Handshape
from deepsign.models.sign_net import SignNet, SignParts, SignTiny

MODELS: dict[str, type[nn.Module]] = {
    "handshape": Handshape,
    "sign_net": SignNet,
    "sign_parts": SignParts,
    "sign_tiny": SignTiny,
}
