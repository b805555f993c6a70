"""Bodies: what a client sent, read within its limits: a form, JSON, or the bare file. Nothing of it touches a disk."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from deepsign.clip import Clip
from deepsign.serve.problems import Problem, invalid
from deepsign.serve.schemas import Landmarks, Picture
from deepsign.serve.settings import Settings

# Where the seeds' clients put a picture in JSON.
SEED_KEYS = ("image", "img", "file", "frame", "data", "image_base64")
# More fields than any client of ours sends; each costs time and memory.
_MOST_FIELDS = 8
_LANDMARKS: TypeAdapter[Landmarks] = TypeAdapter(Landmarks)
_PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)


@dataclass(frozen=True)
class Upload:
    """A file as it was sent. `name` is only ever given back."""

    content: bytes
    name: str


async def read(request: Request, settings: Settings, admit: Callable[[], None], *, seed: bool = False) -> Upload | Clip:
    """The upload or the landmarks of a request.

    admit  raises a Problem where no upload can be taken now; asked before one is read.
    seed   also takes what the seeds' clients send: a picture under any of SEED_KEYS, or base64 as the whole body.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        admit()
    if kind == "multipart/form-data":
        return await _form(request, settings)
    if kind == "application/json":
        body = await request.body()
        return _seed_json(body) if seed else _json(body, settings)
    if kind.startswith(("image/", "video/")) or kind == "application/octet-stream":
        return _upload(await request.body(), "")
    if seed and kind in ("", "text/plain", "application/x-www-form-urlencoded"):
        body = await request.body()
        return _upload(_decoded(body) if _is_text(body) else body, "")
    raise Problem(
        415, "unsupported-type", "send a form with a file, JSON, or an image/* or video/* file as the whole body"
    )


def _json(body: bytes, settings: Settings) -> Upload | Clip:
    try:
        # Told by the bytes, which saves parsing twice; base64 holds no quotes.
        if b'"landmarks"' in body:
            return _LANDMARKS.validate_json(body).clip(settings.most_frames, settings.most_seconds)
        picture = _PICTURE.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return _upload(_decoded(picture.file.encode()), picture.filename)


def _seed_json(body: bytes) -> Upload:
    try:
        fields = TypeAdapter(dict[str, object] | str).validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    if isinstance(fields, str):
        return _upload(_decoded(fields.encode()), "")
    for key in SEED_KEYS:
        if isinstance(value := fields.get(key), str):
            return _upload(_decoded(value.encode()), str(fields.get("filename", "")))
    raise Problem(422, "invalid", f"the body: holds no picture under any of {', '.join(SEED_KEYS)}")


async def _form(request: Request, settings: Settings) -> Upload:
    """The first file of a form, or the first field that holds base64."""
    parser = MultiPartParser(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=settings.most_bytes,
    )
    parser.spool_max_size = settings.most_bytes + 1  # in memory: a full disk is no reason to fail
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, "damaged-form", f"the form can't be read ({_message(error)})") from None
    try:
        for value in form.values():
            if isinstance(value, UploadFile):
                return _upload(await value.read(), value.filename or "")
        for value in form.values():
            if isinstance(value, str) and value:
                return _upload(_decoded(value.encode()), "")
    finally:
        await form.close()
    raise Problem(422, "invalid", "the form: holds no file")


def _upload(content: bytes, name: str) -> Upload:
    if not content:
        raise Problem(422, "invalid", "the file is empty")
    return Upload(content, shown(name))


def shown(name: str) -> str:
    """A client's file name as it may be given back: its last part, printable, short."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:120] or "upload"


def _decoded(text: bytes) -> bytes:
    """The bytes of base64 or of a data URL."""
    if text.startswith(b"data:"):
        head, comma, text = text.partition(b",")
        if not comma or not head.endswith(b";base64"):
            raise Problem(422, "invalid", "file: a data URL must be base64: data:image/jpeg;base64,…")
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, "invalid", "file: is no base64") from None


def _is_text(body: bytes) -> bool:
    """Whether a body may be base64: no picture that is read starts with letters alone."""
    return re.fullmatch(rb"[A-Za-z0-9+/=:;,.\s-]{16}", body[:16]) is not None


def _message(error: Exception) -> str:
    return str(getattr(error, "message", "") or "a part lacks a name")


def described() -> Mapping[str, object]:
    """The request body of /v1/predict and /v1/verify in OpenAPI's words."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    either = [{"$ref": "#/components/schemas/Landmarks"}, {"$ref": "#/components/schemas/Picture"}]
    return {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": form},
            "application/json": {"schema": {"anyOf": either}},
            "image/*": binary,
            "video/*": binary,
        },
    }
