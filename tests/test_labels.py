"""Glosses: ordered, unique, each with words to say."""

from __future__ import annotations

import pytest

from deepsign.labels import Label, LabelMap
from deepsign.problems import BundleError


def test_plain_glosses_are_said_as_words() -> None:
    labels = LabelMap.of(["A", "THANK-YOU"])
    assert [label.say for label in labels] == ["A", "thank you"]
    assert (len(labels), labels[1].gloss, labels.index("THANK-YOU")) == (2, "THANK-YOU", 1)
    assert "A" in labels
    assert "B" not in labels


def test_an_unknown_gloss_is_a_key_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="Q"):
        LabelMap.of(["A"]).index("Q")


def test_a_gloss_stands_once() -> None:
    with pytest.raises(BundleError, match="glosses appear twice: A, B"):
        LabelMap(tuple(Label(g, g) for g in ("A", "B", "A", "B", "C")))


def test_no_labels_are_no_map() -> None:
    with pytest.raises(BundleError, match="at least one gloss"):
        LabelMap(())
