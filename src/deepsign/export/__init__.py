"""Export: a trained network to ONNX, to a bundle, and out of a bundle to other runtimes."""

from __future__ import annotations

from pathlib import Path

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.problems import InputError
from deepsign.whole import written_whole

# Format → the end of the file's name.
FORMATS = {"onnx": ".onnx", "int8": ".int8.onnx", "litert": ".tflite"}


def export(bundle: str | Path, to: str = "onnx", out: str | Path | None = None) -> Path:
    """Writes a bundle's network in the format `to`, checked against the bundle's golden answers; returns the file.

    out  the file; NAME and the format's ending in the current folder by default. It is written beside and renamed.
    Raises BundleError for a bundle that isn't whole or a file that gives other answers, InputError where the disk
    refuses, DeepSignError where the format's converter isn't installed.
    """
    if to not in FORMATS:
        raise InputError(f"--to {to}: can't export that; known: {', '.join(FORMATS)}")
    opened = bundles.find(bundle)
    target = Path(out) if out is not None else Path(f"{opened.name}{FORMATS[to]}")
    if target.is_dir():
        target = target / f"{opened.name}{FORMATS[to]}"
    content = _content(opened, to)
    with written_whole(target) as file:
        file.write(content)
    return target


def _content(opened: Bundle, to: str) -> bytes:
    if to == "litert":
        from deepsign.export import litert

        return litert.converted(opened)
    from deepsign.export import golden

    golden.check(opened, opened.model_path)
    content = opened.model_path.read_bytes()
    if to == "int8":
        from deepsign.export import int8

        content = int8.quantized(content)
        int8.check(opened, content)
    return content
