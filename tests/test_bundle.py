"""Bundles are whole or refused by name, written at once or not at all, and answer as their golden cases say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from deepsign import bundle as bundles
from deepsign.bundle import FILES, Bundle
from deepsign.labels import Label, LabelMap
from deepsign.problems import BundleError
from deepsign.recognizer import Recognizer
from toys import hand_clip, in_hands, toy_bundle, toy_graph, toy_manifest

SHIPPED = bundles.shipped()


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return toy_bundle(tmp_path / "toy").path


def edit(folder: Path, change) -> None:
    path = folder / "bundle.json"
    raw = json.loads(path.read_text("utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), "utf-8")


def test_what_is_written_opens(toy: Path) -> None:
    opened = Bundle.open(toy)
    assert opened.labels.glosses == ("A", "B", "none")
    assert set(opened.manifest.files) == set(FILES)
    assert opened.golden[0].arrays()[0].shape == (1, 1, 42, 3)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_changed_file_is_named(toy: Path, name: str) -> None:
    content = (toy / name).read_bytes()
    (toy / name).write_bytes(content + b" ")
    with pytest.raises(BundleError, match=rf"{name}: changed since the bundle was written"):
        Bundle.open(toy)
    (toy / name).unlink()
    with pytest.raises(BundleError, match=rf"{name}: missing"):
        Bundle.open(toy)


def test_an_optional_file_is_kept_and_watched(toy: Path) -> None:
    bare = Bundle.open(toy)
    bundles.write(toy, bare.manifest, {**bare.contents, "reference.json": b"{}"})
    again = Bundle.open(toy)
    assert set(again.contents) == {*FILES, "reference.json"}
    bundles.write(toy, again.manifest, again.contents)
    (toy / "reference.json").write_bytes(b"{} ")
    with pytest.raises(BundleError, match=r"reference\.json: changed since the bundle was written"):
        Bundle.open(toy)
    (toy / "reference.json").unlink()
    with pytest.raises(BundleError, match=r"reference\.json: missing"):
        Bundle.open(toy)


def test_writing_takes_no_other_file(toy: Path) -> None:
    opened = Bundle.open(toy)
    with pytest.raises(BundleError, match=r"may list reference\.json; got .*notes\.txt"):
        bundles.write(toy, opened.manifest, {**opened.contents, "notes.txt": b""})


def test_an_extra_file_is_named(toy: Path) -> None:
    (toy / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(BundleError, match=r"notes\.txt: does not belong to the bundle"):
        Bundle.open(toy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.pop("decision"), "decision: Field required"),
        (lambda raw: raw["decision"].pop("top_k"), "decision.top_k: Field required"),
        (lambda raw: raw.update(extra=1), "extra: Extra inputs are not permitted"),
        (lambda raw: raw["input"].update(mirror=True), "input.mirror: Extra inputs"),
        (lambda raw: raw.update(schema_version=2), "schema version 2, this DeepSign reads 1"),
        (lambda raw: raw.pop("schema_version"), "schema version None"),
        (lambda raw: raw["decision"].update(temperature="1"), "decision.temperature"),
        (lambda raw: raw["decision"].update(none_gloss="idle"), "glosses that are not labels: .*idle"),
        (lambda raw: raw.update(sign_language="ASL"), "sign_language"),
        (lambda raw: raw["files"].update({"../evil": "0"}), "files must list exactly"),
    ],
)
def test_reading_takes_no_defaults_and_no_extras(toy: Path, change, message: str) -> None:
    edit(toy, change)
    with pytest.raises(BundleError, match=rf"bundle\.json: .*{message}"):
        Bundle.open(toy)


@pytest.mark.parametrize("content", ["", "[]", "{", "null"])
def test_a_damaged_bundle_json_is_named(toy: Path, content: str) -> None:
    (toy / "bundle.json").write_text(content, "utf-8")
    with pytest.raises(BundleError, match=r"bundle\.json"):
        Bundle.open(toy)


def test_a_folder_that_is_no_bundle_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"holds no bundle\.json, so it is no bundle"):
        bundles.find(tmp_path)


def test_a_graph_that_does_not_run_is_said(tmp_path: Path) -> None:
    files = dict.fromkeys(FILES, b"x") | {"golden.json": b"[]", "metrics.json": b"{}"}
    broken = bundles.write(tmp_path / "broken", toy_manifest(), files)
    with pytest.raises(BundleError, match=r"model\.onnx: onnxruntime can't open it"):
        Recognizer(broken)


def test_writing_replaces_a_bundle_whole_and_spares_other_folders(tmp_path: Path, toy: Path) -> None:
    toy_bundle(toy, name="second")
    assert Bundle.open(toy).name == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["toy"], "nothing half-written is left"
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").write_bytes(b"dear")
    with pytest.raises(BundleError, match="is there already and is no bundle"):
        toy_bundle(photos)
    assert (photos / "a.jpg").read_bytes() == b"dear"


def test_a_write_that_fails_leaves_the_old_bundle(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if self.name == "bundle.json":
            raise OSError(28, "No space left on device")
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BundleError, match=r"toy: can't be written \(No space left on device\)"):
        toy_bundle(toy, name="second")
    monkeypatch.undo()
    assert Bundle.open(toy).name == "toy"
    assert [p.name for p in toy.parent.iterdir()] == ["toy"]


def test_labels_are_unique_and_found() -> None:
    labels = LabelMap((Label("A", "A"), Label("J", "J", needs_motion=True, still_as="I")))
    assert (labels.index("J"), "A" in labels, "B" in labels) == (1, True, False)
    assert LabelMap.of(["THANK-YOU"])[0].say == "thank you"
    with pytest.raises(BundleError, match="glosses appear twice: A"):
        LabelMap.of(["A", "B", "A"])


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_shipped_bundles_answer_their_golden_cases(name: str) -> None:
    bundle = Bundle.open(SHIPPED[name])
    session = onnxruntime.InferenceSession(str(bundle.model_path), providers=["CPUExecutionProvider"])
    if bundle.pictures:
        assert len(bundle.golden_pictures) > 1
        for picture in bundle.golden_pictures:
            found = session.run(["logits"], {"frames": picture.frames()})[0]
            np.testing.assert_allclose(found[0], picture.logits, atol=1e-4)
        return
    assert len(bundle.golden) > 1
    for case in bundle.golden:
        landmarks, times, aspect = case.arrays()
        found = session.run(["logits"], {"landmarks": landmarks, "times": times, "aspect": aspect})[0]
        np.testing.assert_allclose(found[0], case.logits, atol=1e-4)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_shipped_bundles_are_small_and_of_ship_class_data(name: str) -> None:
    bundle = Bundle.open(SHIPPED[name])
    # The page downloads graphs that read landmarks, and no others.
    most = {"handshape": 1_000_000, "isolated": 2_000_000}[bundle.manifest.task] if not bundle.pictures else 2_500_000
    assert bundle.model_path.stat().st_size <= most
    assert sum(p.stat().st_size for p in bundle.path.iterdir()) < 4_000_000
    licences = {credit.licence for credit in bundle.manifest.provenance.data}
    assert licences <= {"MIT", "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "public-domain"}
    card = (bundle.path / "README.md").read_text("utf-8")
    assert all(credit.name in card for credit in bundle.manifest.provenance.data), "the card credits every collection"
    assert "translator" not in card


PICTURES = {"kind": "image", "size": 64, "fit": "pad", "frames": None, "window": 0.5}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"frames": 8}, "an image has none"),
        ({"kind": "clip"}, "a clip has a number of frames"),
        ({"layout": "hands"}, "input.layout: Extra inputs"),
        ({"size": 64.0}, "input.size: Input should be a valid integer"),
        ({"fit": "stretch"}, "input.fit"),
        ({"kind": "sound"}, "input: "),
    ],
)
def test_what_a_bundle_of_pixels_takes_is_strict(toy: Path, changed: dict[str, object], said: str) -> None:
    path = toy / "bundle.json"
    raw = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**raw, "input": {**PICTURES, **changed}}), "utf-8")
    with pytest.raises(BundleError, match=said):
        Bundle.open(toy)
    path.write_text(json.dumps({**raw, "input": PICTURES}), "utf-8")
    given = Bundle.open(toy).pictures
    assert given is not None and given.layout == ""


def test_the_toys_golden_case_is_what_its_graph_says(toy: Path) -> None:
    recognizer = Recognizer(Bundle.open(toy))
    logits, embedding = recognizer.logits([in_hands(hand_clip([0.9]))])
    np.testing.assert_allclose(logits[0], recognizer.bundle.golden[0].logits, atol=1e-4)
    assert embedding[0, 0] == pytest.approx(0.9)
    assert toy_graph() == toy_graph()
