"""Made bodies: clips of whole signers made from real ones, set behind the real examples before training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from deepsign.data.spliced import spliced
from deepsign.landmarks import HANDS_POSE
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe
from deepsign.train.dataset import Gathered
from deepsign.train.made import joined


def with_spliced(gathered: Gathered, recipe: Recipe) -> Gathered:
    """With `data.spliced` made clips for each real example behind them, labelled none; source "spliced".

    RecipeError for a recipe without a none label or with a layout that has no body in it.
    """
    share, examples = recipe.data.spliced, gathered.examples
    if not share:
        return gathered
    if recipe.labels.none is None or recipe.layout != HANDS_POSE.name:
        raise RecipeError(f"{recipe.name}: data.spliced needs labels.none and the layout {HANDS_POSE.name}")
    none = recipe.labels.label_map().index(recipe.labels.none)
    signs = [i for i in range(len(examples)) if int(examples.target[i]) < none]
    wide = [np.array([float(examples.aspect[i]), 1.0, float(examples.aspect[i])], np.float32) for i in signs]
    clips = [examples.frames[examples.span(i)].numpy() * w for i, w in zip(signs, wide, strict=True)]
    times = [examples.times[examples.span(i)].numpy() for i in signs]
    glosses = np.array([examples.keys["gloss"][i] for i in signs])
    made, told = spliced(clips, times, glosses, round(share * len(examples)), recipe.seed)
    keys = {"gloss": [str(none)] * len(made), "source": ["spliced"] * len(made), "signer": ["spliced"] * len(made)}
    lengths = torch.tensor([len(clip) for clip in made], dtype=torch.long)
    target = torch.full((len(made),), none)
    frames, at = [torch.from_numpy(clip) for clip in made], [torch.from_numpy(t) for t in told]
    return replace(gathered, examples=joined(examples, frames, at, lengths, target, keys))
