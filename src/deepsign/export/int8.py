"""Int8: a graph whose large weights are 8-bit whole numbers, a quarter of the size; it computes in float as before.

Weights alone, because that loses least: with 8-bit activations as well, letters in motion lost six points in a hundred
(docs/results/export.json has what this form loses), and no form was faster on a CPU than the float graph.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from deepsign.bundle import Bundle
from deepsign.export.golden import check_answers
from deepsign.export.graph import session_of

# Smaller tensors cost more in scales and in exactness than they save.
_SMALLEST = 1024
# The greatest change of a probability in golden.json that still is the same network.
TOLERANCE = 0.05


def quantized(content: bytes) -> bytes:
    """The graph with each large weight of a Conv, Gemm, MatMul or LSTM in int8, one scale for each output channel."""
    model = onnx.load_from_string(content)
    graph = model.graph
    channels = {node.input[1]: _channel_axis(node) for node in graph.node if node.op_type in {"Conv", "Gemm", "MatMul"}}
    _widen(graph)
    # (…, gates, inputs or state)
    channels |= dict.fromkeys(_behind_lstms(graph), -2)
    opened = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if weight.name not in channels or values.size < _SMALLEST or values.dtype != np.float32:
            continue
        axis = channels[weight.name] % values.ndim
        whole, scale = _whole(values, axis)
        names = [f"{weight.name}.int8", f"{weight.name}.scale"]
        graph.initializer.remove(weight)
        graph.initializer.extend([numpy_helper.from_array(whole, names[0]), numpy_helper.from_array(scale, names[1])])
        opened.append(helper.make_node("DequantizeLinear", names, [weight.name], name=f"{names[0]}.open", axis=axis))
    nodes = [*opened, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    made: bytes = model.SerializeToString(deterministic=True)
    return made


def _behind_lstms(graph: onnx.GraphProto) -> set[str]:
    """All that LSTMs' weights are put together from: torch orders the gates otherwise, so they are cut and joined."""
    made_by = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    left = [name for node in graph.node if node.op_type == "LSTM" for name in node.input[1:3]]
    while left:
        name = left.pop()
        found.add(name)
        if name in made_by:
            left += [one for one in made_by[name].input if one not in found]
    return found


def _widen(graph: onnx.GraphProto) -> None:
    """Weights that are kept in half precision behind a cast (`deepsign.export.pictures`) become whole ones again."""
    casts = {node.input[0]: node for node in graph.node if node.op_type == "Cast"}
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float16 and weight.name in casts:
            cast = casts[weight.name]
            graph.initializer.remove(weight)
            graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), cast.output[0]))
            graph.node.remove(cast)


def check(bundle: Bundle, content: bytes) -> float:
    """The greatest change of a golden probability; BundleError beyond TOLERANCE."""
    session = session_of(content)
    return check_answers(
        bundle, lambda inputs: session.run(["logits"], inputs)[0][0], TOLERANCE, f"{bundle.name} in int8"
    )


def _channel_axis(node: onnx.NodeProto) -> int:
    """Which axis of the weight counts the outputs."""
    if node.op_type == "Conv":
        return 0
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    return 0 if node.op_type == "Gemm" and transposed else -1


def _whole(values: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    rest = tuple(i for i in range(values.ndim) if i != axis)
    scale = np.maximum(np.abs(values).max(axis=rest), 1e-12) / 127
    return np.round(values / np.expand_dims(scale, rest)).astype(np.int8), scale.astype(np.float32)
