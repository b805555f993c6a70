"""The command line: the verbs. Each imports what it needs when it runs, so that `--help` stays fast."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter

from deepsign import __version__
from deepsign.cli_benchmark import benchmark
from deepsign.cli_data import data
from deepsign.cli_export import export
from deepsign.cli_serve import serve, serve_page
from deepsign.cli_teach import models, teach
from deepsign.problems import DeepSignError, InputError
from deepsign.terminal import needs

app = App(
    name="deepsign",
    help="Recognises signs, starting with American Sign Language, and teaches them. On this device, offline.",
    version=__version__,
    help_format="plaintext",  # markdown would import a parser: 0.1 s of every --help
)
app.command(data)
app.command(teach)
app.command(models)
app.command(export)
app.command(benchmark)
app.command(serve)
app.command(serve_page, name="app")

Model = Annotated[str | None, Parameter(name=["--model", "-m"])]
Json = Annotated[bool, Parameter(name="--json", negative="")]


@app.command
def predict(
    *sources: str,
    model: Model = None,
    top: Annotated[int | None, Parameter(name=["--top", "-k"])] = None,
    json: Json = False,
    interactive: Annotated[bool, Parameter(negative="")] = False,
    window: bool = True,
    runtime: str = "onnx",
) -> int:
    """What is signed in photos, videos, folders, landmark files, or before the camera (camera:0).

    The exit status is 0 only if every source could be read.

    Parameters
    ----------
    sources
        Files, folders, or camera:N.
    model
        A bundle's name or folder, or your own vocabulary; letters by default, which is said. Words: --model signs.
    top
        How many signs to rank; as many as the bundle says by default.
    json
        One JSON object a line, on stdout alone.
    interactive
        Ask for one path after another; x leaves. Without any source, on a terminal, this is what happens.
    window
        Show the camera's picture where there is a screen, for models that see pixels; --no-window only prints.
    runtime
        What runs the network: onnx, litert (NAME.tflite in the current folder), or an exported file's path.
    """
    if top is not None and top < 1:
        raise InputError(f"--top {top}: give a number from 1 up")
    if not sources and not interactive:
        interactive = sys.stdin.isatty() and not json
    if not sources and not interactive:
        raise InputError("nothing to look at: name a photo, a video, a folder or camera:0, or use --interactive")
    from deepsign.answer import Answerer
    from deepsign.cli_predict import predict_all, predict_typed
    from deepsign.perceive.window import has_display

    with Answerer(model, top, runtime) as answerer:
        if not model and not json:
            print(f"model: {answerer.recognizer.bundle.name} (--model chooses another)", file=sys.stderr)
        failed = predict_all(sources, answerer, json, window and has_display())
        if interactive:
            failed |= predict_typed(answerer, json)
    return int(failed)


@app.command
def extract(
    *sources: str,
    out: Path,
    layout: Literal["hand", "hands", "hands_pose", "holistic"] = "hands",
    shard: str = "0/1",
    jobs: int | None = None,
) -> int:
    """Photos and videos to landmark files (.npz); what is there already is kept.

    What can't be read, and what shows no hand, is named at the end; neither stops the rest.

    Parameters
    ----------
    sources
        Files or folders.
    out
        Folder to write to; a folder's files keep their places below it.
    layout
        Which points: both hands (42), both hands and the body (75), these and the face (543), or one hand (21).
    shard
        i/n: only the i-th of n parts (from 0), to share a corpus between machines.
    jobs
        Processes; all cores by default.
    """
    from deepsign.extract import extract as run
    from deepsign.extract import parse_shard
    from deepsign.terminal import complain, print_failure, progress

    if not sources:
        raise InputError("nothing to extract: name photos, videos or folders")
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs {jobs}: give a number from 1 up")
    part = parse_shard(shard)
    with progress("extracting") as advance:
        done = run(sources, out, layout, part, jobs, advance)
    for source in done.unseen:
        complain(f"{source}: no hand is seen in it; its landmark file is written all the same")
    for source, reason in done.failed:
        print_failure(source, reason, as_json=False)
    counts = f"{done.written} written, {done.kept} there already, {len(done.failed)} failed"
    print(f"{out}: {counts}, {len(done.unseen)} without a hand")
    return int(bool(done.failed))


@app.command
def doctor(*, fetch: Annotated[bool, Parameter(negative="")] = False) -> int:
    """What works on this machine, and the command that mends what doesn't.

    Parameters
    ----------
    fetch
        Also get the model files that are missing.
    """
    from deepsign.doctor import examine

    return examine(fetch=fetch)


@app.command
def train(
    recipe: Path,
    /,
    *overrides: Annotated[str, Parameter(allow_leading_hyphen=True)],
    data: Path | None = None,
    out: Path | None = None,
    resume: Path | None = None,
    limit: int | None = None,
) -> None:
    """A recipe to a bundle, with checkpoints on the way.

    Parameters
    ----------
    recipe
        A YAML recipe, recipes/letters.yaml say.
    overrides
        Any key of the recipe: --optim.lr 3e-4 --optim.epochs 20. They go before what a .env file here says.
    data
        A manifest to learn from instead of the recipe's own.
    out
        Folder for the run: checkpoints, logs and the bundle; runs/NAME-TIME by default.
    resume
        The folder of a run that was stopped: goes on from its last checkpoint.
    limit
        A trial on so many clips, spread over signers and signs: the recipe's key data.limit.
    """
    with needs("train"):
        from deepsign.train.fit import train as fit

    keys = _of_env(recipe) | _pairs(overrides) | ({} if limit is None else {"data.limit": str(limit)})
    print(fit(recipe, data=data, overrides=keys, resume=resume, out=out))


@app.command
def evaluate(
    bundle: str,
    /,
    *,
    data: Path,
    split: Literal["train", "validation", "test"] | None = None,
    out: Path | None = None,
) -> None:
    """Measures a bundle on a manifest: metrics.json, metrics_report.csv, plots and the model card.

    Parameters
    ----------
    bundle
        A bundle's name or folder.
    data
        A manifest of signers that the bundle was not trained on.
    split
        Only the rows of this split; all rows by default.
    out
        Folder to write to; runs/evaluate-NAME by default, of the bundle or of its run.
    """
    with needs("train"):
        from deepsign.evaluate.run import evaluate as measure

    # A run's bundle lies in RUN/bundle, and is known by the run.
    named = Path(bundle).parent if Path(bundle).name == "bundle" else Path(bundle)
    report = measure(bundle, data, out or Path("runs") / f"evaluate-{named.name or 'bundle'}", split=split or "")
    for line in report.lines():
        print(line)


def _of_env(recipe: Path) -> dict[str, str]:
    """What a .env file in the current folder changes, and a line that says so."""
    from deepsign import recipe as recipes
    from deepsign.recipe_env import overrides

    found = overrides(Path(".env"), recipes.load(recipe))
    if found:
        print(f"deepsign: .env sets {', '.join(f'{k} = {v}' for k, v in found.items())}", file=sys.stderr)
    return found


def _pairs(flags: tuple[str, ...]) -> dict[str, str]:
    """--optim.lr 3e-4 --name=x → {"optim.lr": "3e-4", "name": "x"}."""
    pairs: dict[str, str] = {}
    rest = list(flags)
    while rest:
        flag = rest.pop(0)
        if not flag.startswith("--"):
            raise InputError(f"{flag}: recipe keys are given as --key value, --optim.lr 3e-4 for example")
        key, equals, value = flag.removeprefix("--").partition("=")
        if not equals and not rest:
            raise InputError(f"{flag}: needs a value")
        pairs[key] = value if equals else rest.pop(0)
    return pairs


def main() -> NoReturn:
    """The `deepsign` command."""
    # File names hold bytes that are no text, and consoles lack characters: neither may end a batch with a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit status: one line for what a person can mend, never a traceback."""
    from deepsign.terminal import complain

    try:
        result = app(arguments, result_action="return_value", exit_on_error=False, print_error=False)
    except CycloptsError as error:
        complain(f"{error} See {' '.join(('deepsign', *(error.command_chain or ())))} --help.")
        return 2
    except DeepSignError as error:
        complain(str(error))
        return 1
    except BrokenPipeError:
        # The reader (`head`, say) has what it wanted; nothing is left to be written on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except OSError as error:
        complain(f"{error.filename or 'the system'}: {error.strerror or error}")
        return 1
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
