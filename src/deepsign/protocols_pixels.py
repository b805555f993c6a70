"""Protocols of pixels: the agreed measurements of networks that see pictures, each part runnable by itself.

    python -m deepsign.protocols_pixels rooms --root ../shared/data
    python -m deepsign.protocols_pixels motion --seeds 3

Trains in OUT/PART (a run that stands already is not made again), measures through the recognizer on what was held out,
and writes the part into RESULTS/pixels.json beside the others.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore
from deepsign.data.readers import CORPORA
from deepsign.data.readers.sign_mnist import LABELS
from deepsign.data.splits import folds
from deepsign.data.synth_album import Studio, write_album
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.report import Scored, measure, pooled
from deepsign.problems import DeepSignError
from deepsign.protocols_ground import Setting, figures, say, score
from deepsign.protocols_motion import clips_parity, motion, pretraining
from deepsign.train.held_out import learnable
from deepsign.train.joined import join

# The share of each letter's photos, by number the last ones, that is tested on, and that validates before them.
_TESTED, _VALIDATES = 0.2, 0.1
_DIGIT_FOLDS = 5
# Tables of letters in depth: what may ship, and what may not.
_HANDS = ("borisgraudt", "nejohnson2", "many_signers_mit", "traduttore_letters")
_STUDY_HANDS = ("many_signers", "bison_person1", "bison_person2", "haontran")
# So many hands are drawn of each letter: for letters-pixels, and close up, as Sign MNIST's.
_DRAWN, _CLOSE_UPS = 260, 600
# Digits that the American manual alphabet has as letters; 9 is an F that massey's hands hold otherwise.
_SAME_SHAPE = {"0": "O", "2": "V", "6": "W"}
_AS_LETTER = _SAME_SHAPE | {"9": "F"}


def rooms(setting: Setting) -> dict[str, Any]:
    """handshape_cnn on letters_rooms: each gloss's last photos, by number, are tested on; other collections beside.

    `joined`: the mean of each two of these networks, and of all.
    """
    rows = by_number(setting.rows("letters_rooms"))
    learnt, tested = ([r for r in rows if (r.split == "test") is side] for side in (False, True))
    others = {name: upper(setting.rows(name)) for name in ("massey_letters", "roboflow_letters")}
    made = [
        setting.train(f"rooms-{seed}", setting.recipe("letters_rooms", seed=seed), learnt)
        for seed in range(setting.seeds)
    ]
    found: dict[str, Any] = {"seeds": {}, "joined": {}}
    for seed, bundle in enumerate(made):
        found["seeds"][str(seed)] = figures(score(bundle, tested, setting.root)) | {
            name: figures(score(bundle, other, setting.root)) for name, other in others.items()
        }
    validation = [row for row in learnt if row.split == "validation"]
    for named, bundle in _joined(setting, made, "rooms", validation, setting.root):
        found["joined"][named] = figures(score(bundle, tested, setting.root)) | {
            name: figures(score(bundle, other, setting.root))["top1"] for name, other in others.items()
        }
    return found


def _joined(
    setting: Setting, made: Sequence[Bundle], name: str, validation: Sequence[Row], root: Path
) -> Iterator[tuple[str, Bundle]]:
    """Each two of a recipe's networks, and all of them, as one; and by which seeds it is named."""
    for count in sorted({2, len(made)} - {1}):
        for group in combinations(range(len(made)), count):
            named = "+".join(map(str, group))
            pixels = made[0].pictures
            assert pixels is not None
            store = PixelStore(root, size=pixels.size, frames=pixels.frames, fit=pixels.fit)
            yield named, join([made[i] for i in group], validation, store, setting.out / f"{name}-{named}" / "bundle")


def letters(setting: Setting) -> dict[str, Any]:
    """The bundle letters-pixels, of what may ship alone: photos, their hands moved, and hands drawn from landmarks."""
    recipe, home = setting.recipe("letters-pixels"), setting.out / "album"
    if not (home / "manifest.csv").is_file():
        listed = learnable(setting.rows(*_HANDS, "roboflow_letters", "digits", "asl_signs_rest"), recipe)
        # The photos' own valid part shows mostly the same person: what it decides (thresholds) flatters, no more.
        rows = [
            replace(row, gloss=recipe.labels.rename.get(row.gloss, row.gloss), signer=f"{row.signer}/{row.split}")
            for row in listed
        ]
        say(f"{len(write_album(rows, setting.root, home, each=_DRAWN))} pictures")
    bundle = setting.train("letters-pixels", recipe, manifests.read(home / "manifest.csv").rows, home)
    tests = {
        "massey_letters": upper(setting.rows("massey_letters")),
        "letters_rooms": setting.rows("letters_rooms"),
    }
    scored = {name: score(bundle, rows, setting.root) for name, rows in tests.items()}
    people = "photos of people who were not learnt from: massey's letters and letters_rooms"
    bundle = evaluation.publish(bundle, measure(pooled(list(scored.values())), bundle.name, people))
    found: dict[str, Any] = {name: figures(one) for name, one in scored.items()}
    sizes = {name: (bundle.path / name).stat().st_size for name in bundles.FILES}
    return found | {"params": bundle.manifest.model.params, "bytes": sum(sizes.values())}


