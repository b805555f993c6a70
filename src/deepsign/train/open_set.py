"""Open set: how near a clip must lie to what was learnt of a sign, and how likely "no sign" is, fitted to strangers.

A network is sure of the sign that is nearest, however far away; the distance in its embedding says more of what it
never saw than its probabilities do (EXPERIMENTS.md, S30). Together with the temperature they are one linear model of
the logits: the fit has one minimum, and stands in the exported graph (`deepsign.models.apart.Apart`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from deepsign.bundle import Decision
from deepsign.models.apart import Apart
from deepsign.recipe import Recipe
from deepsign.train.decide import decide

Floats = NDArray[np.float64]

_STEPS = 200
# Clips that can be told apart without one mistake would make all three grow without end; ordinary ones don't feel it.
_RIDGE = 1e-4


@dataclass(frozen=True)
class Judged:
    """What a network says of people that it never learnt from.

    logits (N, C); alike (N, C − 1) cosines to each sign's centre, which `decide.open_set` alone asks for; target (N,)
    labels, the last for no sign, some `deepsign.train.decide.stranger`; people (N,) who signs.
    """

    logits: Floats
    alike: Floats
    target: NDArray[np.integer]
    people: Sequence[str]


@dataclass(frozen=True)
class Placing:
    """`sharpness`, `nearness` and `offset` as `Apart` takes them: its logits then need no temperature."""

    sharpness: float
    nearness: float
    offset: float

    def of(self, judged: Judged) -> Floats:
        """The logits (N, C) as the placed network gives them."""
        moved = self.sharpness * judged.logits
        signs = moved[:, :-1] + self.nearness * (judged.alike - 1)
        return np.concatenate([signs, moved[:, -1:] + self.offset], axis=1)


@dataclass(frozen=True)
class Decided:
    """A bundle's decision, and how its network is to be placed; None for a recipe without `decide.open_set`."""

    decision: Decision
    placing: Placing | None

    def place(self, network: nn.Module, embedding: NDArray[np.floating], target: NDArray[np.integer]) -> nn.Module:
        """The network, placed by the embeddings (N, E) of the clips that it learnt and their labels (N,)."""
        if self.placing is not None:
            assert isinstance(network, Apart)
            centres = centres_of(embedding, target, network.signs)
            network.place(torch.from_numpy(centres), self.placing.sharpness, self.placing.nearness, self.placing.offset)
        return network


def decided(judged: Judged, recipe: Recipe) -> Decided:
    """What fits these answers, by the recipe's rule."""
    labels, none, rule = recipe.labels.label_map(), recipe.labels.none, recipe.decide
    if not rule.open_set:
        return Decided(decide(judged.logits, judged.target, judged.people, labels, none, rule), None)
    placing = fit(judged)
    return Decided(
        decide(placing.of(judged), judged.target, judged.people, labels, none, rule, temperature=1.0), placing
    )


def centres_of(embedding: NDArray[np.floating], target: NDArray[np.integer], signs: int) -> Floats:
    """(signs, E) the mean of each sign's embeddings (N, E), all of length 1; zeros for a sign without any."""
    unit = embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-12)
    sums = np.zeros((signs, unit.shape[1]))
    known = target < signs
    np.add.at(sums, target[known], unit[known])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


def alike(embedding: NDArray[np.floating], centres: Floats) -> Floats:
    """(N, signs) cosines of embeddings (N, E) to each centre."""
    unit = embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ centres.T)


def fit(judged: Judged) -> Placing:
    """The placing with the least negative log-likelihood, every label weighing the same whatever its number of clips.

    "No sign" is one label of them, half of it clips of no sign and half clips of strangers' signs, where there are any:
    training shows far more of it than of any sign, so that it is learnt, and that says nothing of how often it is met.
    """
    last = judged.logits.shape[1] - 1
    told = np.where(judged.target < 0, last + 1, judged.target)
    counts = np.bincount(told, minlength=last + 2)
    shares = np.ones(last + 2)
    if counts[last] and counts[last + 1]:
        shares[last:] = 0.5
    weights = torch.from_numpy((shares / np.maximum(counts, 1))[told])
    target = torch.from_numpy(np.minimum(told, last).astype(np.int64))
    logits, near = torch.from_numpy(judged.logits), torch.from_numpy(judged.alike) - 1
    found = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([found], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        moved = torch.cat([found[0] * logits[:, :-1] + found[1] * near, found[0] * logits[:, -1:] + found[2]], dim=1)
        value = (
            weights * F.cross_entropy(moved, target, reduction="none")
        ).sum() / weights.sum() + _RIDGE * found.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    sharpness, nearness, offset = (float(value) for value in found.detach())
    return Placing(max(sharpness, 0.0), max(nearness, 0.0), offset)
