"""Makes the README's pictures of the page anew: docs/img/page.png (a letter, live) and docs/img/empty.png.

python web/scripts/screenshots.py VIDEO

VIDEO shows a hand, in portrait: asl_hand.25fps.mp4 of tensorflow/tfjs-models (Apache-2.0) is what they are made from.

Needs the built page, the shipped bundles, Chromium and playwright.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import av
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from browser_stage import Visit, chromium, serving_shipped, write_y4m  # noqa: E402

# Where the hand is in the video's portrait frames: a 4 : 3 window below a quarter of the height.
TOP, SHAPE = 0.25, 3 / 4
# Enough of a word to show what being written down looks like.
LETTERS = 3


def main(video: Path) -> None:
    """Films the video as if it were a camera, and takes the two pictures."""
    images = ROOT / "docs" / "img"
    images.mkdir(parents=True, exist_ok=True)
    frames = []
    with av.open(str(video)) as opened:
        for frame in opened.decode(video=0):
            picture = frame.to_ndarray(format="rgb24")
            width, top = picture.shape[1] // 4 * 4, int(TOP * picture.shape[0])
            frames.append(picture[top : top + int(width * SHAPE) // 2 * 2, :width].copy())
    with tempfile.TemporaryDirectory() as folder, serving_shipped() as base, sync_playwright() as playwright:
        # Slower than life, so that picture and diagram belong together on a machine without a graphics card.
        film = write_y4m(Path(folder) / "film.y4m", frames, fps=10)
        with chromium(playwright, camera=film) as browser:
            visit = Visit(browser, base, viewport={"width": 1280, "height": 860}).open()
            visit.page.screenshot(path=images / "empty.png")
            visit.start_camera()
            spelled = visit.page.get_by_test_id("spelled").locator("span:not(.none)")
            visit.see(lambda: spelled.count() >= LETTERS and visit.page.locator(".ring.full").count() == 1, "letters")
            visit.page.screenshot(path=images / "page.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
