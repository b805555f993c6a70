"""Writes src/engine/layouts.ts from deepsign.landmarks, the only source of point indices. Run it after a change there.

python web/scripts/emit_layouts.py            writes the file
python web/scripts/emit_layouts.py --print    prints it instead
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from deepsign.landmarks import HOLISTIC, LAYOUTS, Layout

TARGET = Path(__file__).parents[1] / "src" / "engine" / "layouts.ts"
HEAD = """\
// Made by web/scripts/emit_layouts.py from src/deepsign/landmarks.py, the only source. Don't edit: a test compares.

export interface Layout {
  readonly points: readonly string[]
  /** Pairs of point indices to draw as bones. */
  readonly edges: readonly (readonly [number, number])[]
  /** For each point the index of its mirror image. */
  readonly mirror: readonly number[]
  /** Part ("left_hand", "pose", …) → its first point, and the one after its last. */
  readonly parts: Readonly<Record<string, readonly [number, number]>>
}
"""


def emitted() -> str:
    """The text of layouts.ts: all but the holistic layout, for the page follows no face."""
    entries = {name: _entry(layout) for name, layout in LAYOUTS.items() if layout is not HOLISTIC}
    names = "\n".join(f"  {name}: {text}," for name, text in entries.items())
    return f"{HEAD}\nexport const LAYOUTS: Readonly<Record<string, Layout>> = {{\n{names}\n}}\n"


def _entry(layout: Layout) -> str:
    parts = {part: layout.part(part) for part in dict.fromkeys(p.split(".")[0] for p in layout.points)}
    lines = {
        "points": json.dumps(layout.points),
        "edges": json.dumps(layout.edges),
        "mirror": json.dumps(layout.mirror),
        "parts": json.dumps({part: [at.start, at.stop] for part, at in parts.items()}),
    }
    return "{\n" + "\n".join(f"    {key}: {value}," for key, value in lines.items()) + "\n  }"


if __name__ == "__main__":
    if "--print" in sys.argv:
        print(emitted(), end="")
    else:
        TARGET.write_text(emitted(), "utf-8")
