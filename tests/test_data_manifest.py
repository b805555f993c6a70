"""Manifests: strict, the same wherever they lie, and written whole or not at all."""

from __future__ import annotations

from dataclasses import replace
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
    path=words.map(lambda s: "f" + s.replace("/", "").replace("\\", "").replace(":", "")),
    gloss=words,
    signer=words,
    split=st.sampled_from(["", "train", "validation", "test"]),
    licence=words,
    source=words,
    sha256=st.just(""),
)


def with_files(folder: Path, rows: list[Row]) -> None:
    """Every file that the rows name, empty."""
    for row in rows:
        file = folder / row.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


@settings(max_examples=60, deadline=None)
@given(found=st.lists(rows, min_size=1, max_size=6, unique_by=lambda row: row.path.casefold()))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, found: list[Row]) -> None:
    folder = tmp_path_factory.mktemp("m")
    with_files(folder, found)
    path = folder / "lists" / "manifest.csv"
    manifest.write(found, path, folder)
    back = manifest.read(path)
    assert list(back.rows) == sorted(found)
    assert back.root.resolve() == folder.resolve()
    assert back.sha256() == Manifest(tuple(reversed(found)), Path("elsewhere")).sha256()
    assert [p.name for p in path.parent.iterdir()] == ["manifest.csv"], "nothing half-written is left"
    first = path.read_bytes()
    manifest.write(reversed(found), path, folder)
    assert path.read_bytes() == first


def test_the_root_is_the_manifest_s_own_folder_or_the_one_it_names_or_the_one_given(tmp_path: Path) -> None:
    row = Row("a.jpg", "A", "ann", "", "MIT", "mine", "")
    with_files(tmp_path / "photos, all", [row])
    manifest.write([row], tmp_path / "photos, all" / "m.csv", tmp_path / "photos, all")
    assert "root" not in (tmp_path / "photos, all" / "m.csv").read_text("utf-8")
    assert manifest.read(tmp_path / "photos, all" / "m.csv").rows == (row,)
    elsewhere = tmp_path / "lists" / "m.csv"
    manifest.write([row], elsewhere, tmp_path / "photos, all")
    assert manifest.read(elsewhere).root.resolve() == tmp_path / "photos, all"
    padded = elsewhere.read_text("utf-8").replace("\n", ",,,,,,\n", 1)
    elsewhere.write_text(padded, "utf-8")
    assert manifest.read(elsewhere).rows == (row,), "as a spreadsheet saves it"
    manifest.write([row], elsewhere)
    assert manifest.read(elsewhere, tmp_path / "photos, all").rows == (row,)
    with pytest.raises(InputError, match=r"m\.csv: a\.jpg is not below .*lists; say where the files are"):
        manifest.read(elsewhere)


def test_rows_that_could_not_be_read_back_are_not_written(tmp_path: Path) -> None:
    row = Row("a.jpg", "A", "ann", "", "MIT", "mine", "")
    for bad in (replace(row, gloss=" "), replace(row, path="a\udcff.jpg"), replace(row, signer="a\nb")):
        with pytest.raises(InputError, match=r"m\.csv: would hold rows that can't be read back"):
            manifest.write([bad], tmp_path / "m.csv")
    with pytest.raises(InputError, match=r"a\.jpg is listed twice"):
        manifest.write([row, replace(row, gloss="B")], tmp_path / "m.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# root: ..\n", "lacks path, gloss"),
        ("path,label\nx,y\n", "lacks gloss, signer, .* and has unknown 'label'; the columns must be path,gloss"),
        (f"{HEADER},note\n", "has unknown 'note'"),
        (f"{HEADER[::-1]}\n", "has unknown"),
        (f"{HEADER}\n", "lists nothing"),
        (f"{HEADER}\na.jpg,A,ann,train,MIT,mine\n", "line 2: 6 columns, not 7"),
        (f"{HEADER}\na.jpg,,ann,train,MIT,mine,\n", "line 2: gloss is empty"),
        (f"{HEADER}\na.jpg,A,ann,half,MIT,mine,\n", "split 'half' is none of"),
        (f"{HEADER}\n../a.jpg,A,ann,,MIT,mine,\n", "leads out of the manifest's root"),
        (f"{HEADER}\nC:/a.jpg,A,ann,,MIT,mine,\n", "leads out of the manifest's root"),
        (f"{HEADER}\n" + "a,,s,,,m,\n" * 5, r"line 2: gloss is empty; line 3: .*; line 4: .* \(and 2 more\)"),
        (f"{HEADER}\na,A,s,,,m,\na,B,s,,,m,\n", "a is listed twice"),
    ],
)
def test_a_bad_manifest_is_named_with_its_first_bad_lines(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"bad\.csv: .*{message}") as said:
        manifest.read(path)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'path,"' + b"x" * 200_000])
def test_what_is_no_manifest_at_all_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"noise\.csv: is no"):
        manifest.read(path)


def test_items_and_frames_of_tables_are_told_from_files() -> None:
    def row(path: str) -> tuple[str, int | None, int | None]:
        made = Row(path, "A", "s", "", "", "x", "")
        return made.file, made.item, made.frame

    assert row("hands.npz#17") == ("hands.npz", 17, None)
    assert row("clips.npz#17:4") == ("clips.npz", 17, 4)
    assert row("take#2") == ("take#2", None, None)
    assert row("photo #1 of two.jpg") == ("photo #1 of two.jpg", None, None)
