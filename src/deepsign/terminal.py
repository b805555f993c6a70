"""Terminal: how answers, progress and problems are written for a person, or as one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deepsign.problems import DeepSignError

if TYPE_CHECKING:
    from deepsign.answer import Answer
    from deepsign.recognizer import Prediction

NOT_KNOWN = "not a sign I know"


def complain(text: str) -> None:
    """One line on stderr, whatever line breaks the text holds."""
    print("deepsign: " + _on_one_line(text), file=sys.stderr)


def print_json(value: object) -> None:
    """One JSON object on a line of its own, whatever the file names in it hold and the terminal can show."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(value)
    print(line, flush=True)


def print_answer(answer: Answer, as_json: bool) -> None:
    """An answer as a line of JSON, or as words."""
    if as_json:
        print_json(answer.to_json())
        return
    print(f"{_on_one_line(answer.source)}: {in_words(answer.prediction, answer.glimpsed)}", flush=True)
    for s in answer.segments:
        print(f"  {s.start:6.2f}–{s.end:.2f} s  {s.gloss}  {s.probability:.0%}", flush=True)


def print_failure(source: str, reason: str, as_json: bool) -> None:
    """A source that can't be read: a JSON object on stdout, or one line on stderr that names it."""
    if as_json:
        print_json({"source": source, "error": _on_one_line(reason)})
    else:
        complain(reason if source in reason else f"{source}: {reason}")


def in_words(prediction: Prediction, glimpsed: float | None = None) -> str:
    """The ranking on one line: the best sign first, or that it is none the model knows, and why.

    glimpsed  see `Answer`.
    """
    if not prediction.candidates:
        return f"{NOT_KNOWN} (no hand is seen)"
    ranking = ", ".join(f"{c.gloss} {c.probability:.0%}" for c in prediction.candidates)
    moving = (
        f"; {' or '.join(prediction.needs_motion)} needs motion, a still can't tell" if prediction.needs_motion else ""
    )
    if prediction.known:
        return f"{ranking}{moving}"
    why = "" if glimpsed is None else f"a hand is seen for {glimpsed:.2f} s, too short for a sign that moves; "
    return f"{NOT_KNOWN} ({why}nearest: {ranking})"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def progress(task: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr, where that is a terminal; call what it gives with the name of each finished item."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task_id = bar.add_task(task, total=total)
        yield lambda _: bar.advance(task_id)


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Turns a missing package of an extra into one line that says how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("deepsign"):
            raise
        raise DeepSignError(f"this needs {error.name}: pip install 'deepsign[{extra}]'") from None
