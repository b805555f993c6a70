"""The verbs of data, called by a program: own photos become a manifest, are split, and are checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.cli import run
from deepsign.data import verbs
from deepsign.data.manifest import read
from deepsign.problems import InputError


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three people's A and B, each picture unlike the others."""
    random = np.random.default_rng(0)
    for gloss in "AB":
        for person in ("ann", "ben", "cat"):
            path = tmp_path / "photos" / gloss / f"{person}_{gloss}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(random.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(path)
    return tmp_path / "photos"


def test_own_photos_are_imported_split_and_checked(tmp_path: Path, photos: Path) -> None:
    whole, parted = tmp_path / "m.csv", tmp_path / "parted" / "s.csv"
    found = verbs.import_own(photos, whole, "CC0-1.0", pattern="(?P<signer>[a-z]+)_")
    assert found.counts() == [("photos", 3, 6)]
    assert {row.licence for row in read(whole).rows} == {"CC0-1.0"}
    made = verbs.split(whole, parted, validation=0.3, test=0.3)
    assert made.parts == (("train", 1, 2), ("validation", 1, 2), ("test", 1, 2))
    seen: list[str] = []
    assert verbs.check(parted, on_done=seen.append).rows == {"train": 2, "validation": 2, "test": 2}
    assert len(seen) == 6


def test_a_share_of_nothing_leaves_that_split_out(tmp_path: Path, photos: Path) -> None:
    verbs.import_own(photos, tmp_path / "m.csv", pattern="(?P<signer>[a-z]+)_")
    made = verbs.split(tmp_path / "m.csv", tmp_path / "s.csv", validation=0.3, test=0)
    assert [name for name, _, _ in made.parts] == ["train", "validation"]
    with pytest.raises(InputError, match="must be shares that leave some rows to train on"):
        verbs.split(tmp_path / "m.csv", tmp_path / "s.csv", validation=0.5, test=0.5)


def test_the_command_line_imports_own_photos(tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "m.csv")
    assert run(["data", "import", "--own", str(photos), "--out", out, "--pattern", "(?P<signer>[a-z]+)_"]) == 0
    assert "photos: 6 rows, 3 signers" in capsys.readouterr().out
    assert run(["data", "import", "letters-ship", "--own", str(photos), "--out", out]) == 1
    assert "leave names, --task and --class out" in capsys.readouterr().err
    assert run(["data", "import", "--out", out]) == 1
    assert "--root FOLDER" in capsys.readouterr().err


def test_own_things_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file or folder"):
        verbs.import_own(tmp_path / "gone", tmp_path / "m.csv")
