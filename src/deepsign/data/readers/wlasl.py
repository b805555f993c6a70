"""WLASL: up to 2,000 ASL words from videos on the web, listed in WLASL_v0.3.json.

Li et al., "Word-level Deep Sign Language Recognition from Video" (WACV 2020). The list holds glosses with their
instances, most instances first, so WLASL100 is the first 100 glosses. The corpus's own start kit cuts each instance out
of the video it was found in, by frame_start and frame_end, and writes videos/<video_id>.mp4. Many sources have since
gone from the web, so most copies miss some.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows, clip_called, kinds_wanted
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.data.readers.image_folder import SPLIT_FOLDERS
from deepsign.problems import InputError

LISTING = "WLASL_v0.3.json"
VIDEOS = "videos"
_KINDS = {"video_id": str, "split": str, "signer_id": int, "frame_start": int, "frame_end": int}


def wlasl(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each listed instance whose videos/<video_id>.mp4, or its extracted landmarks, is there, whole.

    options: `first`, only so many glosses from the top of the list: 100 for WLASL100, 300, 1000; `only: videos`, for
    pixel networks, takes videos even where landmarks lie beside them.

    Missing videos are counted: figures on the whole list are not comparable then. Raises InputError for a list that
    isn't laid out as WLASL's.
    """
    known_options(source, options, "first", "only")
    kinds = kinds_wanted(source, options)
    folder = root / path
    glosses = _first(source, options, _listed(folder / LISTING))
    rows = ClipRows(root, source, licence, note)
    cut = 0
    for gloss, instance in _instances(folder / LISTING, glosses):
        file = clip_called(folder / VIDEOS, f"{instance['video_id']}.mp4", kinds)
        if file is None:
            rows.leave_out(f"listed, but not in {VIDEOS}/", f"{instance['video_id']}.mp4")
            continue
        cut += instance["frame_end"] != -1 or instance["frame_start"] > 1
        rows.add(file, gloss, str(instance["signer_id"]), SPLIT_FOLDERS[instance["split"]])
    if cut:
        note(
            f"{cut} instances are a piece (frame_start, frame_end) of a longer video: {VIDEOS}/ must hold them cut, as "
            "the corpus's start kit leaves them; every file is read whole, for a row can't name a piece of a video"
        )
    return rows.finish(folder)


def _listed(listing: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(listing.read_bytes())
    except OSError as error:
        raise InputError(f"{listing}: can't be read ({error.strerror or error}); it lies beside {VIDEOS}/") from None
    except ValueError as error:
        raise InputError(f"{listing}: is no JSON ({error}); fetch it again") from None
    if not isinstance(found, list) or not found:
        raise InputError(f"{listing}: must be a list of glosses with their instances")
    for at, entry in enumerate(found):
        if not isinstance(entry, dict) or not isinstance(entry.get("gloss"), str) or not entry["gloss"].strip():
            raise InputError(f"{listing}: entry {at} has no gloss")
        if not isinstance(entry.get("instances"), list):
            raise InputError(f"{listing}: entry {at} ({entry['gloss']}) has no list of instances")
    return found


def _first(source: str, options: Mapping[str, str], glosses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = options.get("first", str(len(glosses)))
    if not wanted.isdecimal() or not 1 <= int(wanted) <= len(glosses):
        raise InputError(f"{source}: option first is {wanted!r}; it must be 1 to {len(glosses)}, the list's glosses")
    return glosses[: int(wanted)]


def _instances(listing: Path, glosses: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(gloss, instance), each checked; InputError names the first that is off."""
    seen: set[str] = set()
    for entry in glosses:
        for at, instance in enumerate(entry["instances"]):
            where = f"{listing}: {entry['gloss']}, instance {at}"
            if not isinstance(instance, dict):
                raise InputError(f"{where}: must be an object")
            for key, kind in _KINDS.items():
                if not isinstance(instance.get(key), kind):
                    raise InputError(f"{where}: {key} is {instance.get(key)!r}, not a {kind.__name__}")
            if instance["split"] not in SPLIT_FOLDERS:
                raise InputError(f"{where}: split {instance['split']!r} is none of train, val, test")
            if instance["video_id"] in seen:
                raise InputError(f"{where}: video {instance['video_id']} is listed twice")
            seen.add(instance["video_id"])
            yield entry["gloss"], instance
