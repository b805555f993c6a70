"""Settings: what a server offers and what it refuses; from flags, or from the environment as DEEPSIGN_SERVE_…"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deepsign.refusal import nearest

PREFIX = "DEEPSIGN_SERVE_"
MEGABYTE = 1_000_000


class Settings(BaseSettings):
    """Every limit has a number; 0 lifts the per-client rate, and nothing else can be lifted.

    models           bundles' names or folders; empty: every shipped one. The first answers where none is asked for.
    api_keys         who may ask; empty: anybody who reaches the port.
    origins          pages of other origins that may ask (CORS); empty: none.
    decoders         processes that decode and track uploads.
    queue            uploads that wait for a decoder; one more gets 503.
    requests         requests in work at once, waiting uploads included; one more gets 503.
    max_upload_mb    megabytes of one body; a larger one gets 413.
    buffered_mb      bytes of bodies held in memory at once, all requests together.
    sessions         live sessions at once; one more gets 503.
    session_seconds  a live session's longest life.
    idle_seconds     a live session, or a body, that sends nothing for so long is ended.
    watch_seconds    between two looks whether a model's folder has changed; SIGHUP looks at once.
    rate             requests a second and client (by key, else by address), twice as many in one burst; 0: no limit.
    deadline         seconds from an upload's last byte to its answer, waiting included.
    most_pixels      of a photo, by its header; videos have `deepsign.perceive.video`'s own.
    most_seconds     of a clip.
    most_frames      of a clip.
    telemetry        traces and measures by OpenTelemetry, to where the OTEL_… variables say; off, nothing is sent.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    models: tuple[str, ...] = ()
    api_keys: tuple[SecretStr, ...] = ()
    origins: tuple[str, ...] = ()
    decoders: int = Field(default=2, ge=1, le=64)
    queue: int = Field(default=16, ge=0)
    requests: int = Field(default=64, ge=1)
    max_upload_mb: float = Field(default=25, gt=0, le=1000)
    buffered_mb: float = Field(default=256, gt=0)
    sessions: int = Field(default=32, ge=0)
    session_seconds: float = Field(default=3600, gt=0)
    idle_seconds: float = Field(default=30, gt=0)
    watch_seconds: float = Field(default=5, gt=0)
    rate: float = Field(default=100, ge=0)
    deadline: float = Field(default=30, gt=0)
    most_pixels: int = Field(default=50_000_000, ge=1)
    most_seconds: float = Field(default=60, gt=0)
    most_frames: int = Field(default=3600, ge=1)
    telemetry: bool = False

    @model_validator(mode="after")
    def _keys_are_long(self) -> Settings:
        if any(len(key.get_secret_value()) < 8 for key in self.api_keys):
            raise ValueError("an API key has at least 8 characters")
        return self

    @property
    def most_bytes(self) -> int:
        """Of a body."""
        return int(self.max_upload_mb * MEGABYTE)


def misspelt(variables: Iterable[str]) -> list[str]:
    """A line for each variable of the environment that is named as a setting and is none: it limits nothing."""
    known = [name.upper() for name in Settings.model_fields]
    found = [name for name in sorted(variables) if name.upper().startswith(PREFIX)]
    asked = [(name, name.upper().removeprefix(PREFIX)) for name in found]
    return [f"{name}: there is no such setting; {nearest(key, known)}" for name, key in asked if key not in known]
