"""Sign boundaries in made-up streams: found, in time, at any frame rate, and as tests/golden/boundaries.json says.

`python tests/test_boundaries.py` writes that file anew, after the rules were changed on purpose.
"""

from __future__ import annotations

import copy
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from deepsign.boundaries import BLIND, LONGEST, OUT, SHORTEST, SHOULDERS, WRISTS, Boundaries, Span, State, spans
from deepsign.data.tables import open_table
from deepsign.landmarks import HANDS_POSE, mirrored
from made_streams import HELD, ONE_SIGN, REST, Stream, Truth, signer, stream

GOLDEN = Path(__file__).parent / "golden" / "boundaries.json"
# The points that the rules look at, in the golden file's order: shoulders, then each side's own and body's wrist.
USED = [*SHOULDERS, *itertools.chain(*WRISTS)]


def overlaps(a: Span, b: Truth) -> bool:
    """Whether shared time is at least half of the joint time."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared >= 0.5 * (max(a.end, b.end) - min(a.start, b.start))


def measured(streams: list[Stream]) -> tuple[float, NDArray[np.float64]]:
    """F1 at IoU 0.5, and how long after the hands stopped each sign was decided, s."""
    hits, count = [], 0
    for s in streams:
        found = spans(s.landmarks, s.times, s.aspect)
        hits += [(a, b) for a in found for b in s.signs if overlaps(a, b)]
        count += len(found) + len(s.signs)
    return 2 * len(hits) / count, np.array([a.decided - b.stopped for a, b in hits])


def found_in(s: Stream) -> list[Span]:
    return spans(s.landmarks, s.times, s.aspect)


@pytest.mark.parametrize(("fps", "in_time"), [(None, 0.3), (10, 0.4), (15, 0.32), (30, 0.3)])
def test_signs_are_found_in_time_at_any_frame_rate(fps: float | None, in_time: float) -> None:
    f1, delays = measured([stream(seed, fps) for seed in range(64)])
    assert f1 >= 0.95
    assert np.percentile(delays, 95) <= in_time


def test_who_only_fidgets_does_not_sign() -> None:
    for seed in range(7, 200, 8):
        s = stream(seed)
        assert s.signs == ()
        assert found_in(s) == []


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_a_sign_begins_and_ends_with_its_movement(fps: float) -> None:
    (span,) = found_in(signer(*ONE_SIGN, fps=fps))
    assert span.start == pytest.approx(1.0, abs=0.11)
    assert span.end == pytest.approx(2.6, abs=0.11)
    assert span.decided - 2.6 <= 0.3 + 1e-6
    assert not span.held


def test_a_sign_that_is_held_is_decided_before_the_hand_sinks_and_has_its_hold() -> None:
    (span,) = found_in(signer(*HELD))
    assert span.held
    assert span.start == pytest.approx(1.0, abs=0.11)
    assert span.stopped == pytest.approx(1.4, abs=0.05)
    assert span.decided == pytest.approx(1.65, abs=0.05)
    assert span.end == pytest.approx(1.9, abs=0.05)


def test_an_inner_hold_revises_the_sign_and_a_longer_one_parts_two() -> None:
    def twice(pause: float) -> Stream:
        up = ((0.0, 0.4), (0.0, pause), (-0.5, 0.3), (0.2, 0.3), (REST, 0.4), (REST, 1.0))
        return signer((REST, 1.0), *up)

    machine, s = Boundaries(4 / 3), twice(0.35)
    first, second = [x for p, t in zip(s.landmarks, s.times, strict=True) if (x := machine.feed(p, t))]
    assert first.held and first.start == second.start and second.end > first.end
    assert [x.start for x in found_in(s)] == [first.start]
    assert len(found_in(twice(0.8))) == 2


def test_a_hand_put_away_is_no_sign() -> None:
    assert len(found_in(signer((0.0, 0.4), (0.0, 1.0), (REST, 0.4), (REST, 1.0)))) <= 1
    assert found_in(signer((REST, 1.0), (0.7, 0.1), (REST, 0.1), (REST, 1.0))) == []
    twitch = SHORTEST / 2 - 0.02
    assert found_in(signer((REST, 1.0), (0.0, twitch), (REST, twitch), (REST, 1.0), fps=60)) == []


def test_a_movement_from_a_held_hand_that_ends_low_is_a_sign() -> None:
    # As short as being put away, and it ends as low, but it goes up first.
    first, second = found_in(signer((REST, 1.0), (0.0, 0.4), (0.0, 1.0), (-0.5, 0.2), (REST, 0.4), (REST, 1.0)))
    assert (first.end, second.start) == pytest.approx((1.9, 2.4), abs=0.1)
    assert second.end == pytest.approx(3.0, abs=0.1)


def test_shoulders_that_turn_for_a_moment_leave_the_unit_as_it_is() -> None:
    # A trembling hand is still, by the width that the shoulders had before they turned half away.
    s = signer(*HELD)
    turned = (s.times >= 1.3) & (s.times < 2.2)
    points = s.landmarks.copy()
    for shoulder in SHOULDERS:
        points[turned, shoulder, 0] = 0.5 + (points[turned, shoulder, 0] - 0.5) / 2
    for wrist in WRISTS[1]:
        points[::2, wrist, 1] += 0.04 * 0.3
    (span,) = spans(points, s.times, s.aspect)
    assert span.decided == pytest.approx(1.7, abs=0.07)


def test_the_picture_s_shape_changes_nothing() -> None:
    wide, tall = (found_in(signer(*ONE_SIGN, aspect=a)) for a in (16 / 9, 9 / 16))
    assert [(x.start, x.end) for x in wide] == [(x.start, x.end) for x in tall]


def test_a_mirrored_signer_is_found_alike() -> None:
    s = stream(3)
    other = replace(s, landmarks=mirrored(s.landmarks, HANDS_POSE.name))
    for a, b in zip(found_in(s), found_in(other), strict=True):
        assert (a.start, a.end) == pytest.approx((b.start, b.end), abs=1e-4)


def test_a_hand_lost_for_a_moment_goes_on_and_one_lost_for_longer_is_over() -> None:
    assert len(found_in(signer(*ONE_SIGN, lost=(1.7, 1.9)))) == 1
    first = found_in(signer(*ONE_SIGN, lost=(1.7, 2.7)))[0]
    assert first.end == pytest.approx(1.7, abs=0.05)
    assert first.decided == pytest.approx(1.7 + OUT, abs=0.1)


def test_frames_that_never_came_are_no_lost_hand() -> None:
    s = signer(*ONE_SIGN)
    there = (s.times < 1.7) | (s.times >= 2.1)
    (span,) = spans(s.landmarks[there], s.times[there], s.aspect)
    assert span.end == pytest.approx(2.6, abs=0.1)


def test_a_hand_lost_in_the_first_frame_that_comes_again_is_not_out_yet() -> None:
    s = signer(*ONE_SIGN, lost=(1.95, 2.1))
    there = (s.times < 1.7) | (s.times >= 1.95)
    machine = Boundaries(s.aspect)
    found = [x for p, t in zip(s.landmarks[there], s.times[there], strict=True) if (x := machine.feed(p, t))]
    assert [x.end for x in found] == pytest.approx([2.6], abs=0.1)


def test_a_stream_that_stood_still_ends_the_sign_where_it_stopped() -> None:
    s = signer(*ONE_SIGN)
    there = s.times < 1.8
    machine = Boundaries(s.aspect)
    assert not any(machine.feed(p, t) for p, t in zip(s.landmarks[there], s.times[there], strict=True))
    # Nearly a second without a frame: a slow machine, not another stream.
    last = s.times[there][-1] + 0.95 * BLIND
    assert machine.feed(s.landmarks[there][-1], last) is None
    assert machine.state is State.SIGNING
    for after in (1.05 * BLIND, 60.0):
        later = copy.deepcopy(machine)
        assert later.feed(s.landmarks[-1], last + after) is not None
    span = machine.feed(s.landmarks[-1], 60.0)
    assert span is not None
    assert span.end == pytest.approx(last, abs=0.05)
    assert span.decided == 60.0
    assert machine.state is State.WAIT


def test_whoever_never_rests_is_cut_off() -> None:
    waving = [(h, 0.3) for _ in range(15) for h in (-0.3, 0.3)]
    first = found_in(signer((REST, 1.0), *waving))[0]
    assert first.end - first.start == pytest.approx(LONGEST, abs=0.1)


def test_a_recording_may_begin_and_end_in_the_middle_of_a_sign() -> None:
    s = signer(*ONE_SIGN)
    middle = (s.times >= 1.3) & (s.times < 2.2)
    (span,) = spans(s.landmarks[middle], s.times[middle], s.aspect)
    assert (span.start, span.end) == pytest.approx((1.3, 2.2), abs=0.05)
    live = Boundaries(s.aspect)
    assert not any(live.feed(p, t) for p, t in zip(s.landmarks[middle], s.times[middle], strict=True))
    assert live.state is State.WAIT, "before a camera the hands rest first"


def test_without_a_body_nothing_is_found() -> None:
    s = signer(*ONE_SIGN)
    points = s.landmarks.copy()
    points[:, list(SHOULDERS)] = np.nan
    assert spans(points, s.times, s.aspect) == []
    assert spans(np.full_like(points, np.nan), s.times, s.aspect) == []


def test_states_follow_one_another() -> None:
    machine, s, seen = Boundaries(4 / 3), signer(*ONE_SIGN), []
    for points, t in zip(s.landmarks, s.times, strict=True):
        machine.feed(points, t)
        seen.append(machine.state)
    assert [x for x, _ in itertools.groupby(seen)] == [
        State.WAIT,
        State.READY,
        State.SIGNING,
        State.DONE,
        State.READY,
    ]


def test_spans_are_in_order_and_apart() -> None:
    for seed in range(20):
        found = found_in(stream(seed))
        assert all(a.start < a.end for a in found)
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.shared
def test_real_signs_are_found_whole(shared_data: Path) -> None:
    """Clips of 1.5 s, one sign each, cut from recordings: most hold one span, few are in pieces."""
    table = open_table(shared_data / "motion" / "webcam_words" / "enamilkovicc.npz")
    counts = [len(spans(c.landmarks, c.times, 4 / 3)) for i in range(0, len(table), 4) for c in [table.clip(i)]]
    assert np.mean(np.array(counts) == 1) >= 0.5
    assert np.mean(np.array(counts) > 1) <= 0.1


def golden_case(name: str, s: Stream) -> dict[str, object]:
    """What a twin must give: the points used, (T, 6, 2) with None where not seen, and the states and spans found."""
    points = [[[None if np.isnan(v) else round(float(v), 4) for v in p[:2]] for p in f[USED]] for f in s.landmarks]
    case = {"name": name, "aspect": s.aspect, "times": [round(float(t), 3) for t in s.times], "points": points}
    return {**case, **answers(case)}


def answers(case: dict) -> dict[str, object]:
    """The states as a camera goes through them, [time, state] at each change, its spans, and a recording's spans."""
    landmarks = np.full((len(case["times"]), len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    landmarks[:, USED, :2] = np.array(case["points"], dtype=np.float32)
    machine, states, live = Boundaries(case["aspect"]), [[0.0, "wait"]], []
    for points, t in zip(landmarks, case["times"], strict=True):
        if span := machine.feed(points, t):
            live.append(span)
        if machine.state.value != states[-1][1]:
            states.append([t, machine.state.value])
    recorded = spans(landmarks, np.array(case["times"]), case["aspect"])
    return {"states": states, "live": [said(x) for x in live], "recorded": [said(x) for x in recorded]}


def said(span: Span) -> list[object]:
    """[start, end, stopped, decided, held]."""
    return [*(round(v, 4) for v in (span.start, span.end, span.stopped, span.decided)), span.held]


def write_golden() -> None:
    """Streams with all the faults, at several frame rates, and the plain ones above."""
    made = [(f"made {seed} at {fps} fps", stream(seed, fps)) for seed, fps in ((0, 15), (5, 10), (7, 12), (19, 20))]
    plain = [
        ("one sign", signer(*ONE_SIGN, fps=15)),
        ("held", signer(*HELD, fps=15)),
        ("lost for a moment", signer(*ONE_SIGN, fps=15, lost=(1.7, 1.9))),
        ("lost", signer(*ONE_SIGN, fps=15, lost=(1.7, 2.7))),
    ]
    cases = [json.dumps(golden_case(name, s), separators=(",", ":")) for name, s in plain + made]
    GOLDEN.write_text("[\n" + ",\n".join(cases) + "\n]\n", "utf-8")


@pytest.mark.parametrize(
    "case", json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.is_file() else [], ids=lambda c: c["name"]
)
def test_golden_cases(case: dict) -> None:
    found = answers(case)
    assert found["states"] == case["states"]
    for kind in ("live", "recorded"):
        assert len(found[kind]) == len(case[kind])
        for a, b in zip(found[kind], case[kind], strict=True):
            assert a == pytest.approx(b, abs=1e-3)


if __name__ == "__main__":
    write_golden()
