"""Words: a hint as a person says it, in English. The page's are in web/src/texts/*/feedback.ts."""

from __future__ import annotations

from deepsign.feedback.hint import Hint

_SAID = {
    "show": "Hold your hand where the camera sees all of it.",
    "both": "Use both hands.",
    "one": "Use one hand; rest the other.",
    "up": "Point your hand up.",
    "down": "Point your hand down.",
    "sideways": "Point your hand to the side.",
    "palm_out": "Turn your palm towards the camera.",
    "palm_in": "Turn your palm towards yourself.",
    "palm_side": "Turn your palm to the side.",
    "together": "Nearly: put your fingers together.",
    "apart": "Nearly: spread your fingers.",
    "cross": "Nearly: cross your fingers.",
    "out": "Nearly: move your thumb out to the side.",
    "in": "Nearly: bring your thumb in.",
    "larger": "Nearly: make the movement larger.",
    "smaller": "Nearly: make the movement smaller.",
    "again": "Nearly: repeat the movement.",
    "once": "Nearly: make fewer movements.",
}
_FINGERS = {
    "straighten": "Nearly: straighten your {}.",
    "bend": "Nearly: bend your {}.",
    "bend_less": "Nearly: bend your {} a little less.",
    "bend_more": "Nearly: bend your {} a little more.",
    "touch": "Nearly: touch your thumb to your {}.",
}
_WHEN = {"start": "Start", "middle": "Sign", "end": "End"}
_WHERE = {
    "chin": "closer to your chin",
    "forehead": "closer to your forehead",
    "higher": "higher up",
    "lower": "lower down",
    "closer": "closer to your body's middle",
    "wider": "farther out to the side",
}


def tip(hint: Hint) -> str:
    """The hint as one sentence."""
    if hint.change in _SAID:
        return _SAID[hint.change]
    if hint.part == "place":
        when, where = hint.change.split("_")
        return f"{_WHEN[when]} {_WHERE[where]}."
    return _FINGERS[hint.change].format(f"{hint.finger} finger" if hint.finger else "fingers")
