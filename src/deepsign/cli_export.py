"""`deepsign export`: a bundle's network as a file for other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from deepsign.terminal import needs


def export(bundle: str, /, *, to: Literal["onnx", "int8", "litert"] = "onnx", out: Path | None = None) -> None:
    """A bundle's network as a file for other runtimes, checked against the bundle's golden answers.

    deepsign predict clip.mp4 --runtime FILE runs it.

    Parameters
    ----------
    bundle
        A bundle's name or folder.
    to
        The format: ONNX as it ships, ONNX of 8-bit weights, or LiteRT (.tflite; needs deepsign[litert]).
    out
        The file to write; NAME.onnx, NAME.int8.onnx or NAME.tflite in the current folder by default.
    """
    with needs("litert" if to == "litert" else "train"):
        from deepsign.export import export as write

        print(write(bundle, to, out))
