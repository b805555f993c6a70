"""Manifests: strict, the same wherever they lie, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign.data import manifest
from deepsign.data.manifest import COLUMNS, Manifest, Row
from deepsign.problems import InputError

HEADER = ",".join(COLUMNS)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(lambda s: s.strip())
rows = st.builds(
    Row,
    path=words.filter(lambda s: not s.startswith("/") and ".." not in s),
    gloss=words,
    signer=words,
    split=st.sampled_from(["", "train", "validation", "test"]),
    licence=words,
    source=words,
    sha256=st.just(""),
)


@settings(max_examples=60)
@given(found=st.lists(rows, min_size=1, max_size=6, unique=True))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, found: list[Row]) -> None:
    path = tmp_path_factory.mktemp("m") / "manifest.csv"
    manifest.write(found, path)
    back = manifest.read(path)
    assert list(back.rows) == sorted(found)
    assert back.sha256() == Manifest(tuple(reversed(found)), Path("elsewhere")).sha256()
    assert [p.name for p in path.parent.iterdir()] == ["manifest.csv"], "nothing half-written is left"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line must be path,gloss"),
        ("path,label\nx,y\n", "the first line must be path,gloss"),
        (f"{HEADER}\n", "lists nothing"),
        (f"{HEADER}\na.jpg,A,ann,train,MIT,mine\n", "line 2: 6 columns, not 7"),
        (f"{HEADER}\na.jpg,,ann,train,MIT,mine,\n", "line 2: gloss is empty"),
        (f"{HEADER}\na.jpg,A,ann,half,MIT,mine,\n", "split 'half' is none of"),
        (f"{HEADER}\n../a.jpg,A,ann,,MIT,mine,\n", "leads out of the manifest's root"),
        (f"{HEADER}\na,,s,,,m,\nb,,s,,,m,\nc,,s,,,m,\n", r"line 2: gloss is empty \(and 2 more\)"),
    ],
)
def test_a_bad_manifest_is_named_with_its_first_bad_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"bad\.csv: .*{message}"):
        manifest.read(path)


def test_items_and_frames_of_tables_are_told_from_files() -> None:
    def row(path: str) -> tuple[str, int | None, int | None]:
        made = Row(path, "A", "s", "", "", "x", "")
        return made.file, made.item, made.frame

    assert row("hands.npz#17") == ("hands.npz", 17, None)
    assert row("clips.npz#17:4") == ("clips.npz", 17, 4)
    assert row("photo #1 of two.jpg") == ("photo #1 of two.jpg", None, None)
