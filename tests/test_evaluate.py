"""What is measured is what it says: each metric against a count by hand, and reports through a toy bundle."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.evaluate import metrics, plots
from deepsign.evaluate.card import card
from deepsign.evaluate.report import Report, Scored, measure, pooled
from deepsign.evaluate.run import publish, score, write
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer
from toys import hand_clip, toy_bundle

TRUTH = np.array([0, 0, 1, 1, 2])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.9, 0.0], [0.4, 0.35, 0.25], [0.0, 0.0, 0.0]])


class Clips:
    """A store of toy clips: the path is the wrist's x, "none" for no hand, "broken" for a file that can't be read."""

    def clip(self, row: Row) -> Clip:
        if row.path == "broken":
            raise InputError("broken: is no picture; save it anew")
        return hand_clip([None if row.path == "none" else float(row.path)])


def rows(*wanted: tuple[str, str, str]) -> list[Row]:
    return [Row(path, gloss, signer, "", "CC0-1.0", signer[:1], "") for path, gloss, signer in wanted]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return toy_bundle(tmp_path_factory.mktemp("toy") / "toy")


@pytest.fixture(scope="module")
def scored(toy: Bundle) -> Scored:
    seen = rows(
        ("0.9", "A", "s1"),
        ("0.1", "A", "s1"),
        ("0.1", "B", "t2"),
        ("none", "B", "t2"),
        ("0.5", "none", "t2"),
        ("0.9", "none", "t2"),
        ("broken", "A", "t2"),
        ("0.5", "SPACE", "t2"),
    )
    return score(Recognizer(toy), seen, Clips())


@pytest.fixture(scope="module")
def report(scored: Scored) -> Report:
    return measure(scored, "toy", "made by hand")


def test_a_clip_counts_when_the_truth_is_among_the_first_k() -> None:
    assert metrics.top_k(TRUTH, PROBABILITIES, 1).tolist() == [True, False, True, False, False]
    assert metrics.top_k(TRUTH, PROBABILITIES, 2).tolist() == [True, True, True, True, False]
    assert not metrics.top_k(TRUTH, PROBABILITIES, 3)[4], "nothing was seen, so nothing is right"


def test_precision_recall_and_f1_of_each_gloss() -> None:
    first, second, third = metrics.per_gloss(TRUTH, np.array([0, 1, 1, 0, -1]), 3)
    assert (first.precision, first.recall, first.f1, first.support) == (0.5, 0.5, 0.5, 2)
    assert (second.precision, second.recall, second.support) == (0.5, 0.5, 2)
    assert (third.precision, third.recall, third.f1, third.support) == (0, 0, 0, 1)
    assert metrics.macro_f1(TRUTH, np.array([0, 1, 1, 0, -1])) == pytest.approx(1 / 3)


def test_calibration_error_is_the_gap_weighted_by_count() -> None:
    confidence = np.array([0.95] * 10 + [0.55] * 30)
    right = np.array([True] * 9 + [False] + [True] * 12 + [False] * 18)
    assert metrics.ece(confidence, right) == pytest.approx((0.05 * 10 + 0.15 * 30) / 40)
    assert metrics.ece(np.ones(3), np.ones(3, dtype=bool)) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_auroc_is_the_share_of_pairs_in_order(high: list[float], low: list[float]) -> None:
    pairs = [(a > b) + 0.5 * (a == b) for a in high for b in low]
    assert metrics.auroc(np.array(high), np.array(low)) == pytest.approx(np.mean(pairs))
    assert metrics.auroc(np.array(high), np.zeros(0)) is None


def test_the_interval_draws_whole_signers() -> None:
    """A signer's clips are alike: many clips of two people say no more than two people."""
    signers = ["a"] * 500 + ["b"] * 500
    right = np.array([True] * 500 + [False] * 500)
    assert metrics.interval(signers, right) == (0.0, 1.0)
    spread = metrics.interval([f"s{i}" for i in range(1000)], right)
    assert spread is not None
    assert 0.45 < spread[0] < 0.5 < spread[1] < 0.55
    assert metrics.interval(["a"] * 9, np.ones(9)) is None


