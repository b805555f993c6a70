"""Feedback: an attempt against how people make the sign → at most one plain hint that names what to change.

reference = reference_of(bundle)            # None where the bundle has none
hint(reference, "A", clip)                  # Hint | None
tip(hint)                                   # "Nearly: bend your index finger."
"""

from __future__ import annotations

from deepsign.bundle import Bundle
from deepsign.feedback.hint import Hint, hint, judge, kindly
from deepsign.feedback.reference import FILE, Reference, Sign, read
from deepsign.feedback.words import tip

__all__ = ["Hint", "Reference", "Sign", "hint", "judge", "kindly", "reference_of", "tip"]


def reference_of(bundle: Bundle) -> Reference | None:
    """The bundle's reference; None where it has none. Raises BundleError that names it where it can't be read."""
    path = bundle.path / FILE
    return read(path.read_bytes(), str(path)) if FILE in bundle.manifest.files else None
