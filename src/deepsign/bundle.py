"""Bundle: the one folder that training writes and everything else reads.

    bundle.json  model.onnx  weights.safetensors  golden.json  metrics.json  README.md (the model card)
    reference.json, where feedback can be given (`deepsign.feedback`)

Reading is strict: a missing or an extra key, a missing, extra or changed file is refused by name. Writing is
atomic: the folder is made beside its target and renamed. Nothing is pickled, nothing needs torch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from deepsign.bundle_inputs import KINDS, Golden, GoldenPicture, Pictures, Strict
from deepsign.labels import Label, LabelMap
from deepsign.problems import BundleError
from deepsign.whole import not_written

SCHEMA_VERSION = 1
MANIFEST = "bundle.json"
# Every file of a bundle beside bundle.json, which lists their sha256.
FILES = ("model.onnx", "weights.safetensors", "golden.json", "metrics.json", "README.md")
# Those that a bundle may hold besides; listed in bundle.json like any other where they are there.
OPTIONAL_FILES = ("reference.json",)


class LabelEntry(Strict):
    """One label as bundle.json holds it; see `deepsign.labels.Label`."""

    gloss: str
    say: str
    needs_motion: bool
    still_as: str | None


class Input(Strict):
    """What the graph takes: landmarks (B, T, P, 3) of this layout, times (B, T) in s, aspect (B,)."""

    kind: Literal["landmarks"]
    layout: str
    window: float = Field(gt=0)  # seconds of a live stream that one answer looks back on


class Decision(Strict):
    """How logits become an answer.

    temperature      divides the logits before softmax; fitted on validation signers only.
    reject_below     a best probability under this is "not a sign I know".
    none_gloss       the label that means "no sign", left out of rankings; None if the network has none.
    per_sign_accept  gloss → least probability for "yes, that was it" at the false-accept rate below.
    false_accept     the rate that per_sign_accept was fitted to, on validation signers.
    top_k            how many glosses an answer ranks unless asked otherwise.
    """

    temperature: float = Field(gt=0)
    reject_below: float = Field(ge=0, le=1)
    none_gloss: str | None
    per_sign_accept: dict[str, float]
    false_accept: float = Field(gt=0, lt=1)
    top_k: int = Field(ge=1)


class Network(Strict):
    """Which network this is and how many parameters it has."""

    name: str
    params: int = Field(ge=0)


class DataCredit(Strict):
    """A collection that the weights were trained on."""

    name: str
    licence: str
    signers: int = Field(ge=0)
    clips: int = Field(ge=0)


class Provenance(Strict):
    """Where the bundle came from: the whole recipe, the seed, the code and the data."""

    recipe: dict[str, object]
    seed: int
    commit: str
    manifest_sha256: str
    split: str
    signer_disjoint: bool
    data: list[DataCredit]


class Manifest(Strict):
    """bundle.json. No key has a default: what is not written down is not known."""

    schema_version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    task: Literal["handshape", "isolated"]
    sign_language: str = Field(pattern=r"^[a-z]{3}$")  # ISO 639-3: ase is American Sign Language
    input: Annotated[Input | Pictures, Field(discriminator="kind")]
    labels: list[LabelEntry] = Field(min_length=1)
    decision: Decision
    model: Network
    provenance: Provenance
    files: dict[str, str]

    @model_validator(mode="after")
    def _agree(self) -> Manifest:
        glosses = {label.gloss for label in self.labels}
        unknown = ({self.decision.none_gloss} - {None} | set(self.decision.per_sign_accept)) - glosses
        if unknown:
            raise ValueError(f"decision names glosses that are not labels: {sorted(map(str, unknown))}")
        return self


class Bundle:
    """An opened bundle: verified, with its files at hand.

    path      the folder.
    manifest  bundle.json, checked.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | Path) -> Bundle:
        """Reads and verifies the bundle in this folder; BundleError names the file and what is wrong with it."""
        folder = Path(path)
        manifest = _read_manifest(folder)
        _verify(folder, manifest)
        return cls(folder, manifest)

    @property
    def name(self) -> str:
        """The bundle's own name, "letters" say."""
        return self.manifest.name

    @cached_property
    def labels(self) -> LabelMap:
        """The glosses in the order of the logits."""
        return LabelMap(tuple(Label(**entry.model_dump()) for entry in self.manifest.labels))

    @cached_property
    def golden(self) -> list[Golden]:
        """The inputs of golden.json, of a bundle that takes landmarks."""
        return [Golden.model_validate(g) for g in json.loads((self.path / "golden.json").read_text("utf-8"))]

    @cached_property
    def golden_pictures(self) -> list[GoldenPicture]:
        """The inputs of golden.json, of a bundle that takes pixels."""
        return [GoldenPicture.model_validate(g) for g in json.loads((self.path / "golden.json").read_text("utf-8"))]

    @property
    def pictures(self) -> Pictures | None:
        """What the graph takes, where it takes pixels; None where it takes landmarks."""
        given = self.manifest.input
        return given if isinstance(given, Pictures) else None

    @cached_property
    def metrics(self) -> dict[str, object]:
        """metrics.json: the measured quality, as the evaluator wrote it."""
        found: dict[str, object] = json.loads((self.path / "metrics.json").read_text("utf-8"))
        return found

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """File name → content of every file but bundle.json: what `write` takes, to write it again with a change."""
        return {name: (self.path / name).read_bytes() for name in self.manifest.files}

    @property
    def model_path(self) -> Path:
        """The ONNX graph."""
        return self.path / "model.onnx"


