"""Apart: a network that learnt the parts of "not a sign I know" as labels of their own, and answers with one.

One class for all that is no sign (26 fingerspelled letters, say) is many places in the embedding, which a single
prototype covers badly; and what tells the letters apart helps to tell signs apart (EXPERIMENTS.md, S14).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Apart(nn.Module):
    """`network`, whose logits (B, C + parts) become (B, C): the last label and the parts behind it are summed up.

    even    keeps `offset` with the weights.
    offset  is added to the last logit once the network has learnt; 0 until then (`deepsign.train.decide.fit_even`).
    """

    offset: Tensor

    def __init__(self, network: nn.Module, labels: int, *, even: bool = False) -> None:
        super().__init__()
        self.network = network
        self._labels = labels
        self.register_buffer("offset", torch.zeros(()), persistent=even)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, C) and the embedding (B, E), as the network alone gives them."""
        logits, embedding = self.network(landmarks, times, aspect)
        return self.together(logits), embedding

    def together(self, logits: Tensor) -> Tensor:
        """(B, C + parts) → (B, C): probabilities of the last label and its parts are added."""
        last = self._labels - 1
        none = logits[:, last:].logsumexp(dim=1, keepdim=True) + self.offset
        return torch.cat([logits[:, :last], none], dim=1)


def whole(network: nn.Module) -> nn.Module:
    """The network that learns: with every label apart."""
    return network.network if isinstance(network, Apart) else network


def with_offset(network: nn.Module, offset: float) -> nn.Module:
    """The network, its last logit moved by `offset`; only one that keeps its offset can be moved."""
    if isinstance(network, Apart):
        network.offset.fill_(offset)
    return network
