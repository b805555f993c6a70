"""Held letters: counted by time, robust to flicker, the same in Python and TypeScript (tests/golden/hold.json)."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign.stream import HOLD, SLACK, Hold, Moment, held

GOLDEN = json.loads((Path(__file__).parent / "golden" / "hold.json").read_text("utf-8"))


def stream(*parts: tuple[str | None, float], fps: float = 30) -> list[Moment]:
    """Moments at a frame rate: each part is (gloss, seconds)."""
    moments, time = [], 0.0
    for gloss, seconds in parts:
        for _ in range(round(seconds * fps)):
            moments.append(Moment(round(time, 6), gloss, 0.9))
            time += 1 / fps
    return moments


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: c["name"])
def test_golden_cases(case: dict) -> None:
    found = held([Moment(*m) for m in case["moments"]], frozenset(case["moving"]))
    assert [(s.gloss, s.start, s.end) for s in found] == [tuple(s) for s in case["segments"]]


@pytest.mark.parametrize("fps", [8, 15, 30, 60])
def test_frame_rate_does_not_change_the_letters(fps: float) -> None:
    spelled = stream(("C", 0.9), (None, 0.4), ("A", 0.8), ("T", 1.0), (None, 0.5), fps=fps)
    assert [s.gloss for s in held(spelled)] == ["C", "A", "T"]


def test_a_letter_passed_through_does_not_count() -> None:
    assert held(stream(("A", HOLD - 0.1), (None, 1))) == []


def test_one_missed_frame_does_not_break_a_hold() -> None:
    assert [s.gloss for s in held(stream(("A", 0.3), (None, SLACK / 2), ("A", 0.3)))] == ["A"]


def test_the_same_letter_twice_needs_a_gap() -> None:
    assert [s.gloss for s in held(stream(("L", 0.7), (None, 0.4), ("L", 0.7)))] == ["L", "L"]


def test_a_moving_letter_needs_less_time() -> None:
    passing = stream((None, 0.3), ("J", 0.3), (None, 0.5))
    assert held(passing) == []
    assert [s.gloss for s in held(passing, frozenset("J"))] == ["J"]


def test_progress_fills_while_a_letter_is_held() -> None:
    hold, seen = Hold(), []
    for moment in stream(("B", 0.8)):
        hold.feed(moment)
        seen.append(hold.progress)
    assert seen[0] == ("B", 0.0)
    assert seen[-1] == ("B", 1.0)
    assert [p for _, p in seen] == sorted(p for _, p in seen)


@given(st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.floats(0.01, 0.3)), max_size=60))
def test_segments_are_in_order_apart_and_long_enough(steps: list[tuple[str | None, float]]) -> None:
    time, moments = 0.0, []
    for gloss, gap in steps:
        time += gap
        moments.append(Moment(time, gloss, 0.8))
    found = held(moments)
    assert all(s.end - s.start >= HOLD - 1e-6 for s in found)
    assert all(a.end < b.start for a, b in itertools.pairwise(found))
