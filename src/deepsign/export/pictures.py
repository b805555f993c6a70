"""Pictures: networks that see pixels, as graphs that take raw frames, and their golden answers.

Weights are rounded to half precision before the graph is made, in the graph and in weights.safetensors alike: half
the bytes, and both still agree. The arithmetic stays in full precision.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxscript import ir, optimizer
from torch import nn
from torch.export import Dim

from deepsign.bundle_inputs import golden_picture_of
from deepsign.export.graph import OPSET, OUTPUTS, TOLERANCE, clean, quiet, session_of
from deepsign.problems import BundleError
from deepsign.recipe import Pixels

INPUT = "frames"
# Smaller tensors (biases, scales) cost more in nodes than half precision saves.
_SMALLEST = 256


def shape_of(pixels: Pixels, batch: int) -> tuple[int, ...]:
    """What a graph takes: (B, size, size, 3), of clips (B, frames, size, size, 3)."""
    clip = (pixels.frames,) if pixels.frames is not None else ()
    return (batch, *clip, pixels.size, pixels.size, 3)


def halved(network: nn.Module) -> nn.Module:
    """A copy whose large weights are numbers of half precision, kept in full."""
    network = copy.deepcopy(network).cpu().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.numel() >= _SMALLEST:
                parameter.copy_(parameter.half().float())
    return network


def to_onnx(network: nn.Module, pixels: Pixels) -> bytes:
    """A halved network as ONNX: frames uint8 → logits (B, C), embedding (B, E); B is free.

    Raises BundleError where onnxruntime's answers differ from torch's by more than TOLERANCE.
    """
    example = torch.from_numpy(_random(np.random.default_rng(0), pixels, 3))
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            network,
            (example,),
            path,
            input_names=[INPUT],
            output_names=OUTPUTS,
            dynamic_shapes=({0: Dim("batch", min=1)},),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            optimize=False,  # it would fold batch normalisation into weights, which are then no halves any more
            verbose=False,
        )
        content = clean(_half_weights(_folded(path)))
    check_parity(network, content, pixels)
    return content


def check_parity(network: nn.Module, content: bytes, pixels: Pixels) -> float:
    """The greatest difference between torch's and onnxruntime's outputs on random pictures, in batches of one and two.

    Logits by their largest difference, as a share of the largest logit where that is over 1; an embedding by the
    length of the difference as a share of its own length, for embeddings are compared by direction: a unit that was
    silent while training is scaled up 300 times by batch normalisation, and with it how a runtime rounds.
    Raises BundleError beyond TOLERANCE, and where either gives a NaN.
    """
    rng, session, worst = np.random.default_rng(1), session_of(content), 0.0
    for batch in (1, 2):
        frames = _random(rng, pixels, batch)
        with torch.no_grad():
            expected = [o.numpy() for o in network(torch.from_numpy(frames))]
        for name, a, b in zip(OUTPUTS, expected, session.run(list(OUTPUTS), {INPUT: frames}), strict=True):
            difference = _apart(a, b) if name == "logits" else _turned(a, b)
            if not difference <= TOLERANCE:  # a NaN fails too
                raise BundleError(f"the exported graph's {name} differ from the network's by {difference:.2g}")
            worst = max(worst, difference)
    return worst


def _apart(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """The largest difference of any value, as a share of the largest value where that is over 1."""
    return float(np.abs(expected - found).max() / max(1.0, np.abs(expected).max()))


def _turned(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """The greatest length of a row's difference, as a share of the row's length where that is over 1."""
    lengths = np.maximum(1.0, np.linalg.norm(expected, axis=1))
    return float((np.linalg.norm(expected - found, axis=1) / lengths).max())


def cases_of(examples: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Inputs for golden.json: a few real ones, one of them mirrored, and one that is grey all over."""
    few = list(examples[: 4 if examples[0].ndim == 3 else 1])
    return [*few, np.ascontiguousarray(few[0][..., ::-1, :]), np.full_like(few[0], 128)]


def written(content: bytes, cases: Sequence[NDArray[np.uint8]]) -> bytes:
    """golden.json for a graph: each input with the logits that the graph gives."""
    session = session_of(content)
    found = [golden_picture_of(case, session.run(["logits"], {INPUT: case[None]})[0][0]).model_dump() for case in cases]
    return json.dumps(found, separators=(",", ":")).encode()


def _random(rng: np.random.Generator, pixels: Pixels, batch: int) -> NDArray[np.uint8]:
    return rng.integers(0, 256, shape_of(pixels, batch), dtype=np.uint8)


def _folded(path: Path) -> onnx.ModelProto:
    """The graph with whatever depends on no input worked out, but batch normalisation left as it is."""
    model = ir.load(path)
    optimizer.inline(model)
    optimizer.fold_constants(model)
    optimizer.remove_unused_nodes(model)
    return ir.to_proto(model)


def _half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Large weights as half precision with a cast behind each; onnxruntime undoes it once, when it opens the graph."""
    graph = model.graph
    casts = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        half = values.astype(np.float16) if values.dtype == np.float32 else values
        # What isn't exactly a number of half precision (a folded constant) stays as it is.
        if values.dtype != np.float32 or values.size < _SMALLEST or not np.array_equal(half.astype(np.float32), values):
            continue
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(half, f"{weight.name}.half"))
        casts.append(helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model
