"""LabelMap: the ordered glosses that a network answers with, each with the words to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from deepsign.problems import BundleError


@dataclass(frozen=True)
class Label:
    """One sign.

    gloss         the label, in the field's capitals: "A", "THANK-YOU". A label, not the language.
    say           the words a person reads: "thank you".
    needs_motion  True where a still can't show the sign (J and Z).
    still_as      the gloss that a still of this sign looks like ("I" for J), or None.
    """

    gloss: str
    say: str
    needs_motion: bool = False
    still_as: str | None = None


@dataclass(frozen=True)
class LabelMap:
    """Labels in the order of the network's logits. Glosses are unique; raises BundleError where they are not."""

    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        if not self.labels:
            raise BundleError("a label map needs at least one gloss")
        if len(set(self.glosses)) != len(self.labels):
            twice = sorted({g for g in self.glosses if self.glosses.count(g) > 1})
            raise BundleError(f"glosses appear twice: {', '.join(twice)}")

    @classmethod
    def of(cls, glosses: Sequence[str]) -> LabelMap:
        """A map of plain glosses, said as they are written."""
        return cls(tuple(Label(g, g.replace("-", " ").lower() if len(g) > 1 else g) for g in glosses))

    @cached_property
    def glosses(self) -> tuple[str, ...]:
        """The glosses, in order."""
        return tuple(label.gloss for label in self.labels)

    def index(self, gloss: str) -> int:
        """Where a gloss stands; KeyError if it is not in the map."""
        try:
            return self.glosses.index(gloss)
        except ValueError:
            raise KeyError(gloss) from None

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __getitem__(self, index: int) -> Label:
        return self.labels[index]

    def __contains__(self, gloss: object) -> bool:
        return gloss in self.glosses
