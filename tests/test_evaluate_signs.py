"""What is measured about signs: folds of collections, changed clips, rejection, verification, taught signs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from deepsign.clip import Clip
from deepsign.evaluate import words
from deepsign.evaluate.altered import held_still, in_a_mirror, low_frame, thinned
from deepsign.evaluate.lessons import Embedded, episodes
from deepsign.evaluate.open_set import acceptance, rejection, verification
from deepsign.evaluate.report import Scored
from deepsign.labels import LabelMap
from deepsign.landmarks import HANDS, HANDS_POSE


def test_collections_that_share_a_rare_word_are_never_left_out_together() -> None:
    common = {"hello", "thank you"}
    made = {f"c{i}": frozenset(common) for i in range(12)}
    made |= {f"f{i}": frozenset({*common, "father"}) for i in range(3)}
    made |= {f"y{i}": frozenset({"yes", "hello"}) for i in range(3)}
    placed = words.arrange(made, 7)
    assert sorted(n for fold in placed for n in fold) == sorted(made)
    assert placed == words.arrange(dict(reversed(made.items())), 7)
    for rare in ("f", "y"):
        assert max(sum(n[0] == rare for n in fold) for fold in placed) == 1
    assert {len(fold) for fold in placed} <= {2, 3}
    assert words.shared(made) == ["hello", "thank you", "father", "yes"]
    pairs = {"p": frozenset({"yes", "no"}), "q": frozenset({"yes"}), "r": frozenset({"no"})}
    assert words.arrange(pairs, 2) == [["p"], ["q", "r"]], "rather two in one fold than a word in none"


LABELS = LabelMap.of(["A", "B", "none"])


def scored(truth: Sequence[int], probabilities: Sequence[Sequence[float]], signers: Sequence[str] = ()) -> Scored:
    table = np.array(probabilities, dtype=np.float64)
    best = table.max(axis=1)
    names = list(signers) or [f"p{i}" for i in range(len(truth))]
    blank = np.zeros(len(truth), dtype=bool)
    known = best >= 0.5
    return Scored(
        LABELS, 2, np.array(truth), table, known, blank, blank, names, names, [str(i) for i in range(len(truth))]
    )


def test_where_none_wins_nothing_is_accepted() -> None:
    found = acceptance(scored([0, 0, 2], [[0.7, 0.1, 0], [0.3, 0.2, 0], [0, 0, 0]]))
    assert found.tolist() == [0.7, 0.0, 0.0]


def test_rejection_counts_who_is_refused() -> None:
    found = rejection(scored([0, 1], [[0.9, 0, 0], [0, 0.8, 0]]), scored([2, 2], [[0.6, 0.1, 0], [0.1, 0.2, 0]]))
    assert (found["refused"], found["auroc"], found["clips"], found["against"]) == (0.5, 1.0, 2, 2)


def test_verification_at_its_own_threshold_and_at_the_rate() -> None:
    others = [[i / 100, 0.5, 0] for i in range(40)]
    own = [[0.9, 0, 0], [0.38, 0, 0], [0.2, 0, 0], [0.0, 0, 0]]
    found = verification(scored([0] * 4 + [1] * 40, own + others), {"A": 0.35}, 0.05)
    a = found["per_sign"]["A"]
    assert (a["recall"], a["false_accepts"]) == (0.5, 0.125)
    assert (a["threshold_at_rate"], a["recall_at_rate"]) == (0.38, 0.25), "as likely as the threshold is not above it"
    assert found["signs"] == 1
    assert found["unasked"] == ["B"]
    low, high = found["recall_interval"]
    assert low <= found["recall"] <= high


def moving(layout: str, frames: int = 9, y: float = 0.5) -> Clip:
    """A right hand, and in hands_pose shoulders 0.2 apart at y 0.3, frame by frame further to the right."""
    size = {"hands": HANDS, "hands_pose": HANDS_POSE}[layout]
    points = np.full((frames, len(size), 3), np.nan, dtype=np.float32)
    points[:, size.part("right_hand")] = [0.3, y, 0.0]
    points[:, size.part("right_hand"), 0] += np.linspace(0, 0.2, frames)[:, None]
    if layout == "hands_pose":
        points[:, size.index["pose.left_shoulder"]] = [0.6, 0.3, 0]
        points[:, size.index["pose.right_shoulder"]] = [0.4, 0.3, 0]
    return Clip.from_landmarks(points, layout, fps=30)


def test_fewer_frames_keep_their_times() -> None:
    clip = moving("hands")
    third = thinned(3)(clip)
    assert third.times.tolist() == clip.times[::3].tolist()
    assert clip.landmarks is not None
    assert third.landmarks is not None
    np.testing.assert_array_equal(third.landmarks, clip.landmarks[::3])


def test_a_mirror_changes_the_hand() -> None:
    seen = in_a_mirror(moving("hands")).landmarks
    assert seen is not None
    assert np.isnan(seen[:, HANDS.part("right_hand")]).all()
    assert seen[0, HANDS.index["left_hand.wrist"], 0] == pytest.approx(0.7)


def test_low_hands_are_found_and_held() -> None:
    assert low_frame(moving("hands_pose", y=0.5)) is None
    low = moving("hands_pose", y=0.9)
    assert low_frame(low) == 0
    still = held_still(low, 0)
    assert still.landmarks is not None
    assert still.duration == pytest.approx(1.45)
    assert (still.landmarks[0] == still.landmarks[-1])[~np.isnan(still.landmarks[0])].all()


def test_episodes_say_who_could_teach() -> None:
    rng = np.random.default_rng(0)
    middle = rng.normal(size=(5, 16))
    rows = [(s, p) for p in range(2) for s in range(5 if p else 3) for _ in range(7)]
    points = np.stack([middle[s] + 0.05 * rng.normal(size=16) for s, _ in rows])
    found = episodes(Embedded(points, np.array([f"S{s}" for s, _ in rows]), np.array([f"p{p}" for _, p in rows]), 0))
    assert found["same_5way_5shot"]["teachers"] == 1
    assert found["same_5way_5shot"]["interval"] is None
    assert found["same_3way_5shot"]["per_teacher"] == {"p0": 1.0, "p1": 1.0}
    assert found["other_5way_5shot"] is None
    assert found["other_3way_5shot"]["teachers"] == 2
