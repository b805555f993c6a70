"""The words: the README's commands run, its tables and tree are fresh, and the docs name only what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from deepsign.bundle import shipped
from deepsign.cli import run
from deepsign.perceive import Landmarker, assets

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TO_RUN = re.findall(r"<!-- run -->\n```(sh|python)\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def desk(tmp_path: Path, hand_picture: NDArray[np.uint8], still_tracker: Landmarker) -> Path:
    """A folder with a photo of a hand, hand.jpg."""
    Image.fromarray(hand_picture).save(tmp_path / "hand.jpg")
    return tmp_path


@pytest.mark.parametrize(("language", "block"), TO_RUN, ids=[language for language, _ in TO_RUN])
def test_the_tour_runs(language: str, block: str, desk: Path) -> None:
    # `deepsign` as this Python's, wherever its script was put.
    script = f'deepsign() {{ {shlex.quote(sys.executable)} -m deepsign.cli "$@"; }}\n{block}'
    command = ["bash", "-euc", script] if language == "sh" else [sys.executable, "-c", block]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=desk, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
    assert "no hand is seen" not in done.stdout


def test_the_tour_has_both_languages() -> None:
    assert {language for language, _ in TO_RUN} == {"sh", "python"}


def test_tables_and_tree_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "tools/readme.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_tables_say_what_was_measured_and_what_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import readme

    one = {"clips": 1200, "signers": 3, "top1": 0.9512, "ece": 0.0213, "top1_without_suspects": 0.9731}
    letters = {
        "overall": one,
        "hands": {
            "mean": 0.94,
            "worst": "ana",
            "mean_without_suspects": 0.96,
            "worst_without_suspects": "ana",
            "sources": {"ana": one},
        },
        "photos": {"rooms": one},
        "moving": {"ben": {**one, "motion": {"J": {"recall": 0.9}}}},
        "nothing": {"clips": 143, "not_known": 0.979, "true_letters_refused": 0.0123},
        "not_measured": ["signn"],
    }
    digits = {"overall": one, "folds": {}, "others": {"massey_digits": one}, "not_measured": []}
    for name, found in (("letters", letters), ("digits", digits)):
        (tmp_path / f"{name}.json").write_text(json.dumps(found), "utf-8")
    made = readme.results(tmp_path)
    for said in ("95.1 %", "94.0 %", "97.3 %", "J 90.0 %", "1.2 %", "0.021", "1,200", "have seen them: signn."):
        assert said in made
    assert "98.5" not in made, "what the folds should reach says nothing about other collections"


def named_commands() -> list[str]:
    """Every `deepsign …` command that the papers name, in a code block's line or between backquotes."""
    found = set()
    for paper in PAPERS:
        text = paper.read_text("utf-8")
        found |= {match.strip() for match in re.findall(r"`(deepsign [a-z][^`\n]*)`", text)}
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            lines = (line.partition("#")[0].strip() for line in block.splitlines())
            found |= {line for line in lines if line.startswith("deepsign ")}
    return sorted(found)


@pytest.mark.parametrize("command", named_commands())
def test_every_command_and_flag_that_the_papers_name_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = command.split()[1:]
    verb = words[: {"data": 2, "data synth": 3}.get(" ".join(words[:2]), {"data": 2}.get(words[0], 1))]
    assert run([*verb, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"deepsign {' '.join(verb)}" in said.splitlines()[0]
    for flag in re.findall(r"--[a-z][a-z-]*(?![a-z.-])", command):
        assert flag in said, f"{flag} is not a flag of deepsign {' '.join(verb)}"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.name)
def test_links_lead_somewhere(paper: Path) -> None:
    text = paper.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert target.startswith("https://") or (paper.parent / target).exists(), target


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.name)
def test_words(paper: Path) -> None:
    text = paper.read_text("utf-8").lower()
    for word in ("translator", "hearing-impaired", "deaf-mute", "deaf and dumb"):
        assert word not in text


def test_what_the_readme_promises_is_installed() -> None:
    assert {"letters", "digits"} <= set(shipped())
    assert "hand_landmarker.task" in assets.ASSETS
