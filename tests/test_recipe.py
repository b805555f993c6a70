"""Recipes: every key counts, an unknown one is met with the nearest, and flags change one key."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign import recipe as recipes
from deepsign.problems import RecipeError

MINIMAL = "name: tiny\ntask: handshape\nsign_language: ase\nlabels: {glosses: [A, B]}\nmodel: {name: handshape}\n"
LISTS = ("collections.yaml", "corpora.yaml", "tutorials.yaml")
RECIPES = sorted((Path(__file__).parents[1] / "recipes").glob("*.yaml"))


def written(folder: Path, text: str) -> Path:
    path = folder / "r.yaml"
    path.write_text(text, "utf-8")
    return path


def test_labels_come_in_order_with_none_last(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        "[A, B]", "[I, {gloss: J, needs_motion: true, still_as: I}, 1], none: none, rename: {X: none}"
    )
    labels = recipes.load(written(tmp_path, text)).labels
    assert labels.label_map().glosses == ("I", "J", "1", "none")
    assert (labels.index_of("X"), labels.index_of("J"), labels.index_of("Q")) == (3, 1, None)
    assert labels.label_map()[1].needs_motion


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL + "optim: {learning_rat: 1}\n", "optim.learning_rat: unknown key"),
        (MINIMAL + "optim: {epoch: 1}\n", "optim.epoch: unknown key; did you mean epochs"),
        (MINIMAL + "optimm: {lr: 1}\n", "optimm: unknown key; did you mean optim"),
        (MINIMAL + "optim: {lr: -1}\n", "optim.lr"),
        (MINIMAL + "layout: feet\n", "unknown layout; known: hand"),
        (MINIMAL.replace("[A, B]", "[A, A]"), "glosses appear twice: A"),
        (MINIMAL.replace("[A, B]", "[A, {gloss: J, still_as: I}]"), "I: named, but not among the glosses"),
        (MINIMAL.replace("handshape\nsign", "dance\nsign"), "task"),
        ("just words", "is no recipe"),
        ("a: [", "is no YAML"),
        (MINIMAL + "data: {exclude: [{why: none}]}\n", "would leave nothing"),
        (MINIMAL + "data: {limit: 1}\n", "data.limit"),
        (MINIMAL.replace("[A, B]", "some"), "labels.glosses"),
    ],
)
def test_a_bad_recipe_is_named_with_the_way_out(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=rf"r\.yaml: .*{message}") as caught:
        recipes.load(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_all_glosses_wait_for_the_data(tmp_path: Path) -> None:
    text = MINIMAL.replace("{glosses: [A, B]}", "{glosses: all, none: none, rename: {X: none, b: B}}")
    recipe = recipes.load(written(tmp_path, text))
    assert recipe.labels.open and recipe.labels.takes("whatever")
    found = recipes.with_glosses(recipe, ["b", "B", "X", "A", "none"], "r.yaml")
    assert found.labels.label_map().glosses == ("A", "B", "none")
    assert recipes.with_glosses(found, ["other"], "r.yaml") == found
    with pytest.raises(RecipeError, match=r"r\.yaml: labels\.glosses is all, but no row is left"):
        recipes.with_glosses(recipe, ["X"], "r.yaml")


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.yaml: there is no such recipe"):
        recipes.load(tmp_path / "nowhere.yaml")


def test_flags_change_one_key(tmp_path: Path) -> None:
    recipe = recipes.load(written(tmp_path, MINIMAL))
    changed = recipes.apply_overrides(recipe, {"optim.lr": "3e-4", "train.balance": "{gloss: 0.5}", "name": "other"})
    assert (changed.optim.lr, changed.train.balance, changed.name) == (3e-4, {"gloss": 0.5}, "other")
    assert changed.optim.epochs == recipe.optim.epochs


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("optim.lrr", "1", r"--optim\.lrr.*unknown key; did you mean lr"),
        ("optin.lr", "1", r"--optin\.lr: no such key; nearest: optim\.lr"),
        ("optim.lr", "fast", r"--optim\.lr fast: optim\.lr"),
        ("optim.lr", "[", r"--optim\.lr: can't read"),
    ],
)
def test_a_bad_flag_is_named(tmp_path: Path, flag: str, value: str, message: str) -> None:
    recipe = recipes.load(written(tmp_path, MINIMAL))
    with pytest.raises(RecipeError, match=message):
        recipes.apply_overrides(recipe, {flag: value})


@pytest.mark.parametrize("path", [p for p in RECIPES if p.name not in LISTS], ids=lambda p: p.name)
def test_shipped_recipes_are_read(path: Path) -> None:
    assert recipes.load(path).name.replace("-", "_") == path.stem.replace("-", "_")
