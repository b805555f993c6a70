"""Runtime: what runs a network. onnxruntime everywhere; LiteRT for a network that was exported to .tflite."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from deepsign.problems import BundleError, DeepSignError, InputError

Floats = NDArray[np.float32]
OUTPUTS = ("logits", "embedding")
TFLITE = ".tflite"


Pictures = NDArray[np.uint8]


class Runtime(Protocol):
    """A landmark network, opened."""

    def run(self, landmarks: Floats, times: Floats, aspect: Floats) -> tuple[Floats, Floats]:
        """landmarks (B, T, P, 3), times (B, T) in s, aspect (B,) → logits (B, C), embedding (B, E)."""
        ...


class Seeing(Protocol):
    """A network that sees pixels, opened."""

    def see(self, frames: Pictures) -> tuple[Floats, Floats]:
        """frames (B, H, W, 3) or (B, F, H, W, 3), uint8 RGB → logits (B, C), embedding (B, E)."""
        ...


class OnnxRuntime:
    """A graph in onnxruntime.

    One thread and no spinning per session: with more, a busy neighbour costs six times the time. Safe to call from
    several threads.
    """

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises several classes of its own, all meaning "not a graph I can run"
            raise BundleError(f"{path}: onnxruntime can't open it ({error})") from None

    def run(self, landmarks: Floats, times: Floats, aspect: Floats) -> tuple[Floats, Floats]:
        """See `Runtime.run`."""
        logits, embedding = self._session.run(list(OUTPUTS), {"landmarks": landmarks, "times": times, "aspect": aspect})
        return logits, embedding

    def see(self, frames: Pictures) -> tuple[Floats, Floats]:
        """See `Seeing.see`."""
        logits, embedding = self._session.run(list(OUTPUTS), {"frames": frames})
        return logits, embedding


class LiteRt:
    """A .tflite of `deepsign.export.litert`: one clip at a time, of a fixed number of frames.

    Shorter clips are padded with frames in which nothing is seen; of longer ones as many frames as fit are taken,
    evenly. Not safe to call from several threads at once.
    """

    def __init__(self, path: Path) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ModuleNotFoundError:
            raise DeepSignError("the runtime litert needs ai-edge-litert: pip install ai-edge-litert") from None
        try:
            runner: Any = Interpreter(model_path=str(path), num_threads=1).get_signature_runner()
            shapes = {name: tuple(map(int, one["shape"])) for name, one in runner.get_input_details().items()}
            self.frames, self.points = shapes["landmarks"][1:3] if "landmarks" in shapes else (0, 0)
            self.seeing = "frames" in shapes
            self._named = set(runner.get_output_details())
        except Exception as error:  # LiteRT raises what its parts raise, all meaning "not a network I can run"
            raise BundleError(f"{path}: LiteRT can't open it as one of ours ({error})") from None
        self._runner = runner

    def run(self, landmarks: Floats, times: Floats, aspect: Floats) -> tuple[Floats, Floats]:
        """See `Runtime.run`."""
        answers = [self._one(*one) for one in zip(landmarks, times, aspect, strict=True)]
        return np.concatenate([a[OUTPUTS[0]] for a in answers]), np.concatenate([a[OUTPUTS[1]] for a in answers])

    def see(self, frames: Pictures) -> tuple[Floats, Floats]:
        """See `Seeing.see`."""
        answers = [self._runner(frames=one[None]) for one in frames]
        return np.concatenate([a[OUTPUTS[0]] for a in answers]), np.concatenate([a[OUTPUTS[1]] for a in answers])

    def _one(self, landmarks: Floats, times: Floats, aspect: np.float32) -> dict[str, Floats]:
        points, at = fit_frames(landmarks, times, self.frames)
        found: dict[str, Floats] = self._runner(landmarks=points[None], times=at[None], aspect=np.array([aspect]))
        return found


def fit_frames(landmarks: Floats, times: Floats, frames: int) -> tuple[Floats, Floats]:
    """A clip (T, P, 3) and its times (T,) in exactly `frames` frames: padded with NaN, or thinned evenly."""
    if len(landmarks) > frames:
        # Frames of NaN at the end are a batch's padding, and no part of the clip.
        seen = np.flatnonzero(~np.isnan(landmarks[..., :2]).all(axis=(1, 2)))
        last = max(frames, int(seen[-1]) + 1) if len(seen) else frames
        kept = np.round(np.linspace(0, last - 1, frames)).astype(int)
        return landmarks[kept], times[kept]
    missing = frames - len(landmarks)
    padding = np.full((missing, *landmarks.shape[1:]), np.nan, dtype=np.float32)
    return np.concatenate([landmarks, padding]), np.concatenate([times, np.full(missing, times[-1], np.float32)])


def open_runtime(model: Path, name: str, runtime: str) -> OnnxRuntime | LiteRt:
    """The network of the bundle `name`, whose graph is `model`, in this runtime.

    runtime  "onnx": the bundle's own graph. "litert": NAME.tflite in the current folder. Else an exported file's
             path, .tflite or .onnx.
    Raises InputError where there is no such file.
    """
    if runtime == "onnx":
        return OnnxRuntime(model)
    path = Path(f"{name}{TFLITE}") if runtime == "litert" else Path(runtime)
    if path.suffix not in {TFLITE, ".onnx"}:
        raise InputError(f"--runtime {runtime}: give onnx, litert, or an exported file (.tflite, .onnx)")
    if not path.is_file():
        to = "litert" if path.suffix == TFLITE else "int8"
        raise InputError(f"{path}: is not there; make it with `deepsign export {name} --to {to} --out {path}`")
    return LiteRt(path) if path.suffix == TFLITE else OnnxRuntime(path)
