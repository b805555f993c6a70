"""Apart: a network that learnt the parts of "not a sign I know" as labels of their own, and answers with one.

One class for all that is no sign (26 fingerspelled letters, say) is many places in the embedding, which a single
prototype covers badly; and what tells the letters apart helps to tell signs apart (EXPERIMENTS.md, S14).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Apart(nn.Module):
    """`network`, whose logits (B, C + parts) become (B, C): the last label and the parts behind it are summed up.

    Once it has learnt, it can be told how near to a sign a clip must lie (`place`, `deepsign.train.open_set`):

    centres    (C − 1, E) the mean embedding of each sign's clips, of length 1; zeros for a sign without any. (C − 1, 0)
               until then, and then the network's logits stand as they are.
    sharpness  multiplies every logit.
    nearness   what a clip's cosine to a sign's centre counts for the sign's logit.
    offset     what is added to the last logit.
    """

    centres: Tensor
    sharpness: Tensor
    nearness: Tensor
    offset: Tensor

    def __init__(self, network: nn.Module, labels: int) -> None:
        super().__init__()
        self.network = network
        self._labels = labels
        self.signs = labels - 1
        self.register_buffer("centres", torch.zeros(labels - 1, 0), persistent=False)
        for name in ("sharpness", "nearness", "offset"):
            self.register_buffer(name, torch.zeros(()), persistent=False)

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, C) and the embedding (B, E), as the network alone gives them."""
        logits, embedding = self.network(landmarks, times, aspect)
        logits = self.together(logits)
        if self.centres.shape[1]:
            logits = self.sharpness * logits
            alike = F.normalize(embedding, dim=1) @ self.centres.T
            logits = torch.cat([logits[:, :-1] + self.nearness * (alike - 1), logits[:, -1:] + self.offset], dim=1)
        return logits, embedding

    def together(self, logits: Tensor) -> Tensor:
        """(B, C + parts) → (B, C): probabilities of the last label and its parts are added."""
        last = self._labels - 1
        none = logits[:, last:].logsumexp(dim=1, keepdim=True)
        return torch.cat([logits[:, :last], none], dim=1)

    def place(self, centres: Tensor, sharpness: float, nearness: float, offset: float) -> None:
        """Sets what stands above, and keeps it with the weights from now on."""
        self.register_buffer("centres", centres.float())
        for name, value in (("sharpness", sharpness), ("nearness", nearness), ("offset", offset)):
            self.register_buffer(name, torch.tensor(value))

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Weights that were placed bring their centres; those of a network that was not have none."""
        if (centres := state.get(f"{prefix}centres")) is not None:
            self.place(torch.zeros_like(centres), 0.0, 0.0, 0.0)
        super()._load_from_state_dict(state, prefix, *rest)


def whole(network: nn.Module) -> nn.Module:
    """The network that learns: with every label apart."""
    return network.network if isinstance(network, Apart) else network
