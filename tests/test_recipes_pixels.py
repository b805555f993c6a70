"""Every pixel recipe of the project runs from its file to a bundle, on small made pictures or clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.cli import run
from made_pictures import clips, pictures

HOME = Path(__file__).parents[1] / "recipes"
PIXELS = sorted(path.stem for path in HOME.glob("*.yaml") if "\npixels:" in path.read_text("utf-8"))
# Made smaller for a test, where a network can be.
SMALLER = {"handshape_cnn": "{width: 4}", "mobilenet3d": "{width: 0.25}"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    pictures(folder / "images", each=3)
    clips(folder / "clips", each=2)
    return folder


def test_there_are_as_many_as_the_systems_need() -> None:
    wanted = {"letters-pixels", "sign_mnist", "sign_mnist_resnet50", "arrays27", "transfer", "digits-pixels"}
    assert wanted | {"motion_cnn_bilstm", "gestures3d", "signs3d", "jester", "phoenix"} <= set(PIXELS)


@pytest.mark.parametrize("name", PIXELS)
def test_a_recipe_runs_to_a_bundle(
    name: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deepsign.data.pixels.cache_folder", lambda: tmp_path / "cache" / "assets")
    monkeypatch.chdir(tmp_path)
    recipe = recipes.load(HOME / f"{name}.yaml")
    assert recipe.pixels is not None
    clip = recipe.pixels.frames is not None
    flags = {
        "labels": "{glosses: all}",
        "data.exclude": "[]",
        "data.validation": "{share: 0.25}",
        "pixels.size": "32",
        "pixels.views": "1",
        "train.weights": "null",
        "train.init_from": "null",
        "optim.epochs": "1",
        "optim.batch": "8",
        **({"pixels.frames": "4"} if clip else {}),
        **({"model.params": SMALLER[recipe.model.name]} if recipe.model.name in SMALLER else {}),
    }
    given = [part for key, value in flags.items() for part in (f"--{key}", value)]
    data = made / ("clips" if clip else "images") / "manifest.csv"
    told = ["train", str(HOME / f"{name}.yaml"), "--data", str(data), "--limit", "16", "--out", "run", *given]
    assert run(told) == 0, capsys.readouterr().err
    bundle = Bundle.open(tmp_path / "run" / "bundle")
    assert bundle.pictures is not None and bundle.pictures.frames == (4 if clip else None)
    assert bundle.metrics["clips"]
    assert (tmp_path / "run" / "history.json").is_file()
    assert (tmp_path / "run" / "curves.png").read_bytes().startswith(b"\x89PNG")
