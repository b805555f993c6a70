"""Vocabularies and prototypes as the page has them too: both are held to golden files.

`python tests/test_vocabulary_twins.py` writes tests/golden/vocabulary.json and prototypes.json anew, after the rules
were changed on purpose.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deepsign import vocabulary as vocabularies
from deepsign.clip import Clip
from deepsign.landmarks import HANDS
from deepsign.problems import InputError
from deepsign.prototypes import decide, left_out, prototypes
from deepsign.vocabulary import Base, Decision, Sign, TaughtClip, Vocabulary
from made_hands import clip as made_clip

GOLDEN = Path(__file__).parent / "golden"


def clips() -> list[Clip]:
    """Takes as trackers give them: hands that come and go, points beyond the picture, and halves of a step."""
    rng = np.random.default_rng(5)
    found = []
    for gloss, frames in (("V", 3), ("B", 2)):
        clip = made_clip(gloss, rng, frames=frames)
        assert clip.landmarks is not None
        clip.landmarks[0, 0] = np.nan
        clip.landmarks[0, HANDS.index["right_hand.wrist"]] = [1 / 128, 3 / 128, -1 / 128]
        clip.landmarks[1, HANDS.index["right_hand.wrist"]] = [5.0, -4.5, np.nan]
        found.append(Clip.from_landmarks(clip.landmarks, HANDS.name, clip.times + 7.25, aspect=4 / 3))
    return found


def take(clip: Clip, embedding: NDArray[np.floating], source: str) -> TaughtClip:
    packed = vocabularies.pack(clip, source)
    return packed.model_copy(update={"embedding": [round(float(v), 6) for v in embedding]})


def vocabulary() -> Vocabulary:
    """Two signs, one of them by two takes."""
    one, two = clips()
    rows = np.random.default_rng(6).normal(size=(3, 4))
    signs = [
        Sign(gloss="Good night", say="good night", clips=[take(one, rows[0], "a.mp4"), take(two, rows[1], "é.mp4")]),
        Sign(gloss="PAPÁ", say="papá", clips=[take(two, rows[2], "take 1")]),
    ]
    low, sharp = decide([np.array([c.embedding for c in sign.clips]) for sign in signs], "hands")
    return Vocabulary(
        schema_version=1,
        name="family",
        sign_language="ase",
        layout=HANDS.name,
        base=Base(name="signs", sha256="0f" * 32),
        signs=signs,
        decision=Decision(reject_below=round(low, 6), sharpness=round(sharp, 6)),
    )


# Where a file is changed, and to what (None: the key is taken out): each is refused.
CHANGES: list[tuple[str, list[str | int], Any]] = [
    ("a newer version", ["schema_version"], 2),
    ("no version", ["schema_version"], None),
    ("a missing key", ["base", "sha256"], None),
    ("an extra key", ["signs", 0, "colour"], "red"),
    ("an extra key deep down", ["signs", 0, "clips", 1, "note"], ""),
    ("a name with a space", ["name"], "my signs"),
    ("a language by its name", ["sign_language"], "ASL"),
    ("an unknown layout", ["layout"], "feet"),
    ("another layout than the points'", ["layout"], "hands_pose"),
    ("no digest", ["base", "sha256"], "0f"),
    ("a sign twice", ["signs", 1, "gloss"], "good NIGHT"),
    ("a sign that is none", ["signs", 1, "gloss"], "None"),
    ("a nameless sign", ["signs", 1, "gloss"], ""),
    ("a sign without clips", ["signs", 1, "clips"], []),
    ("points cut off", ["signs", 1, "clips", 0, "points"], "AAAA"),
    ("points in no base64", ["signs", 1, "clips", 0, "points"], "é"),
    ("times that go back", ["signs", 0, "clips", 0, "times"], [0.0, 0.2, 0.1]),
    ("a time too few", ["signs", 0, "clips", 0, "times"], [0.0, 0.2]),
    ("words for a time", ["signs", 0, "clips", 0, "times", 1], "0.1"),
    ("an aspect of 0", ["signs", 0, "clips", 0, "aspect"], 0.0),
    ("embeddings of two lengths", ["signs", 1, "clips", 0, "embedding"], [0.5, 0.5]),
    ("no embedding", ["signs", 1, "clips", 0, "embedding"], []),
    ("a bound over 1", ["decision", "reject_below"], 1.5),
    ("no sharpness", ["decision", "sharpness"], 0.0),
]


def changed(file: dict[str, Any], where: list[str | int], to: Any) -> dict[str, Any]:
    """The file with one place changed, or taken out."""
    out: Any = copy.deepcopy(file)
    at = out
    for key in where[:-1]:
        at = at[key]
    if to is None:
        del at[where[-1]]
    else:
        at[where[-1]] = to
    return dict(out)


def as_the_page_writes(value: Any) -> Any:
    """JavaScript has one kind of number: 1.0 is written as 1."""
    if isinstance(value, dict):
        return {key: as_the_page_writes(v) for key, v in value.items()}
    if isinstance(value, list):
        return [as_the_page_writes(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def numbers(array: NDArray[np.floating]) -> Any:
    """An array as JSON holds it: null for NaN."""
    return json.loads(json.dumps(array.tolist()).replace("NaN", "null"))


def golden_vocabulary() -> dict[str, Any]:
    file = json.loads(vocabulary().model_dump_json())
    made = [
        {
            "frames": numbers(clip.landmarks.astype(np.float64)),
            "times": clip.times.tolist(),
            "aspect": clip.aspect,
            "packed": vocabularies.pack(clip, "x.mp4").model_dump(),
            "kept": numbers(kept.landmarks.astype(np.float64)),
        }
        for clip in clips()
        if clip.landmarks is not None
        and (kept := vocabularies.clip_of(vocabularies.pack(clip, ""), HANDS.name)).landmarks is not None
    ]
    refused = [{"name": name, "where": where, "to": to} for name, where, to in CHANGES]
    return {"layout": HANDS.name, "clips": made, "file": file, "refused": refused}


def golden_prototypes() -> list[dict[str, Any]]:
    out = []
    cases = [((5, 5, 2), 0.1), ((5,), 0.02), ((1, 1), 0.1), ((3, 4), 2.0), ((5, 5), 0.02)]
    for seed, (counts, noise) in enumerate(cases):
        rng = np.random.default_rng(seed)
        middles = rng.normal(size=(len(counts), 6))
        signs = [m + noise * rng.normal(size=(n, 6)) for m, n in zip(middles, counts, strict=True)]
        asked = np.concatenate([middles + noise * rng.normal(size=middles.shape), rng.normal(size=(2, 6))])
        layout = "hands_pose" if seed == 4 else "hands"
        low, sharp = decide(signs, layout)
        opened = prototypes(signs, low, sharp)
        out.append(
            {
                "signs": [s.tolist() for s in signs],
                "layout": layout,
                "left_out": [left_out(s).tolist() for s in signs],
                "reject_below": low,
                "sharpness": sharp,
                "asked": asked.tolist(),
                "likeness": opened.likeness(asked).tolist(),
                "logits": opened.logits(asked).tolist(),
            }
        )
    return out


def read(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text("utf-8"))


def alike(a: Any, b: Any) -> None:
    """Asserts the same values, numbers to 1e-9."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            alike(a[key], b[key])
    elif isinstance(a, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            alike(x, y)
    else:
        assert a == (pytest.approx(b, abs=1e-9) if isinstance(b, float) else b)


def test_both_are_as_the_golden_files_say() -> None:
    alike(read("vocabulary.json"), golden_vocabulary())
    alike(read("prototypes.json"), golden_prototypes())


def test_a_file_with_the_page_s_numbers_is_read_alike(tmp_path: Path) -> None:
    file = as_the_page_writes(read("vocabulary.json")["file"])
    assert file["signs"][0]["clips"][0]["times"][0] == 0
    path = tmp_path / "family.json"
    path.write_text(json.dumps(file), "utf-8")
    assert vocabularies.read(path) == vocabulary()


@pytest.mark.parametrize(("where", "to"), [(c[1], c[2]) for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_the_page_refuses_is_refused(where: list[str | int], to: Any, tmp_path: Path) -> None:
    path = tmp_path / "family.json"
    path.write_text(json.dumps(changed(read("vocabulary.json")["file"], where, to)), "utf-8")
    with pytest.raises(InputError, match=r"family\.json"):
        vocabularies.read(path)


if __name__ == "__main__":
    for name, value in (("vocabulary.json", golden_vocabulary()), ("prototypes.json", golden_prototypes())):
        (GOLDEN / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")
