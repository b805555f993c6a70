"""A toy bundle whose answer anyone can foresee: A for a wrist right of the middle, B left of it, none in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.bundle_inputs import golden_of
from deepsign.clip import Clip, stack
from deepsign.landmarks import HAND, HANDS_POSE

WRIST = 21  # the right hand's wrist in the hands layout


def toy_graph() -> bytes:
    """logits = (20 (x − ½), 20 (½ − x), 1.5) with x the last seen wrist's mean; embedding = x."""

    def constant(name: str, value: object, kind: type = np.float32) -> onnx.TensorProto:
        return numpy_helper.from_array(np.array(value, dtype=kind), name)

    constants = [
        constant("wrist", [WRIST], np.int64),
        constant("x_at", [0], np.int64),
        constant("zero", 0.0),
        constant("one", 1.0),
        constant("flat", [0, -1], np.int64),
        constant("axis", [1], np.int64),
        constant("half", 0.5),
        constant("steep", [[20.0, -20.0, 0.0]]),
        constant("bias", [[0.0, 0.0, 1.5]]),
    ]
    steps = [
        ("Gather", ["landmarks", "wrist"], "points", {"axis": 2}),
        ("Gather", ["points", "x_at"], "xs", {"axis": 3}),
        ("Reshape", ["xs", "flat"], "x", {}),
        ("IsNaN", ["x"], "missing", {}),
        ("Where", ["missing", "zero", "x"], "clean", {}),
        ("Where", ["missing", "zero", "one"], "count", {}),
        ("ReduceSum", ["clean", "axis"], "sum", {"keepdims": 1}),
        ("ReduceSum", ["count", "axis"], "n", {"keepdims": 1}),
        ("Max", ["n", "one"], "at_least_one", {}),
        ("Div", ["sum", "at_least_one"], "embedding", {}),
        ("Sub", ["embedding", "half"], "off", {}),
        ("Mul", ["off", "steep"], "sloped", {}),
        ("Add", ["sloped", "bias"], "logits_only", {}),
        # times and aspect are inputs of every landmark graph; this one adds nothing of them.
        ("ReduceSum", ["times", "axis"], "time_sum", {"keepdims": 1}),
        ("Mul", ["time_sum", "zero"], "no_time", {}),
        ("ReduceSum", ["aspect"], "aspect_sum", {"keepdims": 0}),
        ("Mul", ["aspect_sum", "zero"], "no_aspect", {}),
        ("Add", ["logits_only", "no_time"], "with_time", {}),
        ("Add", ["with_time", "no_aspect"], "logits", {}),
    ]
    nodes = [helper.make_node(op, inputs, [out], **attributes) for op, inputs, out, attributes in steps]
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("landmarks", floats, ["batch", "frames", 42, 3]),
            helper.make_tensor_value_info("times", floats, ["batch", "frames"]),
            helper.make_tensor_value_info("aspect", floats, ["batch"]),
        ],
        [
            helper.make_tensor_value_info("logits", floats, ["batch", 3]),
            helper.make_tensor_value_info("embedding", floats, ["batch", 1]),
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def toy_manifest(**changes: object) -> bundles.Manifest:
    """bundle.json of the toy; `changes` replace top-level keys."""
    raw: dict[str, object] = {
        "schema_version": 1,
        "name": "toy",
        "task": "handshape",
        "sign_language": "ase",
        "input": {"kind": "landmarks", "layout": "hands", "window": 0.5},
        "labels": [
            {"gloss": "A", "say": "A", "needs_motion": False, "still_as": None},
            {"gloss": "B", "say": "B", "needs_motion": False, "still_as": None},
            {"gloss": "none", "say": "none", "needs_motion": False, "still_as": None},
        ],
        "decision": {
            "temperature": 1.0,
            "reject_below": 0.5,
            "none_gloss": "none",
            "per_sign_accept": {"A": 0.9},
            "false_accept": 0.05,
            "top_k": 3,
        },
        "model": {"name": "toy", "params": 6},
        "provenance": {
            "recipe": {},
            "seed": 0,
            "commit": "none",
            "manifest_sha256": "none",
            "split": "none",
            "signer_disjoint": True,
            "data": [],
        },
        "files": {},
    }
    return bundles.Manifest.model_validate({**raw, **changes})


def toy_bundle(folder: Path, **changes: object) -> Bundle:
    """The toy written as a bundle into this folder, with one golden case."""
    import json

    clip = hand_clip([0.9])
    landmarks, times, aspect = stack([in_hands(clip)])
    golden = golden_of(landmarks[0], times[0], float(aspect[0]), np.array([8.0, -8.0, 1.5], np.float32))
    return bundles.write(
        folder,
        toy_manifest(**changes),
        {
            "model.onnx": toy_graph(),
            "weights.safetensors": b"",
            "golden.json": json.dumps([golden.model_dump()]).encode(),
            "metrics.json": b"{}",
            "README.md": b"# toy\n",
        },
    )


def moving_graph() -> bytes:
    """The toy's graph for hands and body: it looks at the right hand's wrist there."""
    model = onnx.load_model_from_string(toy_graph())
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = len(HANDS_POSE)
    for constant in model.graph.initializer:
        if constant.name == "wrist":
            wrist = np.array([HANDS_POSE.index["right_hand.wrist"]], dtype=np.int64)
            constant.CopyFrom(numpy_helper.from_array(wrist, "wrist"))
    return bytes(model.SerializeToString())


def moving_bundle(folder: Path, **changes: object) -> Bundle:
    """The toy of signs that move, written as a bundle into this folder."""
    spec = {"kind": "landmarks", "layout": HANDS_POSE.name, "window": 4.0}
    files = dict.fromkeys(bundles.FILES, b"{}") | {"model.onnx": moving_graph(), "golden.json": b"[]"}
    return bundles.write(folder, toy_manifest(**{"task": "isolated", "input": spec, **changes}), files)


def hand_clip(xs: list[float | None], fps: float = 20) -> Clip:
    """A clip of one hand whose wrist stands at these x, one a frame; None where no hand is seen."""
    points = np.full((len(xs), len(HAND), 3), np.nan, dtype=np.float32)
    for frame, x in zip(points, xs, strict=True):
        if x is not None:
            frame[:] = [x, 0.5, 0.0]
            frame[1:, 1] -= np.linspace(0.05, 0.3, len(HAND) - 1)
    return Clip.from_landmarks(points, "hand", fps=fps, source="made.npz")


def in_hands(clip: Clip) -> Clip:
    """The clip in the layout of two hands."""
    from deepsign.landmarks import convert

    assert clip.landmarks is not None
    return clip.with_landmarks(convert(clip.landmarks, "hand", "hands"), "hands")
