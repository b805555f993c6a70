"""Recipe's composed signs: signs told by their parts, to be made from real people's hands and bodies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from deepsign.recipe_section import Section

Place = Literal[
    "forehead", "temple", "nose", "cheek", "mouth", "chin", "neck", "near shoulder", "far shoulder", "chest", "belly",
    "beside", "before", "high", "low",
]  # fmt: skip
Move = Literal[
    "still", "tap", "away", "aside", "up", "down", "arc", "circle", "wave", "shake", "flap", "to",
]  # fmt: skip
Touch = Literal["palm", "index", "thumb", "middle", "wrist"]
Hands = Literal["one", "both", "base"]


class Form(Section):
    """One way to make a sign, by the parts that tell signs apart (Stokoe 1960): shape, orientation, place, movement.

    shape   the gloss of the letter or digit that the hand shows; index, where given, that of another one, whose index
            finger it has; becomes, where given, what it turns into.
    turned  degrees from a palm to the camera, fingers up: about the upright axis, about the level one, and in the
            picture (clockwise).
    at      where the sign is made; `touch` is the part of the hand that comes to be there.
    move    what the hand does; `to` is where it goes with the movement "to".
    hands   one; both, as in a mirror; or one above a flat hand that rests (base).
    """

    shape: str
    index: str | None = None
    becomes: str | None = None
    turned: tuple[float, float, float] = (0.0, 0.0, 0.0)
    at: Place
    touch: Touch = "palm"
    move: Move = "still"
    to: Place | None = None
    hands: Hands = "one"

    @model_validator(mode="after")
    def _somewhere(self) -> Form:
        if (self.move == "to") != (self.to is not None):
            raise ValueError("`to` goes with the movement to, and with no other one")
        return self

    @property
    def shapes(self) -> set[str]:
        """The glosses of all the hands that it takes."""
        return {self.shape, *({self.index, self.becomes} - {None})}  # type: ignore[arg-type]


class Pairs(Section):
    """What makes another sign of one: the same sign but for its shape, its place, its movement or its orientation."""

    shapes: list[str] = Field(default_factory=list)
    places: list[Place] = Field(default_factory=list)
    moves: list[Move] = Field(default_factory=list)
    turned: list[tuple[float, float, float]] = Field(default_factory=list)


class Composed(Section):
    """Clips of signs that are put together from their parts (`deepsign.data.composed`).

    hands   manifests, relative to the recipe's folder, of the hands that are taken: clips of letters and digits.
    signs   gloss → its dictionary forms. A label's clips are more of it.
    pairs   gloss → the minimal pairs of its forms; each is a label learnt apart, answered as none.
    others  how many signs are drawn at random beside them, each learnt apart, too.
    count   clips of each sign; of those that are labels `known` clips.
    strangers  how many more are drawn, of which there is one clip each: together one label that is learnt apart.
    """

    hands: list[str] = Field(min_length=1)
    signs: dict[str, list[Form]] = Field(min_length=1)
    pairs: dict[str, Pairs] = Field(default_factory=dict)
    others: int = Field(0, ge=0)
    count: int = Field(30, ge=1)
    known: int = Field(50, ge=1)
    strangers: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _paired(self) -> Composed:
        if unknown := sorted(set(self.pairs) - set(self.signs)):
            raise ValueError(f"pairs: {', '.join(unknown)}: no such sign among data.composed.signs")
        return self
