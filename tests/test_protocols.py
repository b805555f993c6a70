"""A fold is judged by weights that never saw it: the bundle itself only where nothing of the fold was learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deepsign import protocols, recipe
from deepsign.bundle import Bundle
from deepsign.data.manifest import Manifest, Row
from deepsign.data.store import ClipStore
from deepsign.protocols import Fold, Study
from toys import toy_bundle, toy_manifest

RECIPE = recipe.check(
    {
        "name": "toy",
        "task": "handshape",
        "sign_language": "ase",
        "labels": {"glosses": ["A", "B"], "none": "none"},
        "model": {"name": "handshape"},
        "data": {"validation": {"sources": ["mine"]}},
    },
    "toy.yaml",
)
ROWS = [Row(f"t.npz#{i}", "AB"[i % 2], f"{s}/{i % 3}", "", "MIT", s, "") for i, s in enumerate(["mine", "yours"] * 6)]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    origin = toy_manifest().provenance.model_dump() | {"recipe": RECIPE.model_dump(mode="json")}
    base = toy_bundle(tmp_path / "base", provenance=origin)
    return Study(RECIPE, tmp_path / "toy.yaml", ROWS, ClipStore(tmp_path, "hands"), tmp_path / "out", base, train=True)


def judged(study: Study, source: str) -> bool:
    """Whether the fold of this source was measured."""
    return bool(study.judge_all([Fold(source, [], lambda row: row.source == source)], Manifest((), study.out)))


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[recipe.Recipe, Manifest]]:
    """What would have been trained, instead of training it."""
    calls: list[tuple[recipe.Recipe, Manifest]] = []

    def learn(wanted: recipe.Recipe, manifest: Manifest, *_: object, **__: object) -> Bundle:
        calls.append((wanted, manifest))
        return toy_bundle(tmp_path / f"made{len(calls)}")

    monkeypatch.setattr(protocols, "learn", learn)
    return calls


def test_a_source_that_was_not_learnt_is_judged_by_the_bundle(study: Study, taught: list) -> None:
    assert judged(study, "theirs")
    assert taught == []


def test_a_source_that_was_learnt_is_left_out_first(study: Study, taught: list) -> None:
    assert judged(study, "yours")
    ((wanted, manifest),) = taught
    assert {row.source for row in manifest.rows} == {"mine"}
    assert wanted.data.validation.sources == ["mine"]


def test_without_the_named_validation_signers_others_are_drawn(study: Study, taught: list) -> None:
    assert judged(study, "mine")
    ((wanted, manifest),) = taught
    assert {row.source for row in manifest.rows} == {"yours"}
    assert not wanted.data.validation.named


def test_what_would_need_training_can_be_left_out(study: Study, taught: list) -> None:
    untrained = replace(study, train=False)
    assert not judged(untrained, "yours")
    assert judged(untrained, "theirs")
    assert taught == []


def test_what_the_weights_saw_is_told_by_their_own_recipe(study: Study, taught: list) -> None:
    """A recipe that has left a source out since does not make the older weights blind to it."""
    since = recipe.check(
        {**RECIPE.model_dump(), "data": {"exclude": [{"source": "yours", "why": "since today"}]}}, "toy.yaml"
    )
    assert judged(replace(study, recipe=since), "yours")
    assert len(taught) == 1


def test_a_person_is_left_out_under_every_name_they_have() -> None:
    gone = protocols._of_person("many_signers/ana")
    table = protocols._MANY
    assert gone(Row(f"{table}#3", "A", "many_signers_mit/ana", "", "MIT", "many_signers_mit", ""))
    assert gone(Row(f"{table}#3", "A", "many_signers/ana", "", "unstated", "many_signers/ana", ""))
    assert not gone(Row(f"{table}#4", "A", "many_signers_mit/ben", "", "MIT", "many_signers_mit", ""))


def test_a_missing_recipe_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["protocols", "letters", "--recipe", "gone.yaml"])
    assert protocols.main() == 1
    assert capsys.readouterr().err == "deepsign: gone.yaml: there is no such recipe\n"
