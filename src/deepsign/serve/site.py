"""Site: what the page's address gives, by path; the page's service worker; all of it as files for any web host."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.perceive import assets
from deepsign.problems import AssetError, InputError

# Nothing may come from, or go to, any other origin. 'wasm-unsafe-eval' is what WebAssembly needs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The build names these by their content; everything else is asked for anew, and answered with its ETag.
FIXED = "/assets/"
CACHE_FIXED, CACHE_ASKED = "public, max-age=31536000, immutable", "no-cache"
# Task and layout of the bundles that the page can answer with; others are not offered there.
PAGE_READS = {("handshape", "hands"), ("isolated", "hands_pose")}
# The model files that the page may ask for.
PAGE_ASSETS = (
    "hand_landmarker.task",
    "pose_landmarker_lite.task",
    "pose_landmarker_full.task",
    "gesture_recognizer.task",
)
# The page does with the full one where this one can't be had.
_SPARED = "pose_landmarker_lite.task"
# A bundle's weights for training on: the page has no use for them, its network is model.onnx.
_NOT_FOR_THE_PAGE = {"weights.safetensors"}
# The service worker's name, and its line that the served files' digests take the place of (web/src/offline/sw.js).
WORKER = "sw.js"
_DATA = "const DATA = {}"


def headers(embed: str | None = None) -> dict[str, str]:
    """What every answer carries. embed: an origin whose pages may show this one within them; else none may."""
    if embed is None:
        return HEADERS
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", embed):
        raise InputError(f"--embed {embed}: give an origin, such as https://example.org")
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {embed}")
    return {**HEADERS, "Content-Security-Policy": policy}


def offered() -> dict[str, bundles.Bundle]:
    """Name → the shipped bundles that the page can answer with."""
    opened = [bundles.Bundle.open(path) for path in bundles.shipped().values()]
    return {b.name: b for b in opened if (b.manifest.task, b.manifest.input.layout) in PAGE_READS}


def data() -> dict[str, bytes | Path]:
    """Path → what the page is given beside itself and the trackers: bundles, tutorials (without their videos)."""
    known = offered()
    listed = [{"name": name, "files": b.manifest.files} for name, b in known.items()]
    given: dict[str, bytes | Path] = {"/bundles/index.json": _json(listed)}
    for name, one in known.items():
        for file in sorted({bundles.MANIFEST, *one.manifest.files} - _NOT_FOR_THE_PAGE):
            given[f"/bundles/{name}/{file}"] = one.path / file
    taught = tutorials.served()
    given["/tutorials/index.json"] = _json(sorted(taught))
    return {**given, **{f"/tutorials/{name}.json": _json(taught[name].model_dump()) for name in sorted(taught)}}


def service_worker(page: Path) -> str:
    """The built page's service worker, told the digests of what `data` and the trackers hold."""
    digests = {path: _sha256(content) for path, content in data().items()}
    digests |= {f"/assets-models/{name}": assets.ASSETS[name].sha256 for name in PAGE_ASSETS}
    return (page / WORKER).read_text("utf-8").replace(_DATA, f"const DATA = {json.dumps(digests)}")


def export(page: Path, target: Path, embed: str | None = None) -> list[str]:
    """Writes the built page and all it asks for into `target`; gives the paths. InputError where something is there."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target}: is not empty; choose a folder that isn't there yet")
    given: dict[str, bytes | Path] = {f"/{f.relative_to(page).as_posix()}": f for f in page.rglob("*") if f.is_file()}
    given |= data()
    given |= {f"/assets-models/{name}": had for name in PAGE_ASSETS if (had := _fetched(name))}
    taught = tutorials.served().values()
    videos = {t.video for one in taught for t in one.tutorials if t.video}
    given |= {f"/tutorials/videos/{name}": found for name in sorted(videos) if (found := tutorials.video_of(name))}
    given[f"/{WORKER}"] = service_worker(page).encode()
    given["/_headers"] = header_file(embed).encode()
    given.pop("/built-from.txt", None)
    for path, content in given.items():
        place = target / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, place)
        else:
            place.write_bytes(content)
    return sorted(given)


def _fetched(name: str) -> Path | None:
    try:
        return assets.fetch(name)
    except AssetError:
        if name == _SPARED:
            return None
        raise


def header_file(embed: str | None = None) -> str:
    """The headers as static hosts read them from a file (_headers: Netlify, Cloudflare Pages and others)."""
    lines = ["/*", *(f"  {name}: {value}" for name, value in headers(embed).items()), f"  Cache-Control: {CACHE_ASKED}"]
    return "\n".join([*lines, f"{FIXED}*", "  ! Cache-Control", f"  Cache-Control: {CACHE_FIXED}", ""])


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _sha256(content: bytes | Path) -> str:
    return hashlib.sha256(content if isinstance(content, bytes) else content.read_bytes()).hexdigest()