def sign_mnist(setting: Setting) -> dict[str, Any]:
    """Photos and tables of hands made into pictures like Sign MNIST's, tested on the corpus's own rows.

    The corpus's T is a pointing hand with its thumb up, which no other collection here has: it is drawn from tables' G,
    and others' T are left out. `without_T` is the figure without it.
    """
    home = setting.out / "studio"
    if not (home / "manifest.csv").is_file():
        photos = setting.rows("letters_rooms", "massey_letters", "roboflow_letters", "digits")
        # Another hand decides nothing: few people are learnt from as it is, and the last epoch is kept.
        photos = [replace(row, split="train" if at % 10 else "validation") for at, row in enumerate(photos)]
        hands = [replace(row, split="train") for row in setting.rows(*_HANDS, *_STUDY_HANDS)]
        rows = [replace(row, gloss=_AS_LETTER.get(row.gloss, row.gloss.upper())) for row in (*photos, *hands)]
        rows = [row for row in rows if row.gloss != "T"] + [
            replace(row, gloss="T") for row in hands if row.gloss == "G"
        ]
        rows = [replace(row, signer=f"{row.signer}/{row.split}") for row in rows if row.gloss in LABELS.values()]
        rows = learnable(rows, setting.recipe("sign_mnist_studio"))
        say(f"{len(write_album(rows, setting.root, home, _CLOSE_UPS, Studio()))} pictures")
    made = manifests.read(home / "manifest.csv").rows
    tested = CORPORA["sign_mnist"](setting.root, "images/sign_mnist_scrap", "sign_mnist_scrap", "CC0-1.0", {})
    drawn = sum(row.source.startswith("drawn-") for row in made)
    found: dict[str, Any] = {"photos": len(made) - drawn, "drawn": drawn, "seeds": {}, "joined": {}}
    networks = []
    for seed in range(setting.seeds):
        recipe = setting.recipe("sign_mnist_studio", seed=seed)
        networks.append(setting.train(f"studio-{seed}", recipe, made, home))
        others = [row for row in tested if row.gloss != "T"]
        scored, without = (score(networks[-1], rows, setting.root) for rows in (tested, others))
        found["seeds"][str(seed)] = figures(scored) | {"without_T": figures(without)["top1"]}
    validation = [row for row in made if row.split == "validation"]
    for named, bundle in _joined(setting, networks, "studio", validation, home):
        found["joined"][named] = figures(score(bundle, tested, setting.root))
    return found


def massey(setting: Setting) -> dict[str, Any]:
    """Transfer on massey, letters and digits together, 36 classes, one hand left out in turn.

    `one_shape` takes 0 for O, 2 for V and 6 for W, which are the same handshapes.
    """
    rows = setting.rows("massey_letters", "massey_digits")
    found: dict[str, Any] = {"seeds": {}}
    for seed in range(setting.seeds):
        parts = []
        for hand in sorted({row.signer for row in rows})[: setting.folds]:
            learnt = [row for row in rows if row.signer != hand]
            # Another hand decides nothing: with three to learn from, each is needed, and the last epoch is kept.
            held = [replace(row, split="validation" if at % 10 == 0 else "train") for at, row in enumerate(learnt)]
            held = [replace(row, signer=f"{row.signer}/{row.split}") for row in held]
            run = f"massey-{hand.rpartition('/')[2]}-{seed}"
            bundle = setting.train(run, setting.recipe("transfer", seed=seed), held)
            parts.append(score(bundle, [row for row in rows if row.signer == hand], setting.root))
        pool = pooled(parts)
        hands = {name: of["top1"] for name, of in measure(pool, "", "").metrics["per_signer"].items()}
        found["seeds"][str(seed)] = figures(pool) | {"one_shape": _one_shape(pool), "hands": hands}
    return found


