"""Recipe, the section `decide`: how logits become an answer, and who judges the probabilities."""

from __future__ import annotations

from pydantic import Field, field_validator

from deepsign.recipe_section import Section


class Judge(Section):
    """A bundle (its folder, relative to the recipe's), and the sources or signers that it never learnt from.

    With neither: those whom the run's own recipe held back by name.
    """

    bundle: str
    sources: list[str] = Field(default_factory=list)
    signers: list[str] = Field(default_factory=list)


class Decide(Section):
    """How logits become an answer; see `deepsign.bundle.Decision`.

    reject_below  a best sign under this probability is "not a sign I know". Probabilities are calibrated, so under one
                  half a sign is more likely wrong than right. Not fitted: real strangers (a face, a resting hand)
                  can't be collected for validation, and on easy ones any threshold looks good.
    false_accept  how often a different sign may pass for the one that was asked for.
    open_set      along with the temperature it is fitted what nearness to a sign's clips in the embedding counts, and
                  how likely "no sign" is (`deepsign.train.open_set`). For networks of landmarks with labels.none.
    take_from     runs that left people out whom these weights learn from: temperature and thresholds are fitted on
                  what they say of those (`deepsign.train.cross_fit`). None: fitted on the validation signers.
    """

    top_k: int = Field(3, ge=1)
    reject_below: float = Field(0.5, ge=0, lt=1)
    false_accept: float = Field(0.05, gt=0, lt=1)
    open_set: bool = False
    take_from: list[Judge] = Field(default_factory=list)

    @field_validator("take_from", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return [] if value is None else value
