"""Refusal: what is wrong with a file of keys that a person wrote, in one line with the nearest known key."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from deepsign.problems import InputError

M = TypeVar("M", bound=BaseModel)

# Under this likeness (difflib's ratio) another key is no slip of the fingers, and all known ones are listed instead.
_LIKE = 0.5


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The likeliest of a model's validation errors: "optim.lrr: unknown key; did you mean lr?"."""
    # An unknown key comes first: it is the likeliest reason for whatever else is missing.
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where}: unknown key; {nearest(str(first['loc'][-1]), _keys_at(model, first['loc'][:-1]))}"
    message = first["msg"].removeprefix("Value error, ")
    given = first.get("input")
    return f"{where}: {message}" + (f", not {given!r}" if isinstance(given, str | int | float | bool) else "")


def read_yaml(path: Path) -> object:
    """What a YAML file holds. Raises InputError, which names the file, where it can't be read."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: is no YAML ({' '.join(str(error).split())})") from None


def read_json(path: Path, model: type[M], version: int, what: str, most_bytes: int, again: str) -> M:
    """A JSON file that people pass around, as its strict model: a missing or an extra key is refused by name.

    what        what it should be, for the errors: "a vocabulary".
    most_bytes  a larger file isn't opened.
    again       the way out: "export or copy it again".

    Raises FileNotFoundError, for only the caller knows what should lie there; InputError for everything else.
    """
    try:
        if path.stat().st_size > most_bytes:
            raise InputError(f"{path}: is larger than {most_bytes >> 20} MB, so it is not {what}")
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: can't be read as {what} ({error}); {again}") from None
    found = raw.get("schema_version") if isinstance(raw, dict) else None
    if found != version:
        raise InputError(f"{path}: {what} of schema version {found!r}, this DeepSign reads {version}; update DeepSign")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise InputError(f"{path}: {where}: {first['msg']}; {again}") from None


def nearest(key: str, known: Sequence[str]) -> str:
    """A question for the near key, or the known keys where none is near."""
    close = difflib.get_close_matches(key, known, n=1, cutoff=_LIKE)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"


def nearest_of(key: str, known: Sequence[str]) -> str:
    """The known key that is most like this one, however little."""
    return difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]


def dotted(raw: Mapping[str, Any], head: str = "") -> list[str]:
    """The keys of nested mappings: optim, optim.lr, …"""
    keys: list[str] = []
    for key, value in raw.items():
        keys += [f"{head}{key}"] + (dotted(value, f"{head}{key}.") if isinstance(value, dict) else [])
    return keys


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    section: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        annotation = section.model_fields[part].annotation
        inner = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel)]
        section = inner[0] if inner else annotation
    return list(section.model_fields)
