"""The verbs, as a person types them: what is printed where, and the exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deepsign.cli import main, run
from deepsign.perceive import write_landmarks
from deepsign.terminal import progress
from toys import hand_clip, toy_bundle


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(toy_bundle(tmp_path_factory.mktemp("toy") / "toy").path)


@pytest.fixture
def hand(tmp_path: Path) -> str:
    path = tmp_path / "hand.npz"
    write_landmarks(hand_clip([0.9]), path)
    return str(path)


def test_json_is_one_object_a_line_on_stdout_alone(toy: str, hand: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", hand, hand, "--model", toy, "--json", "--top", "1"]) == 0
    out, err = capsys.readouterr()
    first, _ = (json.loads(line) for line in out.splitlines())
    assert first["source"] == hand
    assert [p["gloss"] for p in first["predictions"]] == ["A"]
    assert first["known"] is True
    assert isinstance(first["ms"], float)
    assert err == ""


def test_a_source_that_cannot_be_read_does_not_stop_the_rest(
    toy: str, hand: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    assert run(["predict", str(broken), hand, "--model", toy, "--json"]) == 1
    failure, answer = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert set(failure) == {"source", "error"}
    assert failure["source"] == str(broken)
    assert "broken.jpg" in failure["error"]
    assert answer["predictions"]


def test_words_for_a_person(toy: str, hand: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", hand, "--model", toy]) == 0
    assert capsys.readouterr().out.startswith(f"{hand}: A 100%")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict"], "nothing to look at"),
        (["predict", "x.jpg", "--top", "0"], "--top 0"),
        (["predict", "x.jpg", "--model", "nowhere"], "nowhere: no such bundle"),
        (["predict", "", "--model", "letters"], "an empty name"),
        (["extract", "--out", "o"], "nothing to extract"),
        (["extract", "x.jpg", "--out", "o", "--shard", "4/4"], "--shard 4/4"),
        (["extract", "x.jpg", "--out", "o", "--jobs", "0"], "--jobs 0"),
        (["data", "import", "--root", ".", "--out", "m.csv"], "collections.yaml: there is no such list"),
        (["data", "synth", "motion", "--out", "o", "--count", "0"], "--count 0"),
        (["data", "synth", "signers", "--out", "o", "--seed", "-1"], "--seed -1"),
        (["data", "to-mnist", "m.csv", "--out", "o", "--margin", "0"], "--margin 0"),
        (["serve", "--port", "65536"], "--port 65536"),
        (["app", "--port", "0"], "--port 0"),
    ],
)
def test_a_problem_is_one_line_and_exit_status_1(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 1
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("deepsign: ")]
    assert len(err) == 1
    assert message in err[0]


def test_the_interactive_loop_answers_and_leaves(
    toy: str, hand: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{hand}\n\n'{hand}'\nx\n{hand}\n"))
    assert run(["predict", "--interactive", "--model", toy]) == 0
    assert capsys.readouterr().out.count(": A 100%") == 2


def test_interactive_outlives_a_bad_path(
    toy: str, hand: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"nowhere.png\na\0b\n{hand}\n"))
    assert run(["predict", "--interactive", "--model", toy]) == 1
    out, err = capsys.readouterr()
    assert ": A 100%" in out
    assert "nowhere.png" in err
    assert "no file's name holds a null character" in err


def test_extract_writes_once_and_goes_on_past_a_bad_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "in"
    (inside / "A").mkdir(parents=True)
    write_landmarks(hand_clip([0.9]), inside / "A" / "one.npz")
    np.savez(inside / "bad.npz", landmarks=np.zeros((1, 5, 3), dtype=np.float32))
    out = tmp_path / "out"
    assert run(["extract", str(inside), "--out", str(out), "--jobs", "1"]) == 1
    assert [p.relative_to(out).as_posix() for p in out.rglob("*.npz")] == ["A/one.npz.npz"]
    said, err = capsys.readouterr()
    assert "1 written, 0 there already, 1 failed" in said
    assert "bad.npz" in err
    assert run(["extract", str(inside / "A"), "--out", str(out / "A"), "--jobs", "1"]) == 0
    assert "0 written, 1 there already, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "x.jpg", "--colour", "red"], "Unknown option: --colour. See deepsign predict --help."),
        (["predict", "x.jpg", "--jsn"], "Unknown option: --jsn. Did you mean --json? See deepsign predict --help."),
        (["train"], 'Command "train" parameter RECIPE requires an argument. See deepsign train --help.'),
    ],
)
def test_a_command_that_is_not_understood_is_one_line_too(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"deepsign: {said}\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file names that are no text")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_names_that_cannot_be_shown_stop_nothing(
    toy: str, hand: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    odd, broken = f"{tmp_path}/d\udcff→\n.npz", f"{tmp_path}/\udcff.npz"
    Path(odd).write_bytes(Path(hand).read_bytes())
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    for flags in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["deepsign", "predict", odd, broken, "--model", toy, *flags])
        with pytest.raises(SystemExit, match="1"):
            main()
    out.seek(0)
    words, answer, failure = out.read().splitlines()
    assert words.endswith(".npz: A 100%, B 0%")
    # A reader of JSON gets the very name back.
    assert json.loads(answer)["source"] == odd
    assert json.loads(failure)["source"] == broken
    err.seek(0)
    assert err.read().endswith("udcff.npz: no such file\n")


def test_progress_is_for_terminals_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("drawing", 1) as advance:
        advance("one")
    assert capsys.readouterr() == ("", "")


def test_help_needs_neither_numpy_nor_torch() -> None:
    code = (
        "import sys; from deepsign.cli import run; run(['--help']);"
        "assert not {'numpy', 'torch', 'onnxruntime', 'mediapipe'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "predict" in done.stdout


def test_ctrl_c_while_the_verbs_are_imported_is_no_traceback() -> None:
    code = (
        "import runpy, sys\n"
        "class CtrlC:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'cyclopts': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, CtrlC())\n"
        "sys.argv[1:] = ['--help']\n"
        "runpy.run_module('deepsign', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\n")


def test_data_is_imported_split_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points = np.random.default_rng(0).random((6, 21, 3), dtype=np.float32)
    np.savez(tmp_path / "t.npz", landmarks=points, label=list("ABABAB"), signer=list("xxyyzz"))
    listing = tmp_path / "list.yaml"
    listing.write_text("t: {path: t.npz, reader: landmark_table, licence: MIT, class: ship, task: letters}\n", "utf-8")
    whole, parted = str(tmp_path / "m.csv"), str(tmp_path / "s.csv")
    assert run(["data", "import", "--collections", str(listing), "--root", str(tmp_path), "--out", whole]) == 0
    assert run(["data", "split", whole, "--out", parted, "--validation", "0.3", "--test", "0.3"]) == 0
    assert "train: 2 rows, 1 signers" in capsys.readouterr().out
    assert run(["data", "check", parted]) == 0
    assert "nothing leaks" in capsys.readouterr().out
    text = Path(parted).read_text("utf-8")
    Path(parted).write_text(text.replace(",train,", ",test,", 1), "utf-8")
    assert run(["data", "check", parted]) == 1
    assert "the split leaks: signer" in capsys.readouterr().err


def test_models_are_listed_with_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    from deepsign.bundle import Bundle, shipped

    assert run(["models"]) == 0
    said = capsys.readouterr().out
    for name, folder in shipped().items():
        assert f"{name}: " in said
        assert f"{Bundle.open(folder).metrics['top1']:.1%} right at first" in said
