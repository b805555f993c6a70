"""Weights: networks by name, their parameters as safetensors, and a bundle's network brought back to torch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.labels import LabelMap
from deepsign.models import MODELS, SEEING
from deepsign.problems import BundleError, RecipeError
from deepsign.refusal import nearest


def build(model: recipes.Model, labels: LabelMap) -> nn.Module:
    """A fresh network; RecipeError names an unknown network or parameter and the nearest known one.

    The class count comes from the labels, and so does `moving` (the indices of signs that need motion) for networks
    that take it.
    """
    known = {**MODELS, **SEEING}
    if model.name not in known:
        raise RecipeError(f"model.name: there is no network {model.name!r}; {nearest(model.name, sorted(known))}")
    made = known[model.name]
    params: dict[str, Any] = {"classes": len(labels)}
    if "moving" in inspect.signature(made).parameters:
        params["moving"] = tuple(i for i, label in enumerate(labels) if label.needs_motion)
    params |= model.params
    check_arguments(made, params, "model.params")
    return made(**params)


def check_arguments(made: Any, params: Mapping[str, Any], section: str) -> None:
    """RecipeError for a key of the recipe's `section` that this class doesn't take, or needs and lacks."""
    accepted = inspect.signature(made).parameters
    for key in params:
        if key not in accepted:
            raise RecipeError(f"{section}.{key}: unknown key; {nearest(key, list(accepted))}")
    missing = [n for n, p in accepted.items() if p.default is p.empty and n not in params]
    if missing:
        raise RecipeError(f"{section}: {', '.join(missing)} must be given")


def to_bytes(network: nn.Module) -> bytes:
    """The state dict as safetensors."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return safetensors.torch.save(state)


def of_bundle(bundle: Bundle) -> dict[str, torch.Tensor]:
    """The state dict that a bundle holds."""
    try:
        return safetensors.torch.load((bundle.path / "weights.safetensors").read_bytes())
    except SafetensorError as error:
        raise BundleError(f"{bundle.path / 'weights.safetensors'}: can't be read ({error})") from None


def restore(bundle: Bundle) -> nn.Module:
    """The bundle's network in torch, in eval mode: rebuilt from its own recipe, its weights loaded strictly."""
    model = recipes.check(bundle.manifest.provenance.recipe, str(bundle.path)).model
    network = build(model, bundle.labels)
    try:
        network.load_state_dict(of_bundle(bundle))
    except RuntimeError as error:
        why = str(error).splitlines()[-1].strip()
        raise BundleError(f"{bundle.path}: its weights don't fit {model.name} ({why})") from None
    return network.eval()


def start_from(network: nn.Module, bundle: Bundle) -> int:
    """Copies every tensor of the bundle whose name and shape agree; returns how many. BundleError where none does."""
    own = network.state_dict()
    agreeing = {k: v for k, v in of_bundle(bundle).items() if k in own and own[k].shape == v.shape}
    if not agreeing:
        raise BundleError(f"{bundle.path}: none of its weights fit this network")
    network.load_state_dict({**own, **agreeing})
    return len(agreeing)
