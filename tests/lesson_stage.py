"""Practise, driven by tests: the toy that it asks for, who signs, and what the lesson says of itself."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Route

from browser_stage import Visit
from made_streams import ONE_SIGN, signer
from made_trackers import _WORKER

# The toy of signs that move, with names that have tutorials and facts: hello right of the middle, thank you left of it.
SIGNS = ("hello", "thank you")
TOY = {
    "labels": [{"gloss": g, "say": g, "needs_motion": False, "still_as": None} for g in (*SIGNS, "none")],
    "decision": {
        "temperature": 1.0,
        "reject_below": 0.5,
        "none_gloss": "none",
        "per_sign_accept": dict.fromkeys(SIGNS, 0.9),
        "false_accept": 0.05,
        "top_k": 3,
    },
}
HELLO, THANK_YOU, UNKNOWN = (signer(*ONE_SIGN, fps=30, x=x) for x in (0.8, 0.3, 0.59))
# A hand that is up and never rests: it has no beginning and no end.
UP = signer((0.0, 0.01), (0.0, 6.0), fps=30, x=0.8)

# Praise stands for a second and a half: on a busy machine asking now and then would miss it.
_HEAR = """
window.heard = []
new MutationObserver(() => {
  const header = document.querySelector('[data-phase=good]')
  const words = header?.innerText.trim()
  if (words && words !== window.heard.at(-1)) window.heard.push(words)
}).observe(document, { subtree: true, childList: true, attributes: true })
"""


def praised(visit: Visit, *words: str) -> None:
    """Waits until all of this praise was given, in this order."""
    visit.see(lambda: visit.page.evaluate("() => window.heard") == list(words), f"praise: {words}")


def practise(visit: Visit, query: str = "", camera: bool = True) -> None:
    """Opens Practise and, if wanted, starts the camera."""
    visit.context.add_init_script(_HEAR)
    visit.page.goto(f"{visit.base}/#/practise{query}")
    visit.says("Make this sign")
    if camera:
        visit.start_camera()


def said(visit: Visit, what: str) -> str:
    """What the lesson says of itself: its phase, gloss, misses, verdict-ms."""
    return visit.page.locator("[data-phase]").get_attribute(f"data-{what}") or ""


def reaches(visit: Visit, **wanted: str) -> None:
    """Waits until the lesson says these of itself."""
    visit.see(lambda: all(said(visit, what) == value for what, value in wanted.items()), str(wanted))


def kept(visit: Visit, store: str) -> list[dict[str, object]]:
    """Everything in one store of the page's database."""
    found = visit.page.evaluate(
        """(store) => new Promise((done) => {
          const opening = indexedDB.open('deepsign')
          opening.onsuccess = () => {
            const all = opening.result.transaction(store).objectStore(store).getAll()
            all.onsuccess = () => { opening.result.close(); done(all.result) }
          }
        })""",
        store,
    )
    assert isinstance(found, list)
    return found


def stand_in_hand(visit: Visit, points: NDArray[np.float64], side: str, there: float | None = None) -> None:
    """From now on the hands' tracker sees one hand (21, 3), held still; with `there`, for so many s of twice as many.

    A hand of NaN is none.
    """
    hand = {"points": points.round(4).flatten().tolist(), "side": side, "score": 0.9}
    shown = [None if np.isnan(points).any() else hand, None]
    film = {"seconds": 2 * (there or 1.0), "times": [0.0, there or 2.0], "hands": True, "shown": shown}
    visit.context.route("**/landmarks.worker-*.js", partial(fulfil, _WORKER.replace("FILM", json.dumps(film))))


def fulfil(script: str, route: Route) -> None:
    """Answers with this script."""
    route.fulfill(body=script, content_type="text/javascript")
