"""The `deepsign` command from its first moment on, also as `python -m deepsign`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Imports the verbs and runs one. Ctrl-C in the 0.3 s that importing takes is no traceback either."""
    try:
        from deepsign.cli import main as verbs

        verbs()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
