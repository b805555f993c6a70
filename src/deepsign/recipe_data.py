"""Recipe's data: what a recipe learns from, whom it holds back, and what is made beside the real examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator, model_validator

from deepsign.recipe_composed import Composed
from deepsign.recipe_section import Section


class Exclusion(Section):
    """Rows left out of training: those that match every key given here. `why` is for whoever reads the recipe."""

    source: list[str] = Field(default_factory=list)
    signer: list[str] = Field(default_factory=list)
    gloss: list[str] = Field(default_factory=list)
    split: list[str] = Field(default_factory=list)
    why: str

    @field_validator("source", "signer", "gloss", "split", mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        return [str(v) for v in value] if isinstance(value, list) else [str(value)]

    @model_validator(mode="after")
    def _not_everything(self) -> Exclusion:
        if not (self.source or self.signer or self.gloss or self.split):
            raise ValueError("an exclusion without source, signer, gloss or split would leave nothing")
        return self


class Validation(Section):
    """Which signers are held back for early stopping and the thresholds.

    Rows of the named sources, signers and splits; where none is named, about `share` of the rows, whole signers
    at a time.

    shared  for collections that name nobody: rows are drawn one by one, and a signer may stand on both sides. The
            bundle says so, and its figures flatter.
    """

    sources: list[str] = Field(default_factory=list)
    signers: list[str] = Field(default_factory=list)
    splits: list[str] = Field(default_factory=list)
    share: float = Field(0.15, gt=0, lt=1)
    shared: bool = False

    @property
    def named(self) -> bool:
        """Whether the recipe names whom to hold back."""
        return bool(self.sources or self.signers or self.splits)


class Turned(Section):
    """Hands made by turning real ones to where a sign of the same handshape points (`deepsign.data.turned`).

    families  each: gloss → degrees above the horizon, from and to, between which its index finger points.
    share     how many are made for each real example.
    """

    families: list[dict[str, tuple[float, float]]] = Field(min_length=1)
    share: float = Field(gt=0)


class Drawn(Section):
    """Clips of letters that are drawn in the air, made with real hands (`deepsign.data.drawn`).

    strokes  what is drawn → the gloss of the hands that draw it.
    share    how many are made for each real example.
    """

    strokes: Mapping[Literal["J", "Z"], str] = Field(min_length=1)
    share: float = Field(gt=0)


class Data(Section):
    """What is learnt from.

    manifests  CSV files, relative to the recipe's folder.
    root       the folder that the rows' paths start from, relative to the recipe's folder; the manifest's own if not
               given.
    licences   only rows with one of these licences; empty means any.
    non_signs  how many hands that are no sign are made for each real one (`deepsign.data.non_signs`), for the none
               label.
    transitions  how many clips from one sign to another are made for each real one, for the none label
               (`deepsign.data.transitions`).
    spliced    how many clips of one sign's beginning and another one's end are made for each real one, for the none
               label (`deepsign.data.spliced`).
    limit      learns from only so many clips, spread over signers and signs (`deepsign.train.trial`): a trial of the
               recipe, whose figures count for nothing. None for all.
    turned     hands made from signs that are one handshape pointing elsewhere; None for none.
    drawn      clips of J and Z, drawn by hands that hold another letter; None for none.
    composed   clips of signs put together from their parts; None for none.
    """

    manifests: list[str] = Field(default_factory=list)
    root: str | None = None
    licences: list[str] = Field(default_factory=list)
    non_signs: float = Field(0.0, ge=0)
    transitions: float = Field(0.0, ge=0)
    spliced: float = Field(0.0, ge=0)
    limit: int | None = Field(None, ge=4)
    turned: Turned | None = None
    drawn: Drawn | None = None
    composed: Composed | None = None
    exclude: list[Exclusion] = Field(default_factory=list)
    validation: Validation = Field(default_factory=Validation)


class Pixels(Section):
    """What a network that sees pixels is given; a recipe without this section takes landmarks.

    size        px of the square that each picture is brought to.
    frames      how many a clip is thinned or filled up to, by time; None for images.
    fit         pad (whole, black borders), crop (the middle square) or squash (shape not kept).
    use_frames  of a corpus of both: true takes only clips that are folders of frames, false leaves those out.
    keep        whether what the frozen part of a network makes of a clip is kept, and not made again.
    views       how many augmented copies of each clip the frozen part sees; epochs take turns among them.
    """

    size: int = Field(96, ge=8, le=1024)
    frames: int | None = Field(None, ge=2, le=256)
    fit: Literal["pad", "crop", "squash"] = "pad"
    use_frames: bool | None = None
    keep: bool = True
    views: int = Field(1, ge=1)
