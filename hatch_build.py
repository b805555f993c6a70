"""Puts the page into the wheel: builds it from web/ where Node can be had, and refuses to make a wheel without it.

An editable install needs no page, so it stays fast; `make start` builds the page itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))

import page


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is packed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from the Python registry, for an isolated build on a machine that has none and no page yet."""
        root = Path(self.root)
        needed = self.target_name == "wheel" and (root / page.SOURCE).is_file() and not (root / page.INDEX).is_file()
        return [page.NODE_WHEEL] if needed and page.find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the page, or takes the one that is there; a SystemExit of one line where there is none in the end."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        node = page.find_node()
        if (root / page.SOURCE).is_file() and node and not page.is_fresh(root):
            try:
                page.build(root, node)
            except page.PageError as problem:
                raise SystemExit(f"the page can't be built: {problem}") from None
        if not (root / page.INDEX).is_file():
            raise SystemExit(
                f"{page.INDEX}: missing, and a wheel without the page would be broken; "
                f"install Node {page.NODE_RANGE} (Node is the page's compiler) and build again"
            )