def test_the_confusion_table_counts_every_clip_once() -> None:
    table = metrics.confusion(TRUTH, np.array([0, 1, 1, 0, -1]), 3)
    assert table.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1]]


def test_what_is_not_seen_or_not_readable_counts_as_wrong(report: Report) -> None:
    found = report.metrics
    assert found["clips"] == 5
    assert found["top1"] == 0.4  # 0.9 is A and 0.1 is B; 0.1 is no A, and two are not seen
    assert found["seen"] == 0.6
    assert found["refused"] == 0.4
    assert found["unreadable"] == 1
    assert found["left_out"] == {"SPACE": 1}
    assert found["per_signer"]["s1"] == {"source": "s", "clips": 2, "top1": 0.5, "refused": 0.0}
    assert found["mean_of_sources"] == pytest.approx((1 / 2 + 1 / 3) / 2, abs=1e-4)


def test_hands_found_are_told_of_networks_that_need_one(report: Report, scored: Scored) -> None:
    assert any("a hand was found in 60.0%" in line for line in report.lines())
    by_pixels = measure(pooled([replace(scored, tracked=False)]), "toy", "made by hand").lines()
    assert not any("found" in line for line in by_pixels)
    assert any(line.startswith("refused 40.0%") for line in by_pixels)


def test_strangers_are_counted_apart(report: Report) -> None:
    negatives = report.metrics["negatives"]
    assert (negatives["clips"], negatives["refused"]) == (2, 0.5)
    assert "none" not in report.metrics["per_gloss"]


def test_pooled_answers_measure_as_one(scored: Scored, report: Report) -> None:
    first = np.arange(len(scored.truth)) < 3
    again = measure(pooled([scored.take(first), scored.take(~first)]), "toy", "made by hand")
    same = set(report.metrics) - {"left_out", "unreadable"}
    assert {k: again.metrics[k] for k in same} == {k: report.metrics[k] for k in same}


def test_everything_is_written_and_read_back(report: Report, toy: Bundle, tmp_path: Path) -> None:
    write(report, toy, tmp_path)
    table = list(csv.DictReader(io.StringIO((tmp_path / "metrics_report.csv").read_text("utf-8"))))
    assert [row["gloss"] for row in table] == ["A", "B"]
    assert list(table[0]) == ["gloss", "precision", "recall", "f1", "support"]
    assert [row["signer"] for row in csv.DictReader(io.StringIO(report.signers_csv()))] == ["s1", "t2"]
    for name in ("confusion_matrix.png", "reliability.png"):
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 200
    assert not list(tmp_path.glob(".*")), "nothing half-written stays"


def test_pictures_come_out_the_same_each_time(report: Report) -> None:
    assert plots.confusion_png(report.scored) == plots.confusion_png(report.scored)


def test_the_card_tells_what_it_is_and_how_well_it_does(toy: Bundle, report: Report) -> None:
    text = card(toy.manifest, report.metrics)
    assert "learning aid" in text
    assert "translat" not in text.lower()
    assert "made by hand" in text
    assert f"| A | {report.metrics['per_gloss']['A']['precision']:.3f} |" in text
    assert "40.0%" in text
    flattering = toy.manifest.model_copy(
        update={"provenance": toy.manifest.provenance.model_copy(update={"signer_disjoint": False})}
    )
    assert "NOT kept apart" in card(flattering, report.metrics)


def test_publishing_puts_the_figures_into_the_bundle(toy: Bundle, report: Report, tmp_path: Path) -> None:
    published = publish(toy, report, tmp_path / "published")
    assert published.metrics["top1"] == 0.4
    assert "40.0%" in (published.path / "README.md").read_text("utf-8")
    assert published.model_path.read_bytes() == toy.model_path.read_bytes()
