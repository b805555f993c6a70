"""DeepSign recognises signs, starting with American Sign Language, and teaches them.

import deepsign
letters = deepsign.load("letters")
print(letters.predict(deepsign.open_clip("photo.jpg")))
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# DeepSign sends nothing anywhere. onnxruntime from 1.29 on would, unless this is set before it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# Each name is imported when it is first used, so that `import deepsign` and `deepsign --help` stay fast.
_HOMES = {
    "Bundle": "deepsign.bundle",
    "Clip": "deepsign.clip",
    "DeepSignError": "deepsign.problems",
    "Prediction": "deepsign.recognizer",
    "Recognizer": "deepsign.recognizer",
    "load": "deepsign.recognizer",
    "open_clip": "deepsign.perceive",
    "predict": "deepsign.answer",
    "Answer": "deepsign.answer",
}

if TYPE_CHECKING:
    from deepsign.answer import Answer as Answer
    from deepsign.answer import predict as predict
    from deepsign.bundle import Bundle as Bundle
    from deepsign.clip import Clip as Clip
    from deepsign.perceive import open_clip as open_clip
    from deepsign.problems import DeepSignError as DeepSignError
    from deepsign.recognizer import Prediction as Prediction
    from deepsign.recognizer import Recognizer as Recognizer
    from deepsign.recognizer import load as load

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'deepsign' has no attribute {name!r}")
