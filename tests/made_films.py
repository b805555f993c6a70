"""Made-up signers before the page's trackers, several films of them: a test says which one is being shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Route

from browser_stage import Visit
from deepsign.landmarks import HANDS_POSE
from made_streams import Stream
from made_trackers import _hand, _pose, _said

# As made_trackers' worker; the film is told by name over a channel, and begins when it is first looked at.
_WORKER = """
const FILMS = GIVEN
const HANDS = KIND
let film = null
let began = null
const channel = new BroadcastChannel('film')
channel.onmessage = ({ data }) => { film = FILMS[data] ?? null; began = null }
const at = (shown, { width, height }) => {
  const scale = [width, height, width, 1]
  const pixels = (points, size) => Float32Array.from(points, (v, i) => (v ?? NaN) * scale[i % size])
  return shown && (HANDS ? [{ points: pixels(shown, 3), side: 'right', score: 0.9 }] : pixels(shown, 4))
}
self.onmessage = ({ data: { id, name, args: [frame, time] } }) => {
  if (name !== 'see') return self.postMessage({ id, value: undefined })
  began ??= time
  const now = film && (time - began) % film.seconds
  const value = film && at(film.shown[film.times.findLastIndex((t) => t <= now)], frame)
  frame.close()
  self.postMessage({ id, value: value ?? (HANDS ? [] : null) })
}
"""


def films(visit: Visit, **streams: Stream) -> None:
    """From now on the page's trackers see the film of these that `show` names; none before."""
    told = {
        name: _told(s.times, [_hand(f) for f in s.landmarks], [_pose(f) for f in s.landmarks])
        for name, s in streams.items()
    }
    _put(visit, told)


def hand_films(visit: Visit, **ways: Sequence[NDArray[np.floating] | None]) -> None:
    """As `films`, of one hand (21, 3), fractions of the picture, at 15 frames a second; None: no hand."""
    told = {name: _told(np.arange(len(hands)) / 15, hands, [None] * len(hands)) for name, hands in ways.items()}
    _put(visit, told)


def show(visit: Visit, name: str) -> None:
    """This film from its beginning, over and over; a name that no film has is an empty stage."""
    visit.page.evaluate("(name) => new BroadcastChannel('film').postMessage(name)", name)


def landmarks_of(stream: Stream) -> NDArray[np.float32]:
    """What the page makes of a stream's frames: (T, 75, 3) of layout hands_pose, the right hand an open one."""
    out = np.full_like(stream.landmarks, np.nan)
    for frame, seen in zip(out, stream.landmarks, strict=True):
        frame[HANDS_POSE.part("pose")] = _pose(seen)[:, :3]
        frame[HANDS_POSE.part("right_hand")] = _hand(seen)
    return out


def _told(times: NDArray[np.float64], hands: Sequence[Any], poses: Sequence[Any]) -> dict[str, Any]:
    step = float(times[1])
    said = [[None if x is None else _said(np.asarray(x, dtype=np.float64)) for x in one] for one in (hands, poses)]
    return {"seconds": len(times) * step, "times": times.tolist(), "hands": said[0], "poses": said[1]}


def _put(visit: Visit, told: dict[str, dict[str, Any]]) -> None:
    for worker, kind in (("landmarks", "hands"), ("pose", "poses")):
        given = {n: {"seconds": f["seconds"], "times": f["times"], "shown": f[kind]} for n, f in told.items()}
        script = _WORKER.replace("GIVEN", json.dumps(given)).replace("KIND", json.dumps(kind == "hands"))
        visit.context.route(f"**/{worker}.worker-*.js", partial(_answer, script))


def _answer(script: str, route: Route) -> None:
    route.fulfill(body=script, content_type="text/javascript")
