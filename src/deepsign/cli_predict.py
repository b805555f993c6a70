"""`deepsign predict`: sources one after another, the camera, and paths as they are typed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from deepsign.answer import Answerer
from deepsign.live import moves
from deepsign.problems import DeepSignError
from deepsign.sources import camera_index, unfold
from deepsign.terminal import complain, print_answer, print_failure


def predict_all(sources: Iterable[str], answerer: Answerer, as_json: bool) -> bool:
    """Answers each source; whether any could not be read."""
    failed = False
    for named in sources:
        try:
            camera = camera_index(named)
            if camera is not None:
                _watch(camera, answerer, as_json)
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


def _watch(camera: int, answerer: Answerer, as_json: bool) -> None:
    """Prints each sign before the camera as it ends, until Ctrl-C."""
    how = "rest your hands, then sign" if moves(answerer.recognizer) else "hold a letter for half a second"
    complain(f"camera:{camera}: {how}; Ctrl-C ends")
    for answer in answerer.watch(camera):
        print_answer(answer, as_json)


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
