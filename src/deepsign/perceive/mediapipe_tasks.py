"""MediaPipe's tasks, imported without what they never use here.

Its drawing code imports matplotlib.pyplot as soon as anything of MediaPipe is imported: 1.0 of the 1.2 s that the
import takes, and 45 of its 80 MB (0.10.33, measured in one process). Nothing here draws with it.

Its audio code imports sounddevice, which looks for the sound card's library by running the C compiler on a temporary
file: one that a process killed just then leaves behind. Nothing here listens.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_LOCK = threading.Lock()
_PLOTTING = ("matplotlib", "matplotlib.pyplot")
_SOUND = "sounddevice"


def tasks() -> Any:
    """`mediapipe.tasks.python`: BaseOptions, vision."""
    if "mediapipe" in sys.modules:
        return importlib.import_module("mediapipe.tasks.python")
    with _LOCK, _no_plotting(), _no_sound():
        return importlib.import_module("mediapipe.tasks.python")


@contextmanager
def _no_plotting() -> Iterator[None]:
    """Empty modules stand in for matplotlib while the block runs, unless it is loaded already."""
    if "matplotlib" in sys.modules:
        yield
        return
    package, pyplot = (ModuleType(name) for name in _PLOTTING)
    package.__path__ = []
    package.pyplot = pyplot  # type: ignore[attr-defined]
    sys.modules.update(zip(_PLOTTING, (package, pyplot), strict=True))
    try:
        yield
    finally:
        # Whoever wants the real one gets it.
        for name in _PLOTTING:
            sys.modules.pop(name, None)


@contextmanager
def _no_sound() -> Iterator[None]:
    """sounddevice can't be imported while the block runs, which MediaPipe bears, unless it is loaded already."""
    if _SOUND in sys.modules:
        yield
        return
    sys.modules[_SOUND] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(_SOUND, None)
