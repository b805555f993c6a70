"""A .env file changes a recipe's keys; flags go before it; other programs' keys are let be."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign import recipe as recipes
from deepsign.problems import RecipeError
from deepsign.recipe_env import overrides

CLIPS = {
    "name": "t",
    "task": "isolated",
    "sign_language": "ase",
    "labels": {"glosses": ["a", "b"]},
    "pixels": {"size": 64, "frames": 8},
    "model": {"name": "cnn_bilstm"},
}
ENV = """# paths of another program
DATA_DIR=/somewhere
IMAGE_SIZE=96
export SEQ_LEN=30  # frames
BATCH_SIZE="8"
EPOCHS=3
LEARNING_RATE=1e-4
CACHE_DATA=no
USE_MIXED_PRECISION=True
CNN_BACKBONE=small
CNN_TRAINABLE=true
USE_FRAMES=1
"""


def test_every_key_is_understood(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV, "utf-8")
    recipe = recipes.check(CLIPS, "t")
    changed = recipes.apply_overrides(recipe, overrides(tmp_path / ".env", recipe))
    assert changed.pixels == recipes.Pixels(size=96, frames=30, use_frames=True, keep=False)
    assert (changed.optim.batch, changed.optim.epochs, changed.optim.lr) == (8, 3, 1e-4)
    assert changed.train.precision == "mixed"
    assert changed.model.params == {"backbone": "small", "trainable": True}


def test_keys_that_mean_nothing_here_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV, "utf-8")
    landmarks = recipes.check({**CLIPS, "pixels": None, "model": {"name": "handshape"}, "task": "handshape"}, "t")
    assert set(overrides(tmp_path / ".env", landmarks)) == {
        "optim.batch",
        "optim.epochs",
        "optim.lr",
        "train.precision",
    }
    assert overrides(tmp_path / "none", landmarks) == {}


def test_a_value_that_is_neither_true_nor_false_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EPOCHS=2\nUSE_FRAMES=maybe\n", "utf-8")
    with pytest.raises(RecipeError, match=r"line 2: USE_FRAMES is true or false, not 'maybe'"):
        overrides(tmp_path / ".env", recipes.check(CLIPS, "t"))
