"""Whole: files that are written whole or not at all, beside their target and renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deepsign.problems import InputError


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
        raise InputError(f"{path}: can't be written ({error.strerror or error}); is there room on the disk?") from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
