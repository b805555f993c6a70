"""Recipes of published corpora, each from a tiny corpus of the exact layout to its score, by the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from deepsign import models
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.clip import Clip, stack
from deepsign.data.manifest import read
from deepsign.data.readers.lsa64 import GLOSSES
from deepsign.export.weights import build, check_layout
from deepsign.landmarks import HANDS_POSE, HOLISTIC, convert
from deepsign.perceive import write_landmarks
from deepsign.train.augment_body import AugmentBody
from glance import Glance
from made_bodies import SIGNS, landmarks_of, take
from made_faces import with_face

RECIPES = Path(__file__).parents[1] / "recipes"
WORDS = ("circle", "rise", "wave")
_PARTS = (("face", 468), ("left_hand", 21), ("pose", 33), ("right_hand", 21))


def parquet(path: Path, clip: Clip) -> None:
    """543 rows a frame, as the corpus has them."""
    assert clip.layout is not None
    points = convert(landmarks_of(clip), clip.layout, HOLISTIC.name)
    columns: dict[str, list[object]] = {name: [] for name in ("frame", "row_id", "type", "landmark_index")}
    values = []
    for number, frame in enumerate(points, start=20):
        for kind, count in _PARTS:
            values.append(frame[HOLISTIC.part(kind)])
            columns["frame"] += [number] * count
            columns["row_id"] += [f"{number}-{kind}-{index}" for index in range(count)]
            columns["type"] += [kind] * count
            columns["landmark_index"] += list(range(count))
    flat = np.concatenate(values)
    table = pa.table({**columns, **{axis: flat[:, i].astype(np.float64) for i, axis in enumerate("xyz")}})
    table = table.set_column(0, "frame", table["frame"].cast(pa.int16()))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def asl_signs(root: Path, faces: bool = False) -> Path:
    lines = []
    for person in range(6):
        for number, word in enumerate(WORDS):
            path = f"train_landmark_files/{16069 + person}/{1000 + 10 * person + number}.parquet"
            clip = take(word, person, 0)
            parquet(root / "asl_signs" / path, with_face(clip, 0.02, person) if faces else clip)
            lines.append((path, 16069 + person, 1000 + 10 * person + number, word))
    with (root / "asl_signs" / "train.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("path", "participant_id", "sequence_id", "sign"), *lines])
    signs = {word: i for i, word in enumerate(WORDS)}
    (root / "asl_signs" / "sign_to_prediction_index_map.json").write_text(json.dumps(signs), "utf-8")
    assert (
        run(["data", "convert", str(root / "asl_signs"), "--out", str(root / "asl_signs_archive"), "--jobs", "1"]) == 0
    )
    return root / "asl_signs" / lines[0][0]


def asl_signs_with_faces(root: Path) -> Path:
    return asl_signs(root, faces=True)


def popsign(root: Path) -> Path:
    for person, split in enumerate(("train", "train", "train", "val", "test", "test")):
        for word in WORDS:
            for number in range(2):
                name = f"4a.{7001 + person}-{word}-2022_12_27_09_26_53.197-{number}.mp4.npz"
                file = root / "popsign" / "game" / split / word / name
                write_landmarks(take(word, person, number), file)
    return file


def wlasl100(root: Path) -> Path:
    listing = []
    for at, word in enumerate((*WORDS, *(f"unheard {n}" for n in range(98)))):
        instances = []
        for person in range(8):
            video = f"{at:02}{person:03}"
            split = ("test", "val")[person] if person < 2 else "train"
            signed = {"video_id": video, "split": split, "signer_id": person, "frame_start": 1, "frame_end": -1}
            instances.append({**signed, "bbox": [0, 0, 9, 9], "fps": 25, "source": "made", "variation_id": 0})
            if word in WORDS:
                file = root / "wlasl" / "videos" / f"{video}.mp4.npz"
                write_landmarks(take(word, person, 0), file)
        listing.append({"gloss": word, "instances": instances})
    (root / "wlasl" / "WLASL_v0.3.json").write_text(json.dumps(listing), "utf-8")
    return file


def lsa64(root: Path) -> Path:
    for person in range(10):
        for number, word in enumerate(WORDS):
            file = root / "lsa64" / f"{number + 37:03}_{person + 1:03}_001.mp4.npz"
            write_landmarks(take(word, person, 0), file)
    return file


def asl_citizen(root: Path) -> Path:
    people = {"train": (0, 1, 2), "val": (3,), "test": (4, 5)}
    (root / "asl_citizen" / "splits").mkdir(parents=True)
    for split, who in people.items():
        lines = [("Participant ID", "Video file", "Gloss", "ASL-LEX Code")]
        for person in who:
            for number, word in enumerate(WORDS):
                video = f"{person}{number}-{word.upper()}.mp4"
                file = root / "asl_citizen" / "videos" / f"{video}.npz"
                write_landmarks(take(word, person, 0), file)
                lines.append((f"P{person}", video, word.upper(), f"A_01_{number:03}"))
        with (root / "asl_citizen" / "splits" / f"{split}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(lines)
    return file


@pytest.fixture
def glance() -> Iterator[None]:
    models.MODELS["glance"] = Glance
    yield
    del models.MODELS["glance"]


@pytest.mark.usefixtures("glance")
@pytest.mark.parametrize(
    ("recipe", "listed", "made", "folds", "glosses"),
    [
        ("asl_signs", "asl_signs", asl_signs, 5, set(WORDS)),
        ("asl_signs", "asl_signs_published", asl_signs, 5, set(WORDS)),
        ("asl_signs_lips", "asl_signs_published", asl_signs_with_faces, 5, set(WORDS)),
        ("popsign", "popsign", popsign, 0, set(WORDS)),
        ("wlasl100", "wlasl100", wlasl100, 0, set(WORDS)),
        ("lsa64", "lsa64", lsa64, 10, set(GLOSSES[36:39])),
        ("asl_citizen", "asl_citizen", asl_citizen, 0, {word.upper() for word in WORDS}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_corpus_becomes_a_score(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    recipe: str,
    listed: str,
    made: Callable[[Path], Path],
    folds: int,
    glosses: set[str],
) -> None:
    one = made(tmp_path)
    whole, parted, out = tmp_path / "m.csv", tmp_path / "s.csv", tmp_path / "run"
    where = ["--collections", str(RECIPES / "corpora.yaml"), "--root", str(tmp_path), "--out", str(whole)]
    assert run(["data", "import", listed, *where]) == 0
    if folds:
        flags = ["--folds", str(folds), "--fold", "1", "--validation", "0.2", "--out", str(parted)]
        assert run(["data", "split", str(whole), *flags]) == 0
    data = str(parted if folds else whole)
    trial = ["--limit", "10", "--model", "{name: glance}", "--optim.epochs", "1", "--optim.batch", "8"]
    assert run(["train", str(RECIPES / f"{recipe}.yaml"), "--data", data, "--out", str(out), *trial]) == 0
    assert "a trial on 10 of " in capsys.readouterr().err
    bundle = Bundle.open(out / "bundle")
    assert bundle.name == recipe and len(bundle.labels) >= 2 and set(bundle.labels.glosses) <= glosses
    origin = bundle.manifest.provenance
    assert origin.signer_disjoint and "trial" in origin.split
    tested = {row.signer for row in read(data).rows if row.split == "test"}
    assert tested and origin.manifest_sha256 == read(data).sha256()
    score = ["--data", data, "--split", "test", "--out", str(out / "test")]
    assert run(["evaluate", str(bundle.path), *score]) == 0
    assert json.loads((out / "test" / "metrics.json").read_text("utf-8"))["clips"] >= 2
    capsys.readouterr()
    assert run(["predict", str(one), "--model", str(bundle.path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["predictions"]) == len(bundle.labels)


@pytest.mark.parametrize(
    "name", ["asl_signs", "asl_signs_lips", "popsign", "wlasl100", "lsa64", "asl_citizen", "signs"]
)
def test_a_recipe_s_own_network_and_augmentation_fit(name: str) -> None:
    recipe = recipes.with_glosses(recipes.load(RECIPES / f"{name}.yaml"), SIGNS, name)
    check_layout(recipe)
    network = build(recipe.model, recipe.labels.label_map())
    assert sum(p.numel() for p in network.parameters()) <= 2_000_000
    clips = [take(word, 0, 0) for word in SIGNS]
    clips = [c.with_landmarks(convert(landmarks_of(c), HANDS_POSE.name, recipe.layout), recipe.layout) for c in clips]
    batch = map(torch.from_numpy, stack(clips))
    logits, _ = network(*AugmentBody(**recipe.augment)(*batch))
    assert logits.shape == (len(SIGNS), len(recipe.labels.label_map()))


@pytest.mark.parametrize("name", ["asl_signs", "asl_signs_lips", "popsign", "wlasl100", "lsa64", "asl_citizen"])
def test_a_recipe_s_head_gives_commands_that_exist(name: str) -> None:
    head = [line for line in (RECIPES / f"{name}.yaml").read_text("utf-8").splitlines() if line.startswith("#")]
    words = {line.split()[1] for line in head if line.startswith("#   ") and line[4] != " "}
    assert {"command", "split", "hardware", "score", "anchor"} <= words
    text = "\n".join(head)
    assert f"deepsign train recipes/{name}.yaml" in text and "--split test" in text
    listed = "asl_signs_published" if name == "asl_signs_lips" else name
    assert f"data import {listed} --collections recipes/corpora.yaml" in text
