"""Stand-ins for the page's trackers: a made-up signer, told in the messages of the page's own workers.

Real trackers find nobody in a drawing; recordings of people stay out of the repository.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Route

from browser_stage import Visit
from deepsign.landmarks import HANDS_POSE, POSE_POINTS
from made_hands import hand
from made_streams import Stream

# Answers the calls of web/src/engine/wire.ts: `see` with what the film shows then, over and over.
_WORKER = """
const film = FILM
const at = (shown, { width, height }) => {
  const scale = [width, height, width, 1]
  const pixels = (points, size) => Float32Array.from(points, (v, i) => (v ?? NaN) * scale[i % size])
  return shown && (film.hands ? [{ ...shown, points: pixels(shown.points, 3) }] : pixels(shown, 4))
}
self.onmessage = ({ data: { id, name, args: [frame, time] } }) => {
  if (name !== 'see') return self.postMessage({ id, value: undefined })
  const now = time % film.seconds
  const value = at(film.shown[film.times.findLastIndex((t) => t <= now)], frame)
  frame.close()
  setTimeout(() => self.postMessage({ id, value: value ?? (film.hands ? [] : null) }), film.delay ?? 0)
}
"""


def stand_in(
    visit: Visit, streams: Sequence[Stream], body: bool = True, side: str = "right", delay: float = 0.0
) -> None:
    """From now on the page's trackers see these streams one after another, each its time.

    body  whether shoulders and arms are seen.
    side  what the hands' tracker takes the right hand for.
    delay  ms that a picture takes: a slow device.
    """
    frames = np.concatenate([s.landmarks for s in streams])
    lengths = [len(s.times) * float(s.times[1]) for s in streams]
    starts = np.cumsum([0.0, *lengths])
    times = np.concatenate([s.times + start for s, start in zip(streams, starts, strict=False)])
    film = {"seconds": float(starts[-1]), "times": times.tolist(), "delay": delay}
    hands = [{"points": _said(_hand(f)), "side": side, "score": 0.9} for f in frames]
    poses = [_said(_pose(f)) if body else None for f in frames]
    for worker, shown in (("landmarks", {"hands": True, "shown": hands}), ("pose", {"hands": False, "shown": poses})):
        script = _WORKER.replace("FILM", json.dumps({**film, **shown}))
        visit.context.route(f"**/{worker}.worker-*.js", partial(_answer, script))


def _answer(script: str, route: Route) -> None:
    route.fulfill(body=script, content_type="text/javascript")


def _hand(frame: NDArray[np.float32]) -> NDArray[np.float64]:
    """An open hand (21, 3) at the frame's right wrist, fractions of the picture."""
    shape = hand("B", np.random.default_rng(0)).astype(np.float64)
    return np.nan_to_num(frame[HANDS_POSE.index["right_hand.wrist"]]) + (shape - shape[0]) * [0.75, 1.0, 0.75]


def _pose(frame: NDArray[np.float32]) -> NDArray[np.float64]:
    """The frame's pose (33, 4) with elbows and hips added for the eye; all of it visible."""
    pose = np.ones((len(POSE_POINTS), 4))
    pose[:, :3] = frame[HANDS_POSE.part("pose")]
    at = {name: i for i, name in enumerate(POSE_POINTS)}
    for side, out in (("left", 0.06), ("right", -0.06)):
        shoulder, wrist = pose[at[f"{side}_shoulder"]], pose[at[f"{side}_wrist"]]
        pose[at[f"{side}_elbow"], :2] = (shoulder + wrist)[:2] / 2 + [out, 0.08]
        pose[at[f"{side}_hip"], :2] = shoulder[:2] + np.array([-out / 3, 0.5])
    return pose


def _said(points: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), 4) for v in points.flat]
