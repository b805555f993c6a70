"""What several tests share: the development data beside the project, and a hand that is drawn, not photographed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from deepsign import bundle as bundles
from deepsign.perceive import Landmarker
from deepsign.problems import AssetError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from browser_stage import Visit

# An open right hand, palm to the camera, in MediaPipe's order of points; fractions of a square picture.
OPEN_HAND = np.array(
    [
        [0.500, 0.92],
        *([0.620, 0.84], [0.71, 0.74], [0.780, 0.66], [0.84, 0.59]),
        *([0.600, 0.56], [0.635, 0.42], [0.650, 0.33], [0.66, 0.25]),
        *([0.510, 0.54], [0.520, 0.37], [0.525, 0.27], [0.53, 0.18]),
        *([0.420, 0.56], [0.410, 0.41], [0.405, 0.32], [0.40, 0.24]),
        *([0.340, 0.61], [0.310, 0.50], [0.290, 0.43], [0.27, 0.37]),
    ]
)
# Radius of the finger at each of its four points, for thumb to little finger; fractions of the picture.
_RADII = np.array(
    [
        [0.054, 0.045, 0.037, 0.032],
        [0.042, 0.036, 0.032, 0.027],
        [0.043, 0.037, 0.033, 0.028],
        [0.042, 0.036, 0.032, 0.027],
        [0.037, 0.031, 0.027, 0.023],
    ]
)
_SKIN, _CREASE, _WALL = (214, 160, 130), (180, 122, 98), (236, 238, 240)


def draw_hand(size: int = 480, points: NDArray[np.float64] = OPEN_HAND) -> NDArray[np.uint8]:
    """A shaded hand on a plain wall, (size, size, 3) uint8 RGB, real enough for the hand tracker to find it."""
    scale = 2
    n = size * scale
    joints = points * n
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    light = np.zeros((n, n), dtype=np.float32)

    def limb(a: NDArray[np.float64], b: NDArray[np.float64], start: float, end: float) -> None:
        along = b - a
        t = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / (along @ along), 0, 1)
        radius = (start + (end - start) * t) * n
        away = np.hypot(x - a[0] - t * along[0], y - a[1] - t * along[1]) / radius
        np.maximum(light, np.where(away < 1, 0.62 + 0.38 * np.sqrt(np.clip(1 - away**2, 0, 1)), 0), out=light)

    wrist = joints[0]
    limb(wrist, wrist + np.array([0, 0.3 * n]), 0.105, 0.12)
    limb(wrist, joints[1], 0.09, 0.075)
    limb(joints[1], joints[5], 0.06, 0.055)
    for finger, radii in enumerate(_RADII):
        first = 1 + 4 * finger
        if finger:
            limb(wrist, joints[first], 0.105, 0.07)
        for joint in range(3):
            limb(joints[first + joint], joints[first + joint + 1], radii[joint], radii[joint + 1])
    pixels = np.where(light[..., None] > 0, light[..., None] * _SKIN, _WALL).astype(np.uint8)
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    for first in (5, 9, 13, 17):
        for joint in (first + 1, first + 2):
            half = np.array([0.02 * n, 0])
            pen.line([tuple(joints[joint] - half), tuple(joints[joint] + half)], fill=_CREASE, width=n // 220 + 1)
    # The palm's lines: without them the tracker takes it for the back of the other hand.
    for line in (
        [joints[17] + [-0.02 * n, 0.05 * n], joints[9] + [0, 0.08 * n], joints[5] + [0.01 * n, 0.03 * n]],
        [joints[5] + [0.02 * n, 0.07 * n], (wrist + joints[9]) / 2 + [0.03 * n, 0], wrist - [0, 0.08 * n]],
    ):
        pen.line([tuple(at) for at in line], fill=_CREASE, width=n // 150, joint="curve")
    picture = picture.filter(ImageFilter.GaussianBlur(n / 300))
    return np.array(picture.resize((size, size), Image.Resampling.LANCZOS))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the project; the tests that use it are skipped without it."""
    path = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not path.is_dir():
        pytest.skip("needs the development data in ../shared/data")
    return path


@pytest.fixture(scope="session")
def hand_picture() -> NDArray[np.uint8]:
    """A drawn open right hand, palm to the camera, 480 × 480; its points are `hand_points`."""
    return draw_hand()


@pytest.fixture(scope="session")
def hand_points() -> NDArray[np.float64]:
    """Where the drawn hand's 21 points are, (21, 2), fractions of the picture."""
    return OPEN_HAND


@pytest.fixture(scope="session")
def still_tracker() -> Iterator[Landmarker]:
    """A tracker for stills, layout hands; tests are skipped where its model file can't be had."""
    try:
        tracker = Landmarker("hands", still=True)
    except AssetError as error:
        pytest.skip(f"needs the hand tracker's model: {error}")
    with tracker:
        yield tracker


# What browser tests share: Playwright and servers stand for the whole run, a browser for a file, a visit for a test.


@pytest.fixture(autouse=True)
def own_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests without a browser run loops of their own: Playwright, once started, leaves its loop marked as running."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    from playwright.sync_api import sync_playwright  # which tests of the package alone do without

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second's film of a wall."""
    from browser_stage import scene, write_y4m

    return write_y4m(tmp_path_factory.mktemp("camera") / "wall.y4m", [scene(None, 0)] * 15)


@pytest.fixture(scope="module")
def browser(playwright: Playwright, wall: Path) -> Iterator[Browser]:
    """A Chromium whose camera shows a wall."""
    from browser_stage import chromium

    with chromium(playwright, camera=wall) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    """A page of its own in a test file's `browser`, at its `base`."""
    from browser_stage import Visit

    one = Visit(browser, base)
    yield one
    one.close()


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the built page."""
    from browser_stage import ROOT

    built = ROOT / "src/deepsign/web"
    assert (built / "index.html").is_file(), "the page is not built: `npm ci && npm run build` in web/"
    return built


@pytest.fixture(scope="session")
def toy_base(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the toy of held signs alone."""
    from browser_stage import serving_toy

    with serving_toy(tmp_path_factory.mktemp("toy")) as address:
        yield address


@pytest.fixture(scope="session")
def toys_base(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the toys of held signs and of signs that move."""
    from browser_stage import serving_toy

    with serving_toy(tmp_path_factory.mktemp("toys"), moving=True) as address:
        yield address


@pytest.fixture(scope="session")
def words_base(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the toys, that of signs that move named as signs that have tutorials and facts."""
    from browser_stage import serving_toy
    from lesson_stage import TOY

    with serving_toy(tmp_path_factory.mktemp("words"), moving=True, **TOY) as address:
        yield address


@pytest.fixture(scope="session")
def shipped_base(built_page: Path) -> Iterator[str]:
    """The app itself with the shipped bundles; tests are skipped where there are none."""
    from browser_stage import serving_shipped

    if not {"letters", "signs"} <= set(bundles.shipped()):
        pytest.skip("needs the shipped letters and signs")
    with serving_shipped() as address:
        yield address
