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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from deepsign import bundle as bundles
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.pixels_mnist import to_mnist
from deepsign.data.readers import CORPORA
from deepsign.data.splits import folds
from deepsign.evaluate.report import measure, pooled
from deepsign.problems import DeepSignError
from deepsign.protocols_ground import Setting, figures, say, score
from deepsign.protocols_motion import motion, pretraining

# The share of each letter's photos, by number the last ones, that is tested on, and that validates before them.
_TESTED, _VALIDATES = 0.2, 0.1
_DIGIT_FOLDS = 5


def rooms(setting: Setting) -> dict[str, Any]:
    """handshape_cnn on letters_rooms: each gloss's last photos, by number, are tested on; other collections beside."""
    rows = by_number(setting.rows("letters_rooms"))
    learnt = [row for row in rows if row.split != "test"]
    others = {name: upper(setting.rows(name)) for name in ("massey_letters", "roboflow_letters")}
    found: dict[str, Any] = {"seeds": {}}
    for seed in range(setting.seeds):
        recipe = setting.recipe(
            "letters-pixels",
            name="rooms",
            seed=seed,
            labels={"glosses": "all"},
            optim__epochs=24,
            train__balance={"gloss": 0.5},
            data={"validation": {"splits": ["validation"]}},
        )
        bundle = setting.train(f"rooms-{seed}", recipe, learnt)
        tested = [row for row in rows if row.split == "test"]
        found["seeds"][str(seed)] = figures(score(bundle, tested, setting.root)) | {
            name: figures(score(bundle, other, setting.root)) for name, other in others.items()
        }
    return found


def letters(setting: Setting) -> dict[str, Any]:
    """The bundle letters-pixels, of ship-class photos alone, on photos of others."""
    recipe = setting.recipe("letters-pixels")
    # The collection's own valid part shows mostly the same person: what it decides (thresholds) flatters, no more.
    rows = [replace(row, signer=f"{row.signer}/{row.split}") for row in setting.rows("roboflow_letters", "digits")]
    bundle = setting.train("letters-pixels", recipe, rows)
    tests = {
        "massey_letters": upper(setting.rows("massey_letters")),
        "letters_rooms": setting.rows("letters_rooms"),
    }
    found: dict[str, Any] = {name: figures(score(bundle, rows, setting.root)) for name, rows in tests.items()}
    sizes = {name: (bundle.path / name).stat().st_size for name in bundles.FILES}
    return found | {"params": bundle.manifest.model.params, "bytes": sum(sizes.values())}


def sign_mnist(setting: Setting) -> dict[str, Any]:
    """Real photos in Sign MNIST's format, tested on the corpus's own rows."""
    home = setting.out / "mnist"
    rows: list[Row] = []
    for name in ("letters_rooms", "massey_letters", "roboflow_letters"):
        made = home / name / "manifest.csv"
        if not made.is_file():
            photos = [replace(row, gloss=row.gloss.upper()) for row in setting.rows(name)]
            manifests.write(photos, home / f"{name}.csv", setting.root)
            say(f"{name} in Sign MNIST's format: {to_mnist(home / f'{name}.csv', made.parent).left_out}")
        listed = manifests.read(made)
        rows += [replace(row, path=f"{name}/{row.path}") for row in listed.rows]
    rows = [replace(row, split="validation" if row.signer.startswith("massey/hand5") else "train") for row in rows]
    scrap = "images/sign_mnist_scrap"
    tested = CORPORA["sign_mnist"](setting.root, scrap, "sign_mnist_scrap", "CC0-1.0", {})
    held = {"validation": {"splits": ["validation"]}}
    found: dict[str, Any] = {"photos": len(rows), "seeds": {}}
    for seed in range(setting.seeds):
        bundle = setting.train(f"sign-mnist-{seed}", setting.recipe("sign_mnist", seed=seed, data=held), rows, home)
        found["seeds"][str(seed)] = figures(score(bundle, tested, setting.root))
    return found


def massey(setting: Setting) -> dict[str, Any]:
    """Transfer on massey, letters and digits together, one hand left out in turn."""
    rows = setting.rows("massey_letters", "massey_digits")
    return {kind: _massey(setting, rows, kind) for kind in ("frozen", "fine_tuned")}


def _massey(setting: Setting, rows: Sequence[Row], kind: str) -> dict[str, Any]:
    parts = []
    for hand in sorted({row.signer for row in rows})[: setting.folds]:
        learnt = [row for row in rows if row.signer != hand]
        # Another hand decides nothing: with three to learn from, each is needed, and the last epoch is kept.
        held = [replace(row, split="validation" if at % 10 == 0 else "train") for at, row in enumerate(learnt)]
        held = [replace(row, signer=f"{row.signer}/{row.split}") for row in held]
        changes = {} if kind == "fine_tuned" else {"model__params": {"learning": 0, "hidden": [512]}}
        bundle = setting.train(f"massey-{kind}-{hand.rpartition('/')[2]}", setting.recipe("transfer", **changes), held)
        parts.append(score(bundle, [row for row in rows if row.signer == hand], setting.root))
    pool = pooled(parts)
    return figures(pool) | {"hands": measure(pool, "", "").metrics["per_signer"]}


def digits(setting: Setting) -> dict[str, Any]:
    """Digits by people who were not learnt from, pixels only: grouped five-fold."""
    rows = setting.rows("digits")
    parts = []
    for number, fold in list(enumerate(folds(rows, _DIGIT_FOLDS, seed=0)))[: setting.folds]:
        out = set(fold)
        learnt = [row for i, row in enumerate(rows) if i not in out]
        bundle = setting.train(f"digits-{number}", setting.recipe("digits-pixels"), learnt)
        parts.append(score(bundle, [rows[i] for i in fold], setting.root))
    return figures(pooled(parts)) | {"folds": f"{len(parts)} of {_DIGIT_FOLDS}"}


def flips(setting: Setting) -> dict[str, Any]:
    """What turning letters upside down while training costs: letters_rooms, half the epochs, with and without."""
    rows = by_number(setting.rows("letters_rooms"))
    learnt, tested = ([r for r in rows if (r.split == "test") is side] for side in (False, True))
    found = {}
    base = setting.recipe("letters-pixels").augment
    for name, changed in (("upright", {}), ("upside_down", {"upside_down": 0.5})):
        recipe = setting.recipe(
            "letters-pixels",
            name="flips",
            labels={"glosses": "all"},
            optim__epochs=8,
            augment=base | changed,
            train__balance={"gloss": 0.5},
            data={"validation": {"splits": ["validation"]}},
        )
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