def _one_shape(scored: Scored) -> float:
    """Top-1 where an answer's handshape counts, and not whether it was meant as a digit or a letter."""
    shapes = np.array([_SAME_SHAPE.get(gloss, gloss) for gloss in scored.labels.glosses])
    return round(float((shapes[scored.probabilities.argmax(axis=1)] == shapes[scored.truth]).mean()), 4)


def digits(setting: Setting) -> dict[str, Any]:
    """Digits by people who were not learnt from, pixels only: grouped five-fold."""
    rows = setting.rows("digits")
    found: dict[str, Any] = {"folds": f"{min(setting.folds, _DIGIT_FOLDS)} of {_DIGIT_FOLDS}", "seeds": {}}
    for seed in range(setting.seeds):
        parts = []
        for number, fold in list(enumerate(folds(rows, _DIGIT_FOLDS, seed=0)))[: setting.folds]:
            out = set(fold)
            learnt = [row for i, row in enumerate(rows) if i not in out]
            bundle = setting.train(f"digits-{number}-{seed}", setting.recipe("digits-pixels", seed=seed), learnt)
            parts.append(score(bundle, [rows[i] for i in fold], setting.root))
        found["seeds"][str(seed)] = figures(pooled(parts))
    return found


def flips(setting: Setting) -> dict[str, Any]:
    """What turning letters upside down while training costs: letters_rooms, 24 epochs, with it and without."""
    rows = by_number(setting.rows("letters_rooms"))
    learnt, tested = ([r for r in rows if (r.split == "test") is side] for side in (False, True))
    found = {}
    base = setting.recipe("letters_rooms").augment
    for name, changed in (("upright", {}), ("upside_down", {"upside_down": 0.5})):
        recipe = setting.recipe("letters_rooms", name="flips", optim__epochs=24, augment=base | changed)
        found[name] = figures(score(setting.train(f"flips-{name}", recipe, learnt), tested, setting.root))
    return found


def by_number(rows: Iterable[Row]) -> list[Row]:
    """letters_rooms' rows with splits by the numbers in their names: neighbours are the same scene a moment later."""
    glosses: dict[str, list[Row]] = {}
    for row in rows:
        glosses.setdefault(row.gloss, []).append(row)
    found = []
    for listed in glosses.values():
        listed.sort(key=lambda row: int("".join(filter(str.isdigit, Path(row.path).stem)) or 0))
        tested, validates = (round(len(listed) * (1 - share)) for share in (_TESTED, _TESTED + _VALIDATES))
        for at, row in enumerate(listed):
            split = "test" if at >= tested else "validation" if at >= validates else "train"
            # Whose hands they are is not said; a scene stands for a person, so that none is on two sides.
            found.append(replace(row, split=split, signer=f"{row.signer}/{split}"))
    return found


def upper(rows: Iterable[Row]) -> list[Row]:
    """Rows with their glosses as capital letters."""
    return [replace(row, gloss=row.gloss.upper()) for row in rows]


PARTS: Mapping[str, Callable[[Setting], dict[str, Any]]] = {
    "rooms": rooms,
    "letters": letters,
    "sign_mnist": sign_mnist,
    "massey": massey,
    "digits": digits,
    "motion": motion,
    "pretraining": pretraining,
    "clips_parity": clips_parity,
    "flips": flips,
}


def run(setting: Setting, parts: Sequence[str], results: Path) -> Path:
    """Measures the parts and writes each into RESULTS/pixels.json as soon as it is done."""
    path = results / "pixels.json"
    for part in parts:
        began = time.process_time()
        found = PARTS[part](setting)
        found["cpu_minutes"] = round((time.process_time() - began) / 60, 1)
        known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        results.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known | {part: found}, indent=1, ensure_ascii=False) + "\n", "utf-8")
        say(f"{part}: {json.dumps(found)[:400]}")
    return path


def main() -> int:
    """`python -m deepsign.protocols_pixels PART…`."""
    parser = argparse.ArgumentParser(
        prog="python -m deepsign.protocols_pixels", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("parts", nargs="+", choices=sorted(PARTS))
    parser.add_argument("--root", type=Path, default=Path("../shared/data"), help="where the collections lie")
    parser.add_argument("--recipes", type=Path, default=Path("recipes"))
    parser.add_argument("--collections", type=Path, default=Path("recipes/collections.yaml"))
    parser.add_argument("--out", type=Path, default=Path("runs/protocol-pixels"))
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--folds", type=int, default=99, help="only so many of those that are left out in turn")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    setting = Setting(given.root, given.out, given.recipes, given.collections, given.seeds, given.folds)
    try:
        print(run(setting, given.parts, given.results))
    except DeepSignError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
