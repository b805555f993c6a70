"""Makes the pictures of the page anew, in docs/img: page.png (a letter, live) and one of each other view.

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

from browser_stage import PATIENCE, Visit, chromium, serving_shipped, write_y4m  # noqa: E402

# Where the hand is in the video's portrait frames: a 4 : 3 window below a quarter of the height.
TOP, SHAPE = 0.25, 3 / 4
# Enough of a word to show what being written down looks like.
LETTERS = 3
LONGEST = 8
# Picture → the view and what it says once it is ready; Settings stand for the dark theme.
VIEWS = {
    "learn": ("learn", "Words"),
    "sign": ("learn?sign=thank+you&bundle=signs", ""),
    "practise": ("practise", "Make the sign"),
    "fingerspell": ("fingerspell", "Spell"),
    "my-signs": ("my-signs", "Add a sign"),
    "models": ("models", "Sign by sign"),
    "settings-dark": ("settings", "Text size"),
}
SIZE = {"width": 1280, "height": 860}


def main(video: Path) -> None:
    """Films the video as if it were a camera, and takes the pictures."""
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
            visit = Visit(browser, base, viewport=SIZE).open()
            visit.start_camera()
            spelled = visit.page.get_by_test_id("spelled").locator("span:not(.none)")

            def shows() -> bool:
                # The film plays over and over: a word is written down once.
                if spelled.count() > LONGEST:
                    visit.page.get_by_role("button", name="Clear").click()
                # On a busy machine the page says that it is slow, which is not what it looks like.
                told = spelled.count() >= LETTERS and visit.page.locator(".ring.full").count() == 1
                return told and "a little slow" not in visit.text()

            visit.see(shows, "letters, on a machine that keeps up", 3 * PATIENCE)
            visit.page.screenshot(path=images / "page.png")
            visit.close()
            for name, (address, words) in VIEWS.items():
                theme = "dark" if name.endswith("dark") else "light"
                visit = Visit(browser, base, viewport=SIZE, color_scheme=theme)
                visit.page.goto(f"{base}/#/{address}")
                visit.says(words)
                visit.see(lambda visit=visit: "ready…" not in visit.text(), "everything, ready")  # type: ignore[misc]
                if name == "fingerspell":
                    visit.page.get_by_label("A word or a name").fill("Mia")
                visit.page.wait_for_timeout(500)
                visit.page.screenshot(path=images / f"{name}.png")
                visit.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
