"""Composed forms: the minimal pairs of signs, and signs drawn at random that are none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, get_args

import numpy as np

from deepsign.recipe_composed import Composed, Form, Hands, Move, Place, Touch

T = TypeVar("T")

# What the drawn signs are: the same for every run, or networks of one recipe would learn other labels.
_SEED = 7
# J and Z are movements; M, N and T differ from A, E and S in a thumb that hides.
_SHAPES = (*"ABCDEFGHIKLOPQRSUVWXY", "3", "5", "7", "8")
_TURNED = (0.0, 0.0, 70.0, 180.0, -40.0), (0.0, 0.0, -55.0), (0.0, 0.0, -45.0, -90.0, 45.0, 180.0)
_PLACES: tuple[Place, ...] = get_args(Place)
_MOVES: tuple[Move, ...] = tuple(move for move in get_args(Move) if move != "flap")
_TOUCH: tuple[Touch, ...] = get_args(Touch)
_HANDS: tuple[Hands, ...] = ("one", "one", "both", "base")
# The share of drawn signs whose hand changes its shape.
_BECOMES = 0.25
# Flat hands, which differ in a thumb or in how far the fingers are apart.
_FLAT = frozenset("B45")
# Degrees under which two orientations are one.
_TURN = 40.0


# The label of signs of which there is one clip each.
STRANGERS = "strangers"


def forms_of(composed: Composed) -> dict[str, list[Form]]:
    """Gloss → forms: the signs themselves, their minimal pairs ("hello, shape U"), `others` ("other 1"), STRANGERS."""
    found = dict(composed.signs)
    for gloss, pairs in composed.pairs.items():
        forms = composed.signs[gloss]
        for shape in pairs.shapes:
            changed = {"shape": shape, "index": None, "becomes": None}
            found[f"{gloss}, shape {shape}"] = [form.model_copy(update=changed) for form in forms]
        for place in pairs.places:
            found[f"{gloss}, at {place}"] = [form.model_copy(update={"at": place}) for form in forms]
        for move in pairs.moves:
            found[f"{gloss}, move {move}"] = [form.model_copy(update={"move": move, "to": None}) for form in forms]
        for turned in pairs.turned:
            angles = "/".join(f"{angle:g}" for angle in turned)
            found[f"{gloss}, turned {angles}"] = [form.model_copy(update={"turned": turned}) for form in forms]
    rng = np.random.default_rng(_SEED)
    known = [form for forms in composed.signs.values() for form in forms]
    for number in range(composed.others):
        found[f"other {number + 1}"] = [_drawn(rng, known)]
    if composed.strangers:
        found[STRANGERS] = [_drawn(rng, known) for _ in range(composed.strangers)]
    return found


def _drawn(rng: np.random.Generator, known: Iterable[Form]) -> Form:
    """A sign that differs from each of these in two parts at least."""
    while True:
        move = _one(rng, _MOVES)
        form = Form(
            shape=_one(rng, _SHAPES),
            becomes=_one(rng, _SHAPES) if rng.random() < _BECOMES else None,
            turned=(_one(rng, _TURNED[0]), _one(rng, _TURNED[1]), _one(rng, _TURNED[2])),
            at=_one(rng, _PLACES),
            touch=_one(rng, _TOUCH),
            move=move,
            to=_one(rng, _PLACES) if move == "to" else None,
            hands=_one(rng, _HANDS),
        )
        if all(_differences(form, other) > 1 for other in known):
            return form


def _one(rng: np.random.Generator, among: tuple[T, ...]) -> T:
    return among[int(rng.integers(len(among)))]


def _differences(one: Form, other: Form) -> int:
    """In how many of shape, orientation, place, movement and number of hands two forms differ."""
    flat = one.shape in _FLAT and other.shape in _FLAT
    same_shape = (one.shape == other.shape or flat) and one.becomes == other.becomes and one.index == other.index
    turns = np.abs(np.subtract(one.turned, other.turned))
    return sum(
        (
            not same_shape,
            bool((np.minimum(turns, 360 - turns) > _TURN).any()),
            one.at != other.at,
            one.move != other.move,
            one.hands != other.hands,
        )
    )
