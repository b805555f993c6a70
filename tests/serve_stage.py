"""A server for tests: the toy bundle behind the API, and what clients send to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from deepsign.serve.api import create
from deepsign.serve.settings import Settings
from toys import toy_bundle


def server(folder: Path, **limits: Any) -> TestClient:
    """A client of the toy's API. Used as a context manager its decoders run; landmarks need none."""
    if not (folder / "toy").is_dir():
        toy_bundle(folder / "toy")
    # A deadline that a busy machine keeps, too.
    limits = {"models": (str(folder / "toy"),), "decoders": 1, "rate": 0, "deadline": 120, **limits}
    return TestClient(create(Settings(**limits)), raise_server_exceptions=False)


def still(x: float | None = 0.9) -> dict[str, Any]:
    """Landmarks of one hand whose wrist is at x: the toy answers A right of the middle, B left of it."""
    point = [None, None, None] if x is None else [x, 0.5, 0.0]
    return {"landmarks": [point] * 21, "layout": "hand"}


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a JPEG file's bytes."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return file.getvalue()
