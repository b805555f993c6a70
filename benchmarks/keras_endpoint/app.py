"""The shape of DeepSign's forerunners: a Keras network behind FastAPI, base64 in, `model.predict` a request.

    uvicorn --app-dir benchmarks/keras_endpoint app:app --port 9000

Layer for layer it is `deepsign.models.handshape_cnn`, so that a comparison is one of serving. Its weights are drawn,
not learnt: they change no time.
"""

from __future__ import annotations

import base64
import binascii
import io
import os

import keras
import numpy as np
from fastapi import FastAPI, HTTPException
from keras import layers
from PIL import Image
from pydantic import BaseModel

SIZE, WIDTH, EMBEDDING = 64, 20, 128
LETTERS = "ABCDEFGHIKLMNOPQRSTUVWXY"


def network(classes: int) -> keras.Model:
    """handshape_cnn: pictures (B, SIZE, SIZE, 3) of 0 … 255 → probabilities (B, classes)."""
    found = shown = keras.Input((SIZE, SIZE, 3))
    found = layers.Rescaling(1 / 127.5, offset=-1)(found)
    for stage, channels in enumerate((WIDTH, 2 * WIDTH, 4 * WIDTH, 6 * WIDTH, 8 * WIDTH)):
        for stride in (2, 1) if stage >= 2 else (2,):
            found = layers.Conv2D(channels, 3, stride, padding="same", use_bias=False)(found)
            found = layers.Activation("silu")(layers.BatchNormalization()(found))
    found = layers.Dropout(0.3)(layers.Flatten()(found))
    found = layers.Activation("silu")(layers.BatchNormalization()(layers.Dense(EMBEDDING)(found)))
    return keras.Model(shown, layers.Dense(classes, activation="softmax")(found))


class Frame(BaseModel):
    """What a page sends."""

    image: str


model = network(len(LETTERS))
model.predict(np.zeros((1, SIZE, SIZE, 3), np.float32), verbose=0)
app = FastAPI()


@app.get("/readyz")
def ready() -> dict[str, int]:
    """That it stands, and how many parameters it has."""
    return {"params": model.count_params(), "pid": os.getpid()}


@app.post("/predict")
def predict(frame: Frame) -> dict[str, object]:
    """The letter in a base64 picture."""
    try:
        content = base64.b64decode(frame.image.partition(",")[2] or frame.image)
        picture = Image.open(io.BytesIO(content)).convert("RGB").resize((SIZE, SIZE))
    except (binascii.Error, OSError, ValueError):
        raise HTTPException(422, "no picture") from None
    row = model.predict(np.asarray(picture, np.float32)[None], verbose=0)[0]
    return {"prediction": LETTERS[int(row.argmax())], "probabilities": [[float(p) for p in row]]}


@app.post("/predict_in_turn")
async def predict_in_turn(frame: Frame) -> dict[str, object]:
    """The same on the event loop, one request at a time: without threads that get in one another's way."""
    return predict(frame)
