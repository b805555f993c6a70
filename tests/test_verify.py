"""The rule of practice: accepted, looks like another, not sure; the same in Python and TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from deepsign.verify import ODDS, Rule, Strictness, least, verdict

GOLDEN = Path(__file__).parent / "golden" / "verify.json"
RULE = Rule(("mother", "father", "fine", "none"), {"mother": 0.5, "father": 0.9, "fine": 0.05}, 0.4, "none")


def judge(*probabilities: float, target: str = "mother", strictness: Strictness = "normal") -> tuple[str, str | None]:
    found = verdict(probabilities, target, RULE, strictness)
    return found.outcome, found.looks_like


def test_accepted_from_its_own_least_probability_on() -> None:
    assert judge(0.5, 0.2, 0.2, 0.1) == ("accepted", None)
    assert judge(0.499, 0.2, 0.2, 0.101) == ("unsure", None)
    assert verdict((0.3, 0.6, 0.1, 0), "mother", RULE).probability == 0.3


def test_a_low_bar_is_not_enough_where_another_leads_by_far() -> None:
    assert judge(0.1, 0.1, 0.45, 0.35, target="fine") == ("accepted", None)
    assert judge(0.55, 0.1, 0.3, 0.05, target="fine") == ("accepted", None), "what leads a little is no reason"
    assert judge(0.9, 0.045, 0.035, 0.02, target="fine") == ("other", "mother")


def test_no_sign_that_leads_is_never_named() -> None:
    assert judge(0.04, 0.03, 0.03, 0.9, target="fine") == ("unsure", None)
    assert judge(0.05, 0.05, 0.06, 0.84, target="mother") == ("unsure", None)


def test_another_is_named_only_where_it_would_have_been_accepted() -> None:
    assert judge(0.1, 0.85, 0.05, 0, target="mother") == ("unsure", None)
    assert judge(0.05, 0.92, 0.03, 0, target="mother") == ("other", "father")
    assert judge(0.3, 0.25, 0.39, 0.06, target="mother") == ("unsure", None), "under what is known at all"


def test_equal_probabilities_are_the_target_s() -> None:
    assert judge(0.4, 0.1, 0.4, 0.1, target="fine") == ("accepted", None)


def test_strictness_moves_the_odds() -> None:
    assert [least(0.5, s) for s in ODDS] == pytest.approx([1 / 3, 1 / 2, 2 / 3])
    assert [least(0.9, s) for s in ODDS] == pytest.approx([9 / 11, 0.9, 18 / 19])
    assert [least(v, s) for v in (0.0, 1.0) for s in ODDS] == [0, 0, 0, 1, 1, 1]
    almost = (0.4, 0.3, 0.2, 0.1)
    assert [judge(*almost, strictness=s)[0] for s in ODDS] == ["accepted", "unsure", "unsure"]
    enough = (0.6, 0.2, 0.1, 0.1)
    assert [judge(*enough, strictness=s)[0] for s in ODDS] == ["accepted", "accepted", "unsure"]


def test_strictness_moves_how_far_another_may_lead() -> None:
    for lead, accepted in ((4.9, [*ODDS]), (24, ["gentle", "normal"]), (59, ["gentle"]), (61, [])):
        own = 1 / (1 + lead)
        rule = Rule(("mother", "father"), {"mother": 0.01, "father": 0.01}, 0.4, None)
        found = [s for s in ODDS if verdict((own, 1 - own), "mother", rule, s).outcome == "accepted"]
        assert found == accepted, lead


def golden_cases() -> list[dict[str, object]]:
    """Probabilities by chance, rounded as they are written, judged for every sign and strictness."""
    rng = np.random.default_rng(6)
    cases = []
    for i in range(40):
        p = rng.dirichlet(np.full(len(RULE.glosses), 0.4)).round(4)
        # Two that are equal, and one on the bar itself.
        p = np.array([0.4, 0.1, 0.4, 0.1]) if i == 0 else np.array([0.5, 0.3, 0.1, 0.1]) if i == 1 else p
        for target in RULE.accept:
            for strictness in ODDS:
                found = verdict(p.tolist(), target, RULE, strictness)
                cases.append(
                    {
                        "probabilities": p.tolist(),
                        "target": target,
                        "strictness": strictness,
                        "outcome": found.outcome,
                        "looks_like": found.looks_like,
                    }
                )
    return cases


def write_golden() -> None:
    """Writes tests/golden/verify.json anew: `python tests/test_verify.py`."""
    rule = {
        "glosses": list(RULE.glosses),
        "accept": dict(RULE.accept),
        "reject_below": RULE.reject_below,
        "none": RULE.none,
    }
    cases = ",\n".join(json.dumps(case) for case in golden_cases())
    GOLDEN.write_text(f'{{"rule": {json.dumps(rule)},\n"cases": [\n{cases}\n]}}\n', "utf-8")


def test_golden_cases() -> None:
    kept = json.loads(GOLDEN.read_text("utf-8"))
    rule = Rule(**kept["rule"])
    for case in kept["cases"]:
        found = verdict(case["probabilities"], case["target"], rule, case["strictness"])
        assert (found.outcome, found.looks_like) == (case["outcome"], case["looks_like"]), case
    assert {case["outcome"] for case in kept["cases"]} == {"accepted", "other", "unsure"}


if __name__ == "__main__":
    write_golden()
