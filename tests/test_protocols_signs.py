"""The protocol of signs, on collections made so that everybody can foresee what the toy bundle answers to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from deepsign import protocols, protocols_signs, recipe
from deepsign.bundle import Bundle
from deepsign.data.manifest import Manifest, Row
from deepsign.data.readers import CORPORA
from deepsign.problems import InputError
from deepsign.protocols_words import Setting, UnfinishedError
from toys import toy_bundle, toy_manifest

A, B, NOWHERE = 0.9, 0.1, 0.5  # where the toy reads A, B, and neither
WORDS = {
    "name": "toys",
    "task": "isolated",
    "sign_language": "ase",
    "layout": "hands",
    "labels": {"glosses": ["A", "B", "C", "rare"], "none": "none", "rename": {"alpha": "A", "-": "none"}},
    "model": {"name": "sign_net"},
}


def archive(path: Path, clips: Sequence[tuple[str, float]], frames: int = 6, **more: object) -> None:
    """A clip archive of 126 numbers a frame: a right hand whose wrist stands at x, for each (gloss, x)."""
    points = np.zeros((len(clips) * frames, 2, 21, 3), dtype=np.float32)
    for i, (_, x) in enumerate(clips):
        own = points[i * frames : (i + 1) * frames, 1]
        own[..., 0], own[..., 1], own[..., 2] = x, 0.5 + i / 1000, 0.01
        own[:, 1:, 1] -= np.linspace(0.05, 0.3, 20)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        frames=points.reshape(len(points), 126),
        offsets=np.arange(len(clips) + 1) * frames,
        label=np.array([gloss for gloss, _ in clips]),
        **more,  # type: ignore[arg-type]
    )


def listing(folder: Path, collections: dict[str, str]) -> Path:
    """collections.yaml of these archives: name → class."""
    entries = {
        name: {
            "path": f"{name}.npz",
            "reader": "landmark_table",
            "licence": "MIT",
            "class": kind,
            "task": "wlasl50" if name == "wlasl50" else "words",
        }
        | ({"options": {"signer": "source"}} if name == "wlasl50" else {})
        for name, kind in collections.items()
    }
    (folder / "collections.yaml").write_text(yaml.safe_dump(entries), "utf-8")
    return folder / "collections.yaml"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """Four collections: `learnt` is what the toy was trained on, the others are not."""
    root = tmp_path / "data"
    archive(root / "learnt.npz", [("A", A), ("B", B), ("C", B)])
    archive(root / "ana.npz", [("alpha", A)] * 3 + [("alpha", B)] + [("-", NOWHERE)] * 2)
    archive(root / "ben.npz", [("A", A)] * 2 + [("B", B)] * 2 + [("rare", NOWHERE)] * 3 + [("rare", A)])
    archive(root / "cem.npz", [("A", A), ("B", B), ("C", B)])
    listed = listing(root, {"learnt": "ship", "ana": "study", "ben": "study", "cem": "study"})
    (tmp_path / "words.yaml").write_text(yaml.safe_dump(WORDS), "utf-8")
    return Setting(root, listed, tmp_path / "out", tmp_path / "words.yaml", tmp_path / "wlasl.yaml")


@pytest.fixture
def toy(tmp_path: Path) -> Bundle:
    learnt = [{"name": "learnt", "licence": "MIT", "signers": 1, "clips": 3}]
    return toy_bundle(tmp_path / "toy", provenance=toy_manifest().provenance.model_dump() | {"data": learnt})


def test_shipped_says_what_can_be_counted_by_hand(setting: Setting, toy: Bundle, tmp_path: Path) -> None:
    path = protocols_signs.run(setting, ["shipped"], str(toy.path), tmp_path / "results")
    found = json.loads(path.read_text("utf-8"))["shipped"]
    assert found["clips"] == 10, "A and B of ana, ben and cem; nothing of what was learnt"
    assert found["top1"] == 0.9
    per = found["collections"]["per_collection"]
    assert {name: one["top1"] for name, one in per.items()} == {"ana": 0.75, "ben": 1.0, "cem": 1.0}
    assert found["collections"]["macro"] == pytest.approx(0.9167, abs=1e-4)
    assert (found["collections"]["worst_of"], found["collections"]["worst"]) == ("ana", 0.75)
    assert found["unknown_signs"] == {"C": 1, "rare": 4}
    assert found["rejection"]["idle"]["refused"] == 1.0
    assert found["rejection"]["idle"]["clips"] == 2
    assert found["rejection"]["unknown"]["refused"] == 0.6, "the C at B's place and the rare at A's were known"
    assert found["robustness"]["every_2nd_frame"]["lost"] == 0
    # The toy looks at right hands alone, and a mirror shows none: all clips become B.
    assert found["robustness"]["mirrored"]["top1"] == pytest.approx(0.3)
    assert found["robustness"]["mirrored"]["lost"] == pytest.approx(0.6)
    assert found["verification"]["unasked"] == ["B"]
    assert found["speed"]["p95_ms"] > 0
    assert found["speed"]["int8_bytes"] > 0


def test_what_was_learnt_is_not_asked_whatever_its_class(setting: Setting, toy: Bundle, tmp_path: Path) -> None:
    listing(setting.root, {"learnt": "study", "ben": "study"})
    path = protocols_signs.run(setting, ["shipped"], str(toy.path), tmp_path / "results")
    per = json.loads(path.read_text("utf-8"))["shipped"]["collections"]["per_collection"]
    assert list(per) == ["ben"]


def test_few_shot_teaches_signs_that_the_bundle_does_not_know(setting: Setting, toy: Bundle) -> None:
    archive(setting.root / "cem.npz", [("C", x / 20) for x in range(6, 15)] + [("A", A)])
    sites = np.array(["one"] * 6)
    archive(setting.root / "wlasl50.npz", [("D", x / 20) for x in range(5, 10)] + [("A", A)], source=sites)
    listing(setting.root, {"learnt": "ship", "ben": "study", "cem": "study", "wlasl50": "study"})
    found = protocols_signs._judged(setting, "few_shot", str(toy.path))
    assert (found["webcams"]["clips"], found["webcams"]["signs"]) == (13, 2), "C and rare"
    assert found["wlasl50"]["clips"] == 5, "what the bundle knows is not taught"
    assert found["webcams"]["same_5way_5shot"] is None
    assert (found["teaching"]["signs"], found["teaching"]["clips"]) == (1, 5)
    assert found["teaching"]["seconds"] < 5


def test_the_readme_shows_whatever_parts_there_are(
    setting: Setting, toy: Bundle, taught: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "tools")
    import readme

    results = tmp_path / "results"
    protocols_signs.run(setting, ["shipped"], str(toy.path), results)
    made = readme.results(results)
    assert "mean of 3 unseen collections | 10 | 3 | 91.7 % (75.0–100.0)" in made
    assert "Not measured yet: few_shot, collections, participants, wlasl50" in made
    protocols_signs.run(setting, ["collections"], "", results)
    made = readme.results(results)
    assert "2 common words, mean of 4 collections left out | 12 | 4" in made
    assert "Not measured yet: few_shot, participants, wlasl50" in made


def test_a_part_leaves_the_others_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "signs.json"
    protocols_signs.merge(path, "wlasl50", {"top1": 0.6})
    protocols_signs.merge(path, "shipped", {"top1": 0.9})
    protocols_signs.merge(path, "wlasl50", {"top1": 0.7})
    assert json.loads(path.read_text("utf-8")) == {"shipped": {"top1": 0.9}, "wlasl50": {"top1": 0.7}}
    assert path.read_text("utf-8").index("shipped") < path.read_text("utf-8").index("wlasl50")


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[recipe.Recipe, Manifest, Path]]:
    """What would have been trained, instead of training it."""
    calls: list[tuple[recipe.Recipe, Manifest, Path]] = []

    def learn(wanted: recipe.Recipe, manifest: Manifest, _: object, run: Path, *__: object, **___: object) -> Bundle:
        calls.append((wanted, manifest, run))
        origin = toy_manifest().provenance.model_dump() | {"recipe": wanted.model_dump(mode="json")}
        return toy_bundle(run / "bundle", provenance=origin)

    monkeypatch.setattr(protocols, "learn", learn)
    return calls


def test_every_collection_is_judged_by_weights_without_it(setting: Setting, taught: list) -> None:
    found = protocols_signs.PARTS["collections"](setting)
    assert found["words"] == {"A": 4, "B": 3}
    assert sorted(name for fold in found["folds"].values() for name in fold) == ["ana", "ben", "cem", "learnt"]
    for number, names in enumerate(found["folds"].values()):
        wanted, manifest, run = taught[number]
        assert run.name == f"fold{number}"
        assert not {row.source for row in manifest.rows} & set(names)
        assert not set(wanted.data.validation.sources) & set(names)
    assert found["clips"] == 12
    assert found["per_source"]["ana"]["top1"] == 0.75
    assert found["random_top1"] <= 1
    assert taught[-1][2].name == "random"
    again = len(taught)
    assert protocols_signs.PARTS["collections"](setting) == found
    assert len(taught) == again, "what lies there is not trained again"


def test_some_folds_alone_write_nothing(setting: Setting, taught: list, tmp_path: Path) -> None:
    from dataclasses import replace

    one = replace(setting, folds=("fold0",))
    with pytest.raises(UnfinishedError, match="1 of 5 folds"):
        protocols_signs.PARTS["collections"](one)
    assert len(taught) == 1
    assert not protocols_signs.run(one, ["collections"], "", tmp_path / "results").exists()


def test_sites_are_left_out_whole(setting: Setting, taught: list) -> None:
    sites = np.array(["one", "one", "two", "three", "four", "five", "six"])
    archive(setting.root / "wlasl50.npz", [("A", A)] * 4 + [("B", B)] * 2 + [("B", A)], source=sites)
    listing(setting.root, {"wlasl50": "study"})
    setting.wlasl.write_text(yaml.safe_dump(WORDS), "utf-8")
    found = protocols_signs.PARTS["wlasl50"](setting)
    assert found["clips"] == 7
    assert found["sites"]["wlasl50/six"] == {"clips": 1, "top1": 0.0}
    for (wanted, manifest, _), names in zip(taught, found["folds"].values(), strict=True):
        left = {row.signer for row in manifest.rows}
        assert not left & set(names)
        assert set(wanted.data.validation.signers) <= left


def test_people_are_left_out_three_at_a_time(setting: Setting, taught: list) -> None:
    people = np.array([f"p{i}" for i in range(7)])
    archive(setting.root / "asl_signs_words.npz", [("A", A)] * 7, signer=people)
    listing(setting.root, {"learnt": "ship", "asl_signs_words": "ship", "ben": "study"})
    found = protocols_signs.PARTS["participants"](setting)
    assert (found["people"], found["clips"], found["top1"]) == (7, 7, 1.0)
    assert len(taught) == 3
    assert {r.source for _, m, _ in taught for r in m.rows} == {"learnt", "asl_signs_words"}, "ship class alone"


def test_a_table_counts_each_site_as_a_signer_where_it_is_told_to(tmp_path: Path) -> None:
    archive(tmp_path / "t.npz", [("A", A), ("B", B)], source=np.array(["one.org", "two.org"]), signer=np.array([7, 7]))
    rows: list[Row] = CORPORA["landmark_table"](tmp_path, "t.npz", "t", "MIT", {"signer": "source"})
    assert [(r.signer, r.source) for r in rows] == [("t/one.org", "t"), ("t/two.org", "t")]
    assert {r.signer for r in CORPORA["landmark_table"](tmp_path, "t.npz", "t", "MIT", {})} == {"t/7"}
    archive(tmp_path / "u.npz", [("A", A)])
    with pytest.raises(InputError, match="needs an array 'source'"):
        CORPORA["landmark_table"](tmp_path, "u.npz", "u", "MIT", {"signer": "source"})


def test_a_missing_recipe_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["protocols_signs", "--part", "wlasl50", "--wlasl", "gone.yaml"])
    assert protocols_signs.main() == 1
    assert capsys.readouterr().err.endswith("deepsign: gone.yaml: there is no such recipe\n")
