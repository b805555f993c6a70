"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign.problems import InputError
from deepsign.whole import written_whole


def test_what_stops_half_way_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "made" / "a.txt"
    with written_whole(target) as file:
        file.write(b"old")
    with pytest.raises(KeyboardInterrupt), written_whole(target) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    with pytest.raises(InputError, match=r"a\.txt: can't be written .*is there room") as said, written_whole(target):
        raise OSError(28, "No space left on device")
    assert "\n" not in str(said.value)
    assert target.read_bytes() == b"old"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_what_stands_in_the_way_is_told_from_a_full_disk(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"old")
    for target in (tmp_path, file / "b.txt"):
        with pytest.raises(InputError, match="something else is there already") as said, written_whole(target) as new:
            new.write(b"new")
        assert "room" not in str(said.value)
    assert file.read_bytes() == b"old"
