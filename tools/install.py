"""What `make start` does before the app: .venv, the light install, the tracker's model file, the page.

    python tools/install.py       what is there already, and unchanged, is left alone: a second run takes a second

Standard library only: it runs on a machine that has nothing but Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import page

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
# What the light install was made from; it lies in .venv, so that it goes with it.
STAMP = VENV / "light-install.txt"
# Both decide what has to be installed.
_DECIDES = ("pyproject.toml", "src/deepsign/__init__.py")
_PIP_SETTINGS = {
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
}


class InstallError(Exception):
    """What could not be installed, in one line."""


def make_venv() -> None:
    """.venv with this Python."""
    if _runs(str(PYTHON), "-c", ""):
        return
    print("making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    # With pip inside, whoever makes it: what uv can't get, pip may.
    if (uv := _uv()) and _runs(uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)):
        return
    try:
        _run(sys.executable, "-m", "venv", str(VENV))
    except InstallError:
        raise InstallError("can't make .venv; on Debian and Ubuntu: apt-get install python3-venv") from None


def install(*packages: str) -> None:
    """Installs packages into .venv, by uv where it can be had, else by pip."""
    environment = dict(os.environ)
    # uv doesn't read pip's settings.
    for theirs, ours in _PIP_SETTINGS.items():
        if found := environment.get(theirs):
            environment.setdefault(ours, found)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Fetching uv first takes a few seconds, and saves a minute.
    if uv := _uv() or (_uv() if _runs(*pip, "uv") else None):
        # Compiled as pip does it: otherwise the first start does, or each, where Python may not write.
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON), *packages]
        if _runs(*command, environment=environment):
            return
    _run(*pip, *packages)


def light_install() -> None:
    """DeepSign as it lies here, with what it needs to run; nothing of what it needs to train."""
    print("installing DeepSign (about 200 MB, once) …", flush=True)
    install("-e", str(ROOT))


def examine() -> None:
    """Fetches the tracker's model file and looks at everything once; says nothing where all is well."""
    print("looking at what works here …", flush=True)
    command = [str(PYTHON), "-m", "deepsign.cli", "doctor", "--fetch"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        raise InstallError(f"something that DeepSign needs is missing (!!)\n{done.stdout}")


def build_page() -> None:
    """src/deepsign/web, with the system's Node or one from the Python registry; nothing where it is there and fresh."""
    if page.is_fresh(ROOT):
        return
    node = page.find_node(_site())
    if node is None:
        print(
            f"no Node {page.NODE_RANGE} on the path; getting one from the Python registry (60 MB, once) …", flush=True
        )
        install(page.NODE_WHEEL)
        node = page.find_node(_site())
        if node is None:
            raise InstallError(f"no Node for this machine; install Node {page.NODE_RANGE} and run make start again")
    print("building the page …", flush=True)
    page.build(ROOT, node)


def _site() -> Path:
    """.venv's site-packages."""
    found = sorted(VENV.glob("lib/python*/site-packages")) or [VENV / "Lib" / "site-packages"]
    return found[0]


def _uv() -> str | None:
    """uv on the path or in .venv, if it runs: version managers leave names on the path that don't."""
    for found in (shutil.which("uv"), shutil.which("uv", path=str(BIN))):
        if found and _runs(found, "--version"):
            return found
    return None


def _runs(*command: str, environment: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise InstallError(f"{Path(command[0]).name} {command[-1]} failed; see above")


def main() -> int:
    """The command; exit status 1 with one line where something can't be had."""
    try:
        make_venv()
        wanted = hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in _DECIDES)).hexdigest()
        installed = STAMP.is_file() and STAMP.read_text("utf-8") == wanted
        if not installed:
            light_install()
        build_page()
        if not installed:
            examine()
            # Written last: whatever went wrong before is tried again.
            STAMP.write_text(wanted, "utf-8")
    except (InstallError, page.PageError) as problem:
        print(f"make start: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
