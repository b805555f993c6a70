"""`deepsign benchmark`: a bundle is timed by stage, and the numbers fit one another."""

from __future__ import annotations

import json

import pytest

from deepsign.benchmark import benchmark, lines
from deepsign.cli import run


def test_a_bundle_of_landmarks_is_timed_by_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["benchmark", "digits", "--seq-len", "3", "--runs", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"decode", "network"} <= set(found["stages"])
    for spread in (found["clip"], *found["stages"].values()):
        assert 0 < spread["p50"] <= spread["p95"] <= spread["p99"]
    assert found["clip"]["p99"] >= max(s["p50"] for s in found["stages"].values())
    assert found["frames_per_second"] == pytest.approx(3000 / found["clip"]["p50"], rel=0.05)
    assert any("network" in line for line in lines(found))


def test_numbers_that_make_no_sense_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["benchmark", "digits", "--runs", "0"]) == 1
    assert "--runs 0" in capsys.readouterr().err
    assert run(["benchmark", "nothing-like-it"]) == 1


def test_every_run_is_counted() -> None:
    assert benchmark("digits", frames=2, runs=3)["runs"] == 3
