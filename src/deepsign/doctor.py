"""Doctor: what works on this machine, and the command that mends what doesn't."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Literal

from deepsign import bundle as bundles
from deepsign.perceive import assets
from deepsign.problems import DeepSignError

# Layout → the model files that bundles of it need; the others are fetched when something asks for them.
NEEDED_ASSETS = {
    "hands": {"hand_landmarker.task"},
    "hands_pose": {"hand_landmarker.task", "pose_landmarker_full.task"},
    "holistic": {"hand_landmarker.task", "pose_landmarker_full.task", "face_landmarker.task"},
}
_REINSTALL = "in DeepSign's own folder: pip install --force-reinstall ."


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    state  "ok"; "–": not there and not needed for the app; "!!": broken.
    mend   the command, or the act, that mends it; None where nothing is wrong.
    """

    state: Literal["ok", "–", "!!"]
    what: str
    mend: str | None = None

    def line(self) -> str:
        """As it is printed: the state, what was found, and the way out."""
        return f"{self.state:2} {self.what}" + (f"  →  {self.mend}" if self.mend else "")


def examine(fetch: bool = False) -> int:
    """Prints a line for each thing DeepSign needs; 1 if something needed is broken, else 0.

    With `fetch`, missing model files are got first. No camera is opened.
    """
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        lambda: _assets(fetch),
        _bundles,
        _page,
        _cameras,
        _torch,
    )
    broken = False
    for check in checks:
        for finding in check():
            print(finding.line(), flush=True)
            broken |= finding.state == "!!"
    return int(broken)


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    if (3, 10) <= sys.version_info[:2] <= (3, 13):
        yield Finding("ok", f"Python {version}")
    else:
        yield Finding("!!", f"Python {version} is not one of 3.10 to 3.13", "make a .venv with one that is")


def _packages() -> Iterator[Finding]:
    for package, use in (("onnxruntime", "runs the networks"), ("mediapipe", "sees the hands"), ("av", "reads videos")):
        try:
            # Importing is the only proof: a wheel for another machine installs and then fails here.
            importlib.import_module(package)
        except ImportError as error:
            reason = str(error).splitlines()[0]
            yield Finding("!!", f"{package} ({use}) can't be imported: {reason}", _REINSTALL)
        else:
            yield Finding("ok", f"{package} {metadata.version(package)}")


def _assets(fetch: bool) -> Iterator[Finding]:
    all_needed = set(NEEDED_ASSETS["hands"])
    for path in bundles.shipped().values():
        with suppress(DeepSignError):  # a broken bundle has a line of its own
            all_needed |= NEEDED_ASSETS.get(bundles.Bundle.open(path).manifest.input.layout, set())
    for name in assets.ASSETS:
        needed = name in all_needed
        if assets.available(name):
            yield Finding("ok", f"model file {name}")
        elif needed and fetch:
            try:
                yield Finding("ok", f"model file {name}, fetched to {assets.fetch(name)}")
            except DeepSignError as error:
                yield Finding("!!", str(error))
        elif needed:
            yield Finding("!!", f"model file {name} is not here", "deepsign doctor --fetch")
        else:
            yield Finding("–", f"model file {name} is not here; it is fetched when something needs it")


def _bundles() -> Iterator[Finding]:
    found = bundles.shipped()
    if not found:
        yield Finding("!!", "no bundle is installed", _REINSTALL)
    for name, path in found.items():
        try:
            bundle = bundles.Bundle.open(path)
        except DeepSignError as error:
            yield Finding("!!", str(error), _REINSTALL)
        else:
            yield Finding("ok", f"bundle {name}: {len(bundle.labels)} labels, every file as it was written")


def _page() -> Iterator[Finding]:
    folder = Path(str(resources.files("deepsign"))) / "web"
    if (folder / "index.html").is_file():
        yield Finding("ok", "the page is built")
    else:
        yield Finding("!!", f"{folder}: the page is not built", "in DeepSign's own folder: make start")


def _cameras() -> Iterator[Finding]:
    if sys.platform != "linux":
        yield Finding("–", "cameras are not listed on this system", "try: deepsign predict camera:0")
        return
    devices = sorted(Path("/dev").glob("video[0-9]*"))
    if devices:
        yield Finding("ok", f"cameras: {', '.join(map(str, devices))}")
    else:
        yield Finding("–", "no camera; photos and videos work without one", "plug one in")


def _torch() -> Iterator[Finding]:
    # Looked up, not imported: torch takes seconds to import.
    if importlib.util.find_spec("torch") is None:
        yield Finding("–", "torch is not here; only training needs it", "pip install 'deepsign[train]'")
    else:
        yield Finding("ok", f"torch {metadata.version('torch')}")
