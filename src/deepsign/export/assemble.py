"""Assemble: a trained network, its decision and where it came from, written as a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from deepsign import bundle as bundles
from deepsign.bundle import Bundle, Decision, Input, LabelEntry, Manifest, Network, Provenance
from deepsign.bundle_inputs import Pictures
from deepsign.clip import Clip
from deepsign.export import golden, graph, pictures, weights
from deepsign.problems import BundleError
from deepsign.recipe import Recipe

# A landmark network is downloaded by every learner's browser, and its bundle (graph and weights) stays below 4 MB.
LARGEST_GRAPH = 2_000_000


def assemble(
    target: Path,
    recipe: Recipe,
    network: nn.Module,
    decision: Decision,
    provenance: Provenance,
    examples: Sequence[Clip],
) -> Bundle:
    """Exports the network and writes the bundle; metrics.json and the card are filled in by `evaluate.publish`.

    examples  real clips in the recipe's layout, from which golden.json is made.
    Raises BundleError where the graph differs from the network or is larger than LARGEST_GRAPH bytes.
    """
    content = graph.to_onnx(network, recipe.layout)
    if len(content) > LARGEST_GRAPH:
        raise BundleError(f"{target}: the graph takes {len(content):,} bytes, more than {LARGEST_GRAPH:,}")
    given = Input(kind="landmarks", layout=recipe.layout, window=recipe.window)
    checks = golden.written(content, golden.cases_of(examples))
    return _written(target, recipe, network, given, decision, provenance, content, checks)


def assemble_pixels(
    target: Path,
    recipe: Recipe,
    network: nn.Module,
    decision: Decision,
    provenance: Provenance,
    examples: Sequence[NDArray[np.uint8]],
) -> Bundle:
    """As `assemble`, for a halved network that sees pixels; examples are pictures or clips as the recipe takes them."""
    assert recipe.pixels is not None
    content = pictures.to_onnx(network, recipe.pixels)
    given = Pictures(
        kind="image" if recipe.pixels.frames is None else "clip",
        size=recipe.pixels.size,
        fit=recipe.pixels.fit,
        frames=recipe.pixels.frames,
        window=recipe.window,
    )
    checks = pictures.written(content, pictures.cases_of(examples))
    return _written(target, recipe, network, given, decision, provenance, content, checks)


def _written(
    target: Path,
    recipe: Recipe,
    network: nn.Module,
    given: Input | Pictures,
    decision: Decision,
    provenance: Provenance,
    content: bytes,
    checks: bytes,
) -> Bundle:
    labels = recipe.labels.label_map()
    manifest = Manifest(
        schema_version=1,
        name=recipe.name,
        task=recipe.task,
        sign_language=recipe.sign_language,
        input=given,
        labels=[LabelEntry(gloss=x.gloss, say=x.say, needs_motion=x.needs_motion, still_as=x.still_as) for x in labels],
        decision=decision,
        model=Network(name=recipe.model.name, params=sum(p.numel() for p in network.parameters())),
        provenance=provenance,
        files={},
    )
    files = {
        "model.onnx": content,
        "weights.safetensors": weights.to_bytes(network, half=isinstance(given, Pictures)),
        "golden.json": checks,
        "metrics.json": b"{}\n",
        "README.md": f"# {recipe.name}\n\nNot measured yet.\n".encode(),
    }
    return bundles.write(target, manifest, files)
