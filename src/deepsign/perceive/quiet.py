"""MediaPipe, TFLite and OpenCV write to stderr from C; a person's terminal is no place for that."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Sends what C code writes to file descriptor 2 to nowhere, for this process, while the block runs.

    Only around start-up, never around work: other threads' messages would be lost as well.
    """
    with _LOCK:
        sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
