"""Joined: networks that stand already, of one recipe and other seeds, as one bundle that answers with their mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore
from deepsign.export.assemble import assemble_pixels
from deepsign.export.weights import build, restore
from deepsign.models.handshape_cnn import HandshapeCnns
from deepsign.problems import RecipeError
from deepsign.train.decide import decide
from deepsign.train.fit_pixels import scores
from deepsign.train.pixels import PixelBatches, gather_pixels

_VALIDATION_BATCH = 64


def join(bundles: Sequence[Bundle], validation: Sequence[Row], store: PixelStore, out: Path) -> Bundle:
    """The bundle in `out`, a `handshape_cnns` made of bundles of `handshape_cnn`; nothing is trained.

    validation  rows of signers that none of them learnt from: what the thresholds are fitted to, as in training.

    Raises RecipeError for bundles of another network, or that differ in more than seed and teachers.
    """
    first, *others = (
        recipes.check(one.manifest.provenance.recipe, str(one.path)).model_dump(exclude={"seed": True, "train": True})
        for one in bundles
    )
    for one, theirs in zip(bundles[1:], others, strict=True):
        if theirs != first:
            raise RecipeError(f"{one.path}: was trained by another recipe than {bundles[0].path}; they can't be joined")
    if first["model"]["name"] != "handshape_cnn":
        raise RecipeError(f"{bundles[0].path}: is no handshape_cnn; only those are joined")
    given = bundles[0].manifest.provenance
    model = {"name": "handshape_cnns", "params": {**first["model"]["params"], "members": len(bundles)}}
    recipe = recipes.check({**given.recipe, "model": model}, str(out))
    network = build(recipe.model, recipe.labels.label_map())
    assert isinstance(network, HandshapeCnns)
    network.members = nn.ModuleList(restore(one) for one in bundles)
    network.eval()
    held = gather_pixels(validation, store, recipe.labels)
    target = held.target.numpy()
    logits = scores(network, PixelBatches(held, _VALIDATION_BATCH))
    people = [row.signer for row in held.rows]
    decision = decide(logits, target, people, recipe.labels.label_map(), recipe.labels.none, recipe.decide)
    provenance = given.model_copy(update={"recipe": recipe.model_dump(mode="json")})
    shown = [held.read(int(i)) for i in np.sort(np.unique(target, return_index=True)[1])]
    return assemble_pixels(out, recipe, network, decision, provenance, shown)
