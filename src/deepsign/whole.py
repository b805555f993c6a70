"""Whole: files that are written whole or not at all, beside their target and renamed."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deepsign.problems import InputError

_MAKE_ROOM = "is there room on the disk?"
_ELSEWHERE = "something else is there already; choose another place"
_NO_RIGHT = "you have no right to; choose another place"
_WAYS_OUT = {
    errno.EEXIST: _ELSEWHERE,
    errno.EISDIR: _ELSEWHERE,
    errno.ENOTDIR: _ELSEWHERE,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
}


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `path` when the block ends well; its folder is made if need be.

    Whatever stops the block leaves `path` as it was and nothing beside it. InputError where the disk refuses.
    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
        partial.chmod(0o644)
        partial.replace(path)
    except OSError as error:
        raise InputError(not_written(path, error)) from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> str:
    """One line for a person: what could not be written, why, and the way out."""
    return f"{path}: can't be written ({error.strerror or error}); {_WAYS_OUT.get(error.errno or 0, _MAKE_ROOM)}"
