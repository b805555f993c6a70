"""Graph: a trained network as an ONNX file that gives the same bytes each time it is made."""

from __future__ import annotations

import copy
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import nn
from torch.export import Dim

from deepsign.landmarks import layout_named
from deepsign.problems import BundleError

# onnxruntime-web's wasm build runs opset 18 (it has since 1.14), and torch's exporter writes it without converting.
OPSET = 18
# Two runtimes may add in another order; more than this is another function.
TOLERANCE = 1e-4
INPUTS, OUTPUTS = ("landmarks", "times", "aspect"), ("logits", "embedding")


def to_onnx(network: nn.Module, layout: str) -> bytes:
    """The network as ONNX: landmarks (B, T, P, 3), times (B, T), aspect (B,) → logits (B, C), embedding (B, E).

    B and T are free. Raises BundleError where onnxruntime's answers differ from torch's by more than TOLERANCE.
    """
    network = copy.deepcopy(network).cpu().eval()
    batch, frames = Dim("batch", min=1), Dim("frames", min=1)
    # Sizes that nothing in a network has, or torch.export takes a free dimension for that fixed one.
    landmarks, times, aspect = random_input(np.random.default_rng(0), 3, 7, len(layout_named(layout)))
    arguments = tuple(torch.from_numpy(a) for a in (landmarks, times, aspect))
    shapes = ({0: batch, 1: frames}, {0: batch, 1: frames}, {0: batch})
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            network,
            arguments,
            path,
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        content = clean(onnx.load(path))
    check_parity(network, content, layout)
    return content


def check_parity(network: nn.Module, content: bytes, layout: str) -> float:
    """The greatest difference between torch's and onnxruntime's outputs on random hands with gaps.

    Stills and clips, batches of one and of several, hands missing, frames missing, and 2-D data (z is NaN).
    Raises BundleError beyond TOLERANCE, and where either gives a NaN.
    """
    rng = np.random.default_rng(1)
    session = session_of(content)
    worst = 0.0
    for batch, frames in ((1, 1), (3, 1), (1, 2), (2, 7), (4, 33)):
        inputs = random_input(rng, batch, frames, len(layout_named(layout)))
        with torch.no_grad():
            expected = [o.numpy() for o in network(*(torch.from_numpy(a) for a in inputs))]
        found = session.run(list(OUTPUTS), dict(zip(INPUTS, inputs, strict=True)))
        for name, a, b in zip(OUTPUTS, expected, found, strict=True):
            difference = float(np.abs(a - b).max())
            if not difference <= TOLERANCE:  # a NaN fails too
                raise BundleError(
                    f"the exported graph's {name} differ from the network's by {difference:.2g} "
                    f"for {batch} clips of {frames} frames (at most {TOLERANCE:g})"
                )
            worst = max(worst, difference)
    return worst


def random_input(
    rng: np.random.Generator, batch: int, frames: int, points: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """landmarks (B, T, P, 3), times (B, T) in s and aspect (B,) with every kind of gap that real data has."""
    landmarks = rng.uniform(0.1, 0.9, (batch, frames, points, 3)).astype(np.float32)
    landmarks[rng.random((batch, frames)) < 0.2] = np.nan
    landmarks[rng.random((batch, frames, points)) < 0.05] = np.nan
    landmarks[rng.random(batch) < 0.3, ..., 2] = np.nan
    landmarks[rng.random(batch) < 0.3, :, : points // 2] = np.nan
    times = np.cumsum(rng.uniform(0.02, 0.08, (batch, frames)), axis=1).astype(np.float32)
    return landmarks, times - times[:, :1], rng.uniform(0.5, 1.8, batch).astype(np.float32)


def session_of(content: bytes) -> ort.InferenceSession:
    """The graph opened as the recognizer opens it: one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def clean(model: onnx.ModelProto) -> bytes:
    """Without what the exporter notes about itself: source paths and line numbers differ from machine to machine."""
    onnx.checker.check_model(model)
    del model.metadata_props[:]
    model.doc_string, model.producer_version = "", ""
    model.graph.doc_string = ""
    for noted in (
        *model.graph.node,
        *model.graph.initializer,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        model.graph,
        *model.functions,
        *(node for function in model.functions for node in function.node),
    ):
        del noted.metadata_props[:]
        noted.doc_string = ""
    content: bytes = model.SerializeToString(deterministic=True)
    return content


@contextmanager
def quiet() -> Iterator[None]:
    """Torch's exporter warns of its own deprecations and logs each pass; nothing of it is for the person training."""
    loud = [logging.getLogger(name) for name in ("onnxscript", "torch.onnx", "onnx_ir")]
    levels = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loud, levels, strict=True):
            logger.setLevel(level)
