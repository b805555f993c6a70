"""Doctor: names what is broken, says how to mend it, and tells broken from merely absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign import bundle as bundles
from deepsign import doctor
from deepsign.perceive import assets
from deepsign.problems import AssetError
from toys import moving_bundle, toy_bundle


@pytest.fixture
def well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which all is well; the folder of its one bundle."""
    toy = toy_bundle(tmp_path / "toy")
    monkeypatch.setattr(bundles, "shipped", lambda: {"toy": toy.path})
    monkeypatch.setattr(assets, "available", lambda _: True)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("", "utf-8")
    monkeypatch.setattr(doctor.resources, "files", lambda _: tmp_path)
    return toy.path


def broken(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("!!")]


def test_all_is_well(well: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.examine() == 0
    out = capsys.readouterr().out
    assert broken(out) == []
    assert "ok bundle toy: 3 labels" in out


def test_a_changed_bundle_is_broken(well: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (well / "model.onnx").write_bytes(b"other")
    assert doctor.examine() == 1
    (line,) = broken(capsys.readouterr().out)
    assert "model.onnx" in line
    assert "→" in line


def test_a_missing_page_is_broken(well: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "web" / "index.html").unlink()
    assert doctor.examine() == 1
    (line,) = broken(capsys.readouterr().out)
    assert "make start" in line


def test_a_model_file_is_fetched_only_when_asked(
    well: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched = []
    monkeypatch.setattr(assets, "available", lambda _: False)
    monkeypatch.setattr(assets, "fetch", lambda name: fetched.append(name) or Path(name))
    assert doctor.examine() == 1
    (line,) = broken(capsys.readouterr().out)
    assert "hand_landmarker.task" in line
    assert "deepsign doctor --fetch" in line
    assert fetched == []
    assert doctor.examine(fetch=True) == 0
    assert fetched == ["hand_landmarker.task"]


def test_signs_that_move_need_what_sees_bodies(well: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**bundles.shipped(), "signs": moving_bundle(tmp_path / "signs", name="signs").path}
    fetched = []
    monkeypatch.setattr(bundles, "shipped", lambda: known)
    monkeypatch.setattr(assets, "available", lambda _: False)
    monkeypatch.setattr(assets, "fetch", lambda name: fetched.append(name) or Path(name))
    assert doctor.examine(fetch=True) == 0
    assert fetched == ["hand_landmarker.task", "pose_landmarker_full.task"]


def test_a_failed_fetch_says_why(
    well: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> Path:
        raise AssetError(f"{name}: could not be fetched")

    monkeypatch.setattr(assets, "available", lambda _: False)
    monkeypatch.setattr(assets, "fetch", fail)
    assert doctor.examine(fetch=True) == 1
    assert "could not be fetched" in broken(capsys.readouterr().out)[0]
