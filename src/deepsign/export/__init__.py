"""Export: a trained network to ONNX, to a bundle, and out of a bundle to other runtimes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from deepsign import bundle as bundles
from deepsign.problems import InputError


def export(bundle: str | Path, to: str = "onnx", out: str | Path | None = None) -> Path:
    """Writes a bundle's network in the format `to`, checked against the bundle's golden answers; returns the file.

    out  the file; NAME.onnx in the current folder by default. It is written beside and renamed.
    Raises BundleError for a bundle that isn't whole or a graph that gives other answers.
    """
    from deepsign.export import golden

    if to != "onnx":
        raise InputError(f"--to {to}: can't export that; known: onnx")
    opened = bundles.find(bundle)
    target = Path(out) if out is not None else Path(f"{opened.name}.onnx")
    if target.is_dir():
        target = target / f"{opened.name}.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, making = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(opened.model_path.read_bytes())
        golden.check(opened, Path(making))
        Path(making).chmod(0o644)
        Path(making).replace(target)
    finally:
        Path(making).unlink(missing_ok=True)
    return target
