"""LiteRT: a bundle's network as a .tflite file, for phones and small devices.

The converter (litert-torch) fixes the number of frames; shorter clips are padded with frames in which nothing is seen,
which every landmark network leaves out of account, so NaN is the mask.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from deepsign.bundle import Bundle
from deepsign.export import weights
from deepsign.export.golden import check_answers
from deepsign.landmarks import layout_named
from deepsign.problems import BundleError, DeepSignError
from deepsign.runtime import OUTPUTS, TFLITE, LiteRt

# Four seconds, the longest sign, at 30 a second: longer clips are thinned to as many.
FRAMES = 128
# The greatest change of a probability in golden.json: float arithmetic in another order, nothing else.
TOLERANCE = 1e-3


class _Named(nn.Module):
    """The network with its outputs by name, which .tflite signatures are made of."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> dict[str, Tensor]:
        return dict(zip(OUTPUTS, self.network(landmarks, times, aspect), strict=True))


class _Seeing(nn.Module):
    """The same of a network that sees pixels."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor) -> dict[str, Tensor]:
        return dict(zip(OUTPUTS, self.network(frames), strict=True))


def converted(bundle: Bundle, frames: int = FRAMES) -> bytes:
    """The bundle's network as .tflite: landmarks (1, frames, P, 3), times (1, frames), aspect (1,); or frames, as the
    bundle takes them, of a network that sees pixels.

    Raises DeepSignError without the converter, BundleError where the network holds what LiteRT can't express or the
    file answers otherwise than the bundle.
    """
    try:
        import litert_torch
    except ModuleNotFoundError as error:
        raise DeepSignError(
            f"export to LiteRT needs {error.name}: pip install 'deepsign[litert]' (2 GB, in an environment of its own)"
        ) from None
    network = weights.restore(bundle)
    if bundle.pictures is not None:
        given = bundle.pictures
        clip = (given.frames,) if given.frames is not None else ()
        blank = torch.full((1, *clip, given.size, given.size, 3), 128, dtype=torch.uint8)
        return _converted(bundle, litert_torch, _Seeing(network), {"frames": blank})
    points = torch.full((1, frames, len(layout_named(bundle.manifest.input.layout)), 3), 0.5)
    points[:, frames // 2 :] = torch.nan
    example = {"landmarks": points, "times": torch.arange(frames)[None] / 30, "aspect": torch.ones(1)}
    return _converted(bundle, litert_torch, _Named(network), example)


def _converted(bundle: Bundle, litert_torch: Any, network: nn.Module, example: dict[str, Tensor]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter about itself
        path = Path(folder) / f"{bundle.name}{TFLITE}"
        try:
            module = expressible(network.eval(), example)
            litert_torch.convert(module, sample_kwargs=example).export(str(path))
        except DeepSignError:
            raise
        except Exception as error:  # the converter's parts raise what they like; the last line names the operator
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise BundleError(f"{bundle.path}: LiteRT can't express this network ({said[-1][:300]})") from None
        check(bundle, path)
        return path.read_bytes()


def expressible(module: nn.Module, example: dict[str, Tensor]) -> nn.Module:
    """The same function without what the converter can't lower: squares (and the norms made of them) as products.

    LiteRT's power takes at most four dimensions; its product takes as many as it likes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about its own deprecations
        traced = torch.export.export(module, (), example).run_decompositions()
    graph = traced.graph_module.graph
    for node in list(graph.nodes):
        if node.target is torch.ops.aten.pow.Tensor_Scalar and node.args[1] == 2:
            with graph.inserting_before(node):
                product = graph.call_function(torch.ops.aten.mul.Tensor, (node.args[0], node.args[0]))
            product.meta = node.meta
            node.replace_all_uses_with(product)
            graph.erase_node(node)
    traced.graph_module.recompile()
    rewritten: nn.Module = traced.module()
    return rewritten


def check(bundle: Bundle, path: Path) -> float:
    """The greatest change of a golden probability; BundleError beyond TOLERANCE."""
    network = LiteRt(path)

    def answer(inputs: dict[str, Any]) -> Any:
        return (network.see(**inputs) if bundle.pictures else network.run(**inputs))[0][0]

    return check_answers(bundle, answer, TOLERANCE, f"{bundle.name} in LiteRT")
