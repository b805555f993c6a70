"""Made: stills and clips made from real hands, set behind the real examples before training. Bodies: `made_bodies`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepsign.data.drawn import drawn
from deepsign.data.non_signs import non_signs
from deepsign.data.transitions import transitions
from deepsign.data.turned import turned
from deepsign.landmarks import HAND, HANDS
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe
from deepsign.train.dataset import Examples, Gathered


def with_non_signs(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.non_signs` made stills for each real example behind them, labelled none; source "non-signs".

    They are made from the frames' better seen hand. RecipeError for a recipe without a none label or with a layout
    that has no hands in it.
    """
    share = recipe.data.non_signs
    if not share:
        return gathered
    hands, glosses, none = _signing_hands(gathered, recipe, "data.non_signs")
    made = non_signs(hands, glosses, round(share * len(gathered.examples)), recipe.seed)
    return _behind(gathered, made, torch.full((len(made),), none), ["non-signs"] * len(made), "non-signs")


def with_transitions(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.transitions` made clips for each real example behind them, labelled none; source "transitions".

    RecipeError for a recipe without a none label or with a layout that has no hands in it.
    """
    share = recipe.data.transitions
    if not share:
        return gathered
    hands, glosses, none = _signing_hands(gathered, recipe, "data.transitions")
    count = round(share * len(gathered.examples))
    made, times = transitions(hands, glosses, count, recipe.seed)
    names = ["transitions"] * len(made)
    return _behind(gathered, made, torch.full((len(made),), none), names, names[0] if names else "", times)


def _signing_hands(gathered: Gathered, recipe: Recipe, key: str) -> tuple[NDArray[np.float32], NDArray[np.str_], int]:
    """Hands (N, 21, 3) that make a sign, their glosses (N,), and the none label's index; `key` heads an error."""
    labels = recipe.labels.label_map()
    if recipe.labels.none is None:
        raise RecipeError(f"{recipe.name}: {key} needs labels.none")
    hands, owner = _best_hands(gathered.examples, recipe, key)
    none = labels.index(recipe.labels.none)
    signs = gathered.examples.target[owner] != none
    glosses = np.array([labels[int(t)].gloss for t in gathered.examples.target[owner][signs]])
    return hands[signs].numpy(), glosses, none


def with_turned(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.turned.share` made stills for each real example behind them; source "turned".

    RecipeError for a layout that has no hands in it.
    """
    if recipe.data.turned is None:
        return gathered
    examples, labels = gathered.examples, recipe.labels.label_map()
    hands, owner = _best_hands(examples, recipe, "data.turned")
    glosses = np.array([labels[int(t)].gloss for t in examples.target[owner]])
    sources = np.array([examples.keys["source"][int(i)] for i in owner])
    count = round(recipe.data.turned.share * len(examples))
    made, named = turned(hands.numpy(), glosses, sources, recipe.data.turned.families, count, recipe.seed)
    target = torch.tensor([labels.index(str(n)) for n in named], dtype=torch.long)
    return _behind(gathered, made, target, [str(int(t)) for t in target], "turned")


def with_drawn(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.drawn.share` made clips for each real example behind them, labelled as drawn; source "drawn".

    RecipeError for a layout that has no hands in it.
    """
    if recipe.data.drawn is None:
        return gathered
    examples, labels = gathered.examples, recipe.labels.label_map()
    hands, owner = _best_hands(examples, recipe, "data.drawn")
    glosses = np.array([labels[int(t)].gloss for t in examples.target[owner]])
    count = round(recipe.data.drawn.share * len(examples))
    made, times, names = drawn(hands.numpy(), glosses, recipe.data.drawn.strokes, count, recipe.seed)
    target = torch.tensor([labels.index(str(n)) for n in names], dtype=torch.long)
    return _behind(gathered, made, target, [str(int(t)) for t in target], "drawn", times)


def _best_hands(examples: Examples, recipe: Recipe, key: str) -> tuple[Tensor, Tensor]:
    """Each frame's first hand that was seen (N, 21, 3), in equal units, and which example it belongs to (N,)."""
    if recipe.layout not in (HAND.name, HANDS.name):
        raise RecipeError(f"{recipe.name}: {key} needs a layout of hands alone")
    owner = torch.repeat_interleave(torch.arange(len(examples)), examples.starts.diff())
    hands = examples.frames.reshape(len(examples.frames), -1, len(HAND), 3).clone()
    hands[..., ::2] *= examples.aspect[owner][:, None, None, None]
    unseen = hands[..., :2].isnan().flatten(2).any(dim=2)
    best = hands[torch.arange(len(hands)), (~unseen).int().argmax(dim=1)]
    seen = ~unseen.all(dim=1)
    return best[seen], owner[seen]


def _behind(
    gathered: Gathered,
    hands: NDArray[np.float32],
    target: Tensor,
    glosses: list[str],
    name: str,
    times: NDArray[np.float32] | None = None,
) -> Gathered:
    """The examples with others behind them; `name` is their source and their signer.

    hands (N, 21, 3) for stills, or (N, T, 21, 3) with times (N, T) for clips.
    """
    examples, count = gathered.examples, len(hands)
    clips = torch.from_numpy(hands if times is not None else hands[:, None])
    length = clips.shape[1]
    at = torch.zeros(count * length) if times is None else torch.from_numpy(times).flatten()
    frames = torch.full((count * length, examples.frames.shape[1] // len(HAND), len(HAND), 3), torch.nan)
    frames[:, -1] = clips.flatten(0, 1)  # a hand of unknown side stands in the right hand's place
    keys = {"gloss": glosses, "source": [name] * count, "signer": [name] * count}
    lengths = torch.full((count,), length, dtype=torch.long)
    behind = joined(examples, [frames.flatten(1, 2)], [at], lengths, target, keys)
    return replace(gathered, examples=behind)


def joined(
    examples: Examples,
    frames: list[Tensor],
    times: list[Tensor],
    lengths: Tensor,
    target: Tensor,
    keys: dict[str, list[str]],
) -> Examples:
    """The examples with others (of these lengths, in picture heights) behind them."""
    return Examples(
        frames=torch.cat([examples.frames, *frames]),
        times=torch.cat([examples.times, *times]),
        starts=torch.cat([examples.starts, examples.starts[-1] + lengths.cumsum(dim=0)]),
        aspect=torch.cat([examples.aspect, torch.ones(len(lengths))]),
        target=torch.cat([examples.target, target]),
        keys={key: [*values, *keys[key]] for key, values in examples.keys.items()},
    )
