"""Recipe's .env: keys of a .env file in the current folder that change a recipe."""

from __future__ import annotations

from pathlib import Path

from deepsign.problems import RecipeError
from deepsign.recipe import Recipe

# Key → the recipe's. Those of pixels change only recipes that have them.
KEYS = {
    "IMAGE_SIZE": "pixels.size",
    "SEQ_LEN": "pixels.frames",
    "USE_FRAMES": "pixels.use_frames",
    "CACHE_DATA": "pixels.keep",
    "BATCH_SIZE": "optim.batch",
    "EPOCHS": "optim.epochs",
    "LEARNING_RATE": "optim.lr",
    "USE_MIXED_PRECISION": "train.precision",
    "CNN_BACKBONE": "model.params.backbone",
    "CNN_TRAINABLE": "model.params.trainable",
}
# Networks that take the last two.
_WITH_BACKBONE = {"cnn_bilstm"}
_WORDS = {
    "1": "true",
    "yes": "true",
    "on": "true",
    "true": "true",
    "0": "false",
    "no": "false",
    "off": "false",
    "false": "false",
}
_TRUTHS = {"USE_FRAMES", "CACHE_DATA", "USE_MIXED_PRECISION", "CNN_TRAINABLE"}
_PRECISION = {"true": "mixed", "false": "full"}


def overrides(path: Path, recipe: Recipe) -> dict[str, str]:
    """The dotted keys of the recipe that this file changes → values, as if typed; nothing where there is no file.

    Other programs' keys are passed over, and so are those that mean nothing to this recipe. RecipeError, naming the
    file and the line, for a value that can't be read.
    """
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
        key, equals, value = line.removeprefix("export ").partition("=")
        key, value = key.strip(), value.partition(" #")[0].strip().strip("\"'")
        if not equals or key not in KEYS or not value or not _means(key, recipe):
            continue
        if key in _TRUTHS:
            truth = _WORDS.get(value.lower(), "")
            if not truth:
                raise RecipeError(f"{path}: line {number}: {key} is true or false, not {value!r}")
            value = _PRECISION[truth] if key == "USE_MIXED_PRECISION" else truth
        found[KEYS[key]] = value
    return found


def _means(key: str, recipe: Recipe) -> bool:
    if KEYS[key].startswith("model."):
        return recipe.model.name in _WITH_BACKBONE
    if key == "SEQ_LEN":
        return recipe.pixels is not None and recipe.pixels.frames is not None
    return not KEYS[key].startswith("pixels.") or recipe.pixels is not None
