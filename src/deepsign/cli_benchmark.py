"""`deepsign benchmark`: how fast a bundle answers on this machine."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def benchmark(
    bundle: str, /, *, seq_len: int = 30, runs: int = 100, json: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """How fast a bundle answers on this machine: frames a second, and p50, p95, p99 of each stage.

    Parameters
    ----------
    bundle
        A bundle's name or folder.
    seq_len
        Frames of the clip that is answered.
    runs
        How often each stage is timed.
    json
        One JSON object a line, on stdout alone.
    """
    from deepsign.benchmark import benchmark as measure
    from deepsign.benchmark import lines
    from deepsign.terminal import print_json

    found = measure(bundle, seq_len, runs)
    if json:
        print_json(found)
    else:
        print("\n".join(lines(found)))
