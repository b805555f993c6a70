"""What the page's tests stand on: a server in its own process, a Chromium with a fake camera, and drawn films."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

from deepsign.perceive import assets
from deepsign.problems import AssetError

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# The page's tracker takes seconds to load on a busy machine.
PATIENCE = 60.0

# The app as `deepsign app` runs it, with the toys in the place of the shipped bundles.
_SERVE_TOY = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from toys import moving_bundle, toy_bundle
from deepsign import bundle
toys = {"toy": toy_bundle(Path(sys.argv[2]) / "toy").path}
if sys.argv[4:]:
    toys["signs"] = moving_bundle(Path(sys.argv[2]) / "signs", name="signs", **json.loads(sys.argv[4])).path
bundle.shipped = lambda: toys
from deepsign.serve import app
app.run("127.0.0.1", int(sys.argv[3]))
"""


def fetched(*names: str) -> None:
    """Gets these model files, or skips the test that needs them."""
    try:
        for name in names:
            assets.fetch(name)
    except AssetError as error:
        pytest.skip(f"needs the trackers' models: {error}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(command: Sequence[str], port: int) -> Iterator[str]:
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{base}/bundles/index.json", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    process.kill()
                    raise AssertionError(f"the server did not start: {process.communicate()[0]}") from None
        yield base
    finally:
        process.terminate()
        process.communicate(timeout=10)


def serving_toy(folder: Path, moving: bool = False, **changes: object) -> Any:
    """The app with the toy bundle, and the one of signs that move as "signs" where wanted; gives its address.

    changes  keys of the moving toy's bundle.json to replace.
    """
    port = free_port()
    more = [json.dumps(changes)] if moving else []
    return _serving([sys.executable, "-c", _SERVE_TOY, str(ROOT / "tests"), str(folder), str(port), *more], port)


def serving_shipped() -> Any:
    """`deepsign app` itself; gives its address."""
    port = free_port()
    return _serving([sys.executable, "-m", "deepsign.cli", "app", "--port", str(port)], port)


@contextmanager
def chromium(playwright: Playwright, *flags: str, camera: Path | None = None) -> Iterator[Browser]:
    """A Chromium; `camera` is a .y4m file that its fake camera plays over and over, allowed without asking."""
    arguments = [*FLAGS, *flags]
    if camera:
        arguments += [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={camera}"]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


class Visit:
    """A page in a context of its own, with everything it asked for and complained about.

    requests  all requests of the context, workers included.
    errors    console errors and uncaught exceptions.

    Service workers are blocked, so that no visit is answered from another's cache; a test of theirs gives
    service_workers="allow".
    """

    def __init__(self, browser: Browser, base: str, **context: Any) -> None:
        self.base = base
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"service_workers": "block", **context})
        self.context.on("request", self._count)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _count(self, request: Request) -> None:
        self.requests.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, view: str = "recognise", ready: bool = True) -> Visit:
        """Goes to a view and, if `ready`, waits until it stands there; for recognise, until everything is loaded."""
        self.page.goto(f"{self.base}/#/{view}")
        if ready:
            self.see(lambda: self.page.locator(f"main[data-view={view}] > h1 + *").count() == 1, f"the view {view}")
        if ready and view == "recognise":
            self.see(lambda: self.page.get_by_role("button", name="Start the camera").count() == 1, "the loaded page")
        return self

    def see(self, true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Waits until something is so, by asking: under its content policy the page can't be told to wait."""
        until = time.monotonic() + patience
        while not true():
            if time.monotonic() > until:
                raise AssertionError(f"{what}: not seen; the page says:\n{self.text()}\nerrors: {self.errors}")
            self.page.wait_for_timeout(50)

    def says(self, words: str, patience: float = PATIENCE) -> None:
        """Waits until the page says these words."""
        self.see(lambda: words in self.text(), words, patience)

    def text(self) -> str:
        """Everything the page says now."""
        return self.page.locator("body").inner_text()

    def start_camera(self) -> None:
        """Presses the first button that starts the camera."""
        self.page.get_by_role("button", name="Start the camera").first.click()

    def choose(self, name: str, content: bytes, kind: str) -> None:
        """Chooses a file, as through the button."""
        self.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})

    def problem(self, name: str) -> None:
        """Waits for this problem's card."""
        card = self.page.locator(f"[data-problem={name}]")
        self.see(lambda: card.count() == 1, f"the card {name}")

    def drawn(self) -> bool:
        """Whether anything is drawn over the picture."""
        return bool(
            self.page.evaluate(
                """() => {
                  const c = document.querySelector('#stage canvas')
                  return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v)
                }"""
            )
        )

    def violations(self, rules: dict[str, Any] | None = None) -> list[str]:
        """What axe-core finds wrong, as "rule: element"; `rules` turns further ones on or off."""
        # Half-way through a change of colour contrast is nobody's.
        self.page.evaluate(
            """() => Promise.all(document.getAnimations()
              .filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime))
              .map((a) => a.finished.catch(() => {})))"""
        )
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("(rules) => axe.run(document, { resultTypes: ['violations'], rules })", rules or {})
        return [f"{v['id']}: {node['html'][:120]}" for v in found["violations"] for node in v["nodes"]]

    def stayed_home(self) -> None:
        """Asserts that nothing was asked of any other origin and nothing was sent."""
        assert self.requests
        strange = [
            r.url for r in self.requests if not r.url.startswith((f"{self.base}/", f"blob:{self.base}/", "data:"))
        ]
        assert strange == []
        assert {r.method for r in self.requests} == {"GET"}
        assert [r.url for r in self.requests if r.post_data_buffer is not None] == []

    def kept(self) -> set[str]:
        """The paths of the files that the service worker keeps."""
        return set(
            self.page.evaluate(
                "async () => (await (await caches.open('deepsign')).keys()).map((r) => new URL(r.url).pathname)"
            )
        )

    def settle(self) -> None:
        """Waits until this visit is answered by the service worker and everything needed is kept."""
        self.see(lambda: self.page.evaluate("() => navigator.serviceWorker.controller !== null"), "the service worker")
        # What the page says itself, some seconds after it was loaded.
        self.page.evaluate("async () => (await navigator.serviceWorker.ready).active.postMessage('keep all')")
        lines = self.page.evaluate("async () => (await fetch('/sw.js')).text()").splitlines()
        known = [json.loads(x.split(" = ", 1)[1]) for x in lines if x.startswith(("const PAGE = ", "const DATA = "))]
        rare = ("gesture_recognizer.task", "pose_landmarker_full.task")
        needed = {path for files in known for path in files if not path.endswith(rare)}
        assert len(known) == 2
        self.see(lambda: needed <= self.kept(), "everything, kept")

    def close(self) -> None:
        """Ends the visit."""
        self.context.close()


def png(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file's bytes."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def scene(hand: NDArray[np.uint8] | None, at: float, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """A wall (height, width, 3), with this square picture of a hand before it whose middle is at the fraction `at`."""
    wall = np.full((height, width, 3), (236, 238, 240), dtype=np.uint8)
    if hand is not None:
        left = int(at * width - hand.shape[1] / 2)
        wall[height - hand.shape[0] :, left : left + hand.shape[1]] = hand
    return wall


def write_y4m(path: Path, frames: Sequence[NDArray[np.uint8]], fps: int = 15) -> Path:
    """Frames (H, W, 3) RGB as an uncompressed film, the kind that Chromium's fake camera plays."""
    height, width = frames[0].shape[:2]
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in frames:
            planes = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p").to_ndarray()
            out.write(b"FRAME\n" + planes.tobytes())
    return path


def write_webm(path: Path, frames: Sequence[NDArray[np.uint8]], fps: int = 15, live: bool = False) -> Path:
    """Frames (H, W, 3) RGB as a VP8 video; `live` leaves its length unsaid, as recordings made in a browser do."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", options={"live": "1"} if live else {}) as out:
        stream = out.add_stream("libvpx", rate=fps, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    return path
