"""The package: what a wheel holds and what it refuses to be without; what a machine without anything is told."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import deepsign

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (".gitignore", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "NOTICE", "tools", "src")
PAGE = "src/deepsign/web"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The source as in a fresh clone, with a small made-up page and no page source."""
    root = tmp_path / "source"
    root.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "web"))
        else:
            shutil.copy(ROOT / name, root / name)
    (root / PAGE / "assets").mkdir(parents=True)
    (root / PAGE / "index.html").write_text("<!doctype html><script src=/assets/a.js></script>", "utf-8")
    (root / PAGE / "assets" / "a.js").write_text("1", "utf-8")
    return root


def build(root: Path, kind: str) -> Path:
    """A wheel or an sdist made from this folder, without isolation."""
    done = hatchling(root, kind)
    assert done.returncode == 0, done.stdout + done.stderr
    return next((root / "dist").glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def hatchling(root: Path, kind: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_wheel_holds_the_page_the_bundles_and_no_foreign_model(tree: Path) -> None:
    for stray in ("src/deepsign/hand_landmarker.task", "src/deepsign/bundles/last.ckpt"):
        (tree / stray).parent.mkdir(exist_ok=True)
        (tree / stray).write_bytes(b"x")
    # From an sdist, as a package index does it.
    sdist = build(tree, "sdist")
    unpacked = tree.parent / "unpacked"
    shutil.unpack_archive(sdist, unpacked, filter="data")
    names = set(zipfile.ZipFile(build(next(unpacked.iterdir()), "wheel")).namelist())
    assert {"deepsign/web/index.html", "deepsign/web/assets/a.js", "deepsign/py.typed"} <= names
    shipped = ROOT / "src" / "deepsign" / "bundles"
    wanted = {f"deepsign/bundles/{p.relative_to(shipped).as_posix()}" for p in shipped.rglob("*") if p.is_file()}
    assert wanted <= names
    assert not [name for name in names if name.endswith((".task", ".ckpt"))]
    assert {name.rpartition("/")[2] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_a_wheel_without_the_page_is_refused(tree: Path) -> None:
    shutil.rmtree(tree / PAGE)
    done = hatchling(tree, "wheel")
    assert done.returncode != 0
    assert f"{PAGE}/index.html: missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tree.glob("dist/*.whl"))


def test_a_page_is_fresh_until_its_source_changes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import page

    (tree / "web" / "src").mkdir(parents=True)
    (tree / "web" / "src" / "main.ts").write_text("1", "utf-8")
    (tree / page.STAMP).write_text(page.digest(tree), "utf-8")
    assert page.is_fresh(tree)
    (tree / "web" / "node_modules").mkdir()
    (tree / "web" / "node_modules" / "x.js").write_text("1", "utf-8")
    assert page.is_fresh(tree), "what npm installs is no source"
    (tree / "web" / "src" / "main.ts").write_text("2", "utf-8")
    assert not page.is_fresh(tree)


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="needs a POSIX shell")
@pytest.mark.parametrize("version", ["3.9", None])
def test_a_machine_without_a_fitting_python_is_told_so(tmp_path: Path, version: str | None) -> None:
    if version:
        (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n", "utf-8")
        (tmp_path / "python3").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "tools/python.sh"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "3.10" in done.stderr


def test_the_light_install_is_imported_without_torch_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """onnxruntime from 1.29 on would write an identifier of this machine, and report."""
    code = (
        "import sys, deepsign.answer, deepsign.serve.app, deepsign.doctor, onnxruntime;"
        "assert not {'torch', 'matplotlib', 'pandas'} & set(sys.modules)"
    )
    # Reports are held back in CI; here they must not be sent anywhere else either.
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_every_module_stands_in_one_layer_and_the_paper_shows_them_all() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = ast.literal_eval(re.findall(r"^layers = (\[.*?^\])", text, re.MULTILINE | re.DOTALL)[0])
    layers = [[name.removeprefix("deepsign.") for name in re.findall(r"[\w.]+", layer)] for layer in listed]
    names = [name for layer in layers for name in layer]
    package = ROOT / "src" / "deepsign"
    modules = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/__init__.py")}
    assert sorted(names) == sorted(modules - {"__init__"})
    shown = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## Who may import whom")[2]
    lines = [
        re.split(r"  +", line.strip())[0] for line in shown.partition("Each wall")[0].splitlines() if line[:4] == "    "
    ]
    assert [line.split(" | ") for line in lines] == layers


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.M)[1] == deepsign.__version__  # type: ignore[index]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## (\S+)", changes, re.M)[1] == deepsign.__version__  # type: ignore[index]
