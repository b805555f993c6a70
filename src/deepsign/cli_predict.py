"""`deepsign predict`: sources one after another, the camera, and paths as they are typed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from deepsign.answer import Answerer
from deepsign.live import moves
from deepsign.perceive.window import Window
from deepsign.problems import DeepSignError
from deepsign.recognizer import Prediction
from deepsign.sources import camera_index, unfold
from deepsign.terminal import NOT_KNOWN, complain, print_answer, print_failure


def predict_all(sources: Iterable[str], answerer: Answerer, as_json: bool, window: bool = False) -> bool:
    """Answers each source; whether any could not be read. `window` shows the camera's picture."""
    failed = False
    for named in sources:
        try:
            camera = camera_index(named)
            if camera is not None:
                _watch(camera, answerer, as_json, window)
                continue
            unfolded = list(unfold([named]))
        except DeepSignError as error:
            print_failure(named, str(error), as_json)
            failed = True
            continue
        for source in unfolded:
            try:
                print_answer(answerer.answer(source), as_json)
            except DeepSignError as error:
                print_failure(source, str(error), as_json)
                failed = True
    return failed


def _watch(camera: int, answerer: Answerer, as_json: bool, window: bool) -> None:
    """Prints each sign before the camera as it ends, until Ctrl-C, or until the window is closed."""
    bundle = answerer.recognizer.bundle
    clips = bundle.pictures is not None and bundle.pictures.frames is not None
    how = "rest your hands, then sign" if moves(answerer.recognizer) or clips else "hold a letter for half a second"
    if window and bundle.pictures is not None:
        complain(f"camera:{camera}: {how}; q in the window ends, --no-window only prints")
        with Window() as shown:
            for answer in answerer.watch(camera, lambda *seen: shown.show(seen[0], _lines(*seen[1:]))):
                print_answer(answer, as_json)
        return
    complain(f"camera:{camera}: {how}; Ctrl-C ends")
    for answer in answerer.watch(camera):
        print_answer(answer, as_json)


def _lines(prediction: Prediction | None, rate: float) -> list[str]:
    """What stands over the camera's picture: the ranking and the frames a second."""
    ranking = prediction.candidates if prediction else ()
    known = [] if prediction is None or prediction.known else [NOT_KNOWN]
    return [*known, *(f"{c.gloss} {c.probability:.0%}" for c in ranking), f"{rate:.0f} frames/s"]


def predict_typed(answerer: Answerer, as_json: bool) -> bool:
    """Asks for paths until x or the end of the input."""
    failed = False
    while True:
        print("a path, or x to leave: ", end="", file=sys.stderr, flush=True)
        try:
            typed = input().strip()
        except EOFError:
            print(file=sys.stderr)
            return failed
        if typed.lower() == "x":
            return failed
        if typed:
            failed |= predict_all([typed.strip("'\"")], answerer, as_json)