def write(target: str | Path, manifest: Manifest, files: Mapping[str, bytes]) -> Bundle:
    """Writes a bundle atomically and opens it.

    `manifest.files` is made anew from `files`, which must hold `FILES`, and may hold `OPTIONAL_FILES`. An existing
    bundle at `target` is replaced only once the new one is whole; any other folder there is refused. BundleError where
    the disk refuses.
    """
    if not _complete(files):
        raise BundleError(f"{target}: a bundle holds {_listed()}; got {', '.join(sorted(files))}")
    target = Path(target)
    if target.exists() and not (target / MANIFEST).is_file():
        raise BundleError(f"{target}: is there already and is no bundle; choose another folder")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = manifest.model_copy(update={"files": digests})
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(target, {**files, MANIFEST: f"{manifest.model_dump_json(indent=1)}\n".encode()})
    except OSError as error:
        raise BundleError(not_written(target, error)) from None
    return Bundle.open(target)


def shipped() -> dict[str, Path]:
    """Name → folder of the bundles in the wheel."""
    home = Path(str(resources.files("deepsign"))) / "bundles"
    return {p.name: p for p in sorted(home.iterdir()) if (p / MANIFEST).is_file()} if home.is_dir() else {}


def find(name_or_path: str | Path) -> Bundle:
    """The bundle of that name in the wheel, or in that folder; BundleError names what there is."""
    known = shipped()
    if str(name_or_path) in known:
        return Bundle.open(known[str(name_or_path)])
    if Path(name_or_path).is_dir():
        return Bundle.open(name_or_path)
    raise BundleError(
        f"{name_or_path}: no such bundle; installed: {', '.join(known) or 'none'}, or give a bundle's folder"
    )


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{folder}: holds no {MANIFEST}, so it is no bundle") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{path}: can't be read ({error})") from None
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        raise BundleError(
            f"{path}: schema version {version!r}, this DeepSign reads {SCHEMA_VERSION}; update DeepSign or the bundle"
        )
    try:
        return Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        # Which kind of input was tried is pydantic's word, and no key.
        where = ".".join(str(key) for key in first["loc"] if key not in KINDS) or "the whole"
        raise BundleError(f"{path}: {where}: {first['msg']}") from None


def _verify(folder: Path, manifest: Manifest) -> None:
    listed, present = set(manifest.files), {p.name for p in folder.iterdir()} - {MANIFEST}
    if not _complete(listed):
        raise BundleError(f"{folder / MANIFEST}: files must list {_listed()}")
    for name in sorted(listed - present):
        raise BundleError(f"{folder / name}: missing; get the bundle again")
    for name in sorted(present - listed):
        raise BundleError(f"{folder / name}: does not belong to the bundle; remove it")
    for name, digest in manifest.files.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise BundleError(f"{folder / name}: changed since the bundle was written (sha256 differs); get it again")


def _complete(names: Iterable[str]) -> bool:
    return set(FILES) <= set(names) <= {*FILES, *OPTIONAL_FILES}


def _listed() -> str:
    return f"exactly {', '.join(FILES)}, and may list {', '.join(OPTIONAL_FILES)}"


def _write_whole(target: Path, files: Mapping[str, bytes]) -> None:
    """A folder with these files in the target's place; whatever stops it leaves the target as it was."""
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, content in files.items():
            (making / name).write_bytes(content)
        making.chmod(0o755)
        _replace_folder(making, target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _replace_folder(made: Path, target: Path) -> None:
    if not target.exists():
        made.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.replace(old / target.name)
    try:
        made.replace(target)
    except OSError:
        (old / target.name).replace(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
