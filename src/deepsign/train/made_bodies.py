"""Made bodies: clips of whole signers made from real ones, set behind the real examples before training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from deepsign import recipe as recipes
from deepsign.clip import Clip
from deepsign.data import manifest as manifests
from deepsign.data.composed import BASE, Composer
from deepsign.data.composed_forms import STRANGERS, forms_of
from deepsign.data.manifest import Row
from deepsign.data.spliced import spliced
from deepsign.data.store import ClipStore
from deepsign.landmarks import HAND, HANDS, HANDS_POSE, HOLISTIC, POSE_POINTS, convert
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe
from deepsign.recipe_composed import Composed
from deepsign.train.dataset import Examples, Gathered
from deepsign.train.held_out import held_by_name
from deepsign.train.made import joined

# Hands of one shape and one collection that are taken at most: a collection of thousands shows one person's.
_HANDS = 60
# Made clips share so many names, so that balancing by signer takes none of them for a crowd.
_PEOPLE = 8
_SEEN = [HANDS_POSE.part("pose").start + POSE_POINTS.index(p) for p in ("nose", "left_shoulder", "right_shoulder")]


def with_spliced(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.spliced` made clips for each real example behind them, labelled none; source "spliced".

    RecipeError for a recipe without a none label or with a layout that has no body in it.
    """
    share, examples = recipe.data.spliced, gathered.examples
    if not share:
        return gathered
    none = recipe.labels.label_map().index(_none(recipe, "data.spliced"))
    signs = [i for i in range(len(examples)) if int(examples.target[i]) < none]
    clips = [_in_equal_units(examples, i) for i in signs]
    times = [examples.times[examples.span(i)].numpy() for i in signs]
    glosses = np.array([examples.keys["gloss"][i] for i in signs])
    made, told = spliced(clips, times, glosses, round(share * len(examples)), recipe.seed)
    keys = {"gloss": [str(none)] * len(made), "source": ["spliced"] * len(made), "signer": ["spliced"] * len(made)}
    lengths = torch.tensor([len(clip) for clip in made], dtype=torch.long)
    target = torch.full((len(made),), none)
    frames = [torch.from_numpy(convert(clip, HANDS_POSE.name, recipe.layout)) for clip in made]
    at = [torch.from_numpy(t) for t in told]
    return replace(gathered, examples=joined(examples, frames, at, lengths, target, keys))


def with_composed_labels(recipe: Recipe) -> Recipe:
    """The recipe with the composed signs that are no labels of its own learnt apart; others as they are."""
    if recipe.data.composed is None:
        return recipe
    labels = recipe.labels
    known = {label.gloss for label in labels.learnt()}
    apart = [*labels.apart, *(gloss for gloss in forms_of(recipe.data.composed) if gloss not in known)]
    told = {**recipe.model_dump(mode="json"), "labels": {**labels.model_dump(mode="json"), "apart": apart}}
    return recipes.check(told, recipe.name)


def with_composed(gathered: Gathered, recipe: Recipe, home: Path) -> Gathered:
    """With the clips of `data.composed` behind the real ones, source "composed"; whose hands they are is in `lent`.

    home is where the recipe lies. Hands of people who are held back from training are not taken. RecipeError for a
    layout without a body, and for shapes or bodies that are missing.
    """
    composed, examples = recipe.data.composed, gathered.examples
    if composed is None:
        return gathered
    _none(recipe, "data.composed")
    forms = forms_of(composed)
    wanted = {shape for ways in forms.values() for form in ways for shape in form.shapes} | BASE.shapes
    hands, lent = _hands(composed, recipe, home, wanted)
    if missing := sorted(wanted - set(hands)):
        raise RecipeError(f"{recipe.name}: data.composed.hands show no {', '.join(missing)}")
    bodies = [body for body in (_in_equal_units(examples, i) for i in range(len(examples))) if not _lost(body)]
    if not bodies:
        raise RecipeError(f"{recipe.name}: data.composed: no clip shows a nose and both shoulders all along")
    composer = Composer(hands, bodies, recipe.seed)
    known = {label.gloss for label in recipe.labels.label_map()}
    counts = {gloss: composed.known if gloss in known else composed.count for gloss in forms}
    counts |= {STRANGERS: composed.strangers}
    told = [
        (recipe.labels.index_of(gloss), number, composer.clip(ways[number % len(ways)]))
        for gloss, ways in forms.items()
        for number in range(counts[gloss])
    ]
    names = [f"composed/{number % _PEOPLE}" for _, number, _ in told]
    keys = {"gloss": [str(at) for at, _, _ in told], "source": ["composed"] * len(told), "signer": names}
    clips = [torch.from_numpy(convert(clip, HANDS_POSE.name, recipe.layout)) for _, _, (clip, _) in told]
    times = [torch.from_numpy(seconds) for _, _, (_, seconds) in told]
    lengths = torch.tensor([len(clip) for clip in clips], dtype=torch.long)
    target = torch.tensor([at for at, _, _ in told])
    return replace(gathered, examples=joined(examples, clips, times, lengths, target, keys), lent=lent)


def _none(recipe: Recipe, key: str) -> str:
    """The none label; RecipeError where there is none, or no body in the layout. `key` asked for it."""
    if recipe.labels.none is None or recipe.layout not in (HANDS_POSE.name, HOLISTIC.name):
        raise RecipeError(f"{recipe.name}: {key} needs labels.none and the layout {HANDS_POSE.name} or {HOLISTIC.name}")
    return recipe.labels.none


def _in_equal_units(examples: Examples, index: int) -> NDArray[np.float32]:
    """One example's landmarks (T, 75, 3), in picture heights; a face before them is left out."""
    wide = np.array([float(examples.aspect[index]), 1.0, float(examples.aspect[index])], np.float32)
    return np.asarray(examples.frames[examples.span(index)].numpy()[:, -len(HANDS_POSE) :] * wide)


def _hands(
    composed: Composed, recipe: Recipe, home: Path, wanted: Collection[str]
) -> tuple[dict[str, NDArray[np.float32]], list[Row]]:
    """Gloss → hands (N, 21, 3) in equal units, depth and all, spread over the collections; and their rows."""
    root = home / recipe.data.root if recipe.data.root else None
    found: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    lent: list[Row] = []
    for manifest in (manifests.read(home / path, root) for path in composed.hands):
        by: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row, left_out in zip(manifest.rows, held_by_name(manifest.rows, recipe.data.validation), strict=True):
            if row.gloss in wanted and not left_out:
                by[row.gloss, row.source].append(row)
        with ClipStore(manifest.root, HANDS.name) as store:
            for row in (row for rows in by.values() for row in rows[:: max(1, len(rows) // _HANDS)][:_HANDS]):
                hand = _middle_hand(store.clip(row))
                if hand is not None:
                    found[row.gloss].append(hand)
                    lent.append(row)
    return {gloss: np.stack(hands) for gloss, hands in found.items()}, lent


def _middle_hand(clip: Clip) -> NDArray[np.float32] | None:
    """The hand (21, 3) in the clip's middle frame, in equal units; None where none is seen in depth."""
    assert clip.landmarks is not None
    middle = clip.landmarks[len(clip) // 2].reshape(2, len(HAND), 3)
    hand = next((hand for hand in middle if not np.isnan(hand).any()), None)
    return None if hand is None else hand * np.array([clip.aspect, 1, clip.aspect], np.float32)


def _lost(body: NDArray[np.float32]) -> bool:
    """Whether the nose or a shoulder is ever out of sight."""
    return bool(np.isnan(body[:, _SEEN, :2]).any())
