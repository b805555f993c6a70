"""Stills that come together: one run of the network, each its own answer, and nobody spoils another's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deepsign.clip import Clip
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer
from deepsign.serve.batch import Batch
from made_hands import hand
from toys import toy_bundle


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer(toy_bundle(tmp_path_factory.mktemp("toy") / "toy"))


def still(seed: int) -> Clip:
    shape = hand("B" if seed % 2 else "A", np.random.default_rng(seed))
    return Clip.from_landmarks(np.concatenate([np.full((21, 3), np.nan), shape])[None].astype(np.float32), "hands")


class Runs:
    """Runs calls in a thread, and counts how many clips went in at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.broken = False

    async def __call__(self, call: Callable[..., Any], clips: list[Clip]) -> Any:
        self.sizes.append(len(clips))
        if self.broken:
            self.broken = False
            raise RuntimeError("the network broke down")
        return await asyncio.to_thread(call, clips)


def test_what_comes_together_is_answered_together_and_as_if_alone(recognizer: Recognizer) -> None:
    batch, runs = Batch(recognizer), Runs()
    clips = [still(seed) for seed in range(12)]

    async def ask() -> list[Any]:
        return await asyncio.gather(
            *(batch.predict(clip, top_k, runs) for clip, top_k in zip(clips, [1, 2, None] * 4, strict=True))
        )

    for clip, top_k, found in zip(clips, [1, 2, None] * 4, asyncio.run(ask()), strict=True):
        alone = recognizer.predict(clip, top_k)
        assert [c.gloss for c in found.candidates] == [c.gloss for c in alone.candidates]
        assert found.candidates[0].probability == pytest.approx(alone.candidates[0].probability, abs=1e-5)
        assert found.known == alone.known
    assert sum(runs.sizes) == 12
    assert len(runs.sizes) < 6


def test_what_does_not_fit_and_who_has_gone_spoil_nobody_s_answer(recognizer: Recognizer) -> None:
    batch, runs = Batch(recognizer), Runs()
    pictures = Clip.from_frames(np.zeros((1, 8, 8, 3), np.uint8), source="a picture")

    async def ask() -> list[Any]:
        gone = asyncio.ensure_future(batch.predict(still(1), None, runs))
        asked = [batch.predict(c, None, runs) for c in (still(2), pictures, still(3))]
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.gather(gone, *asked, return_exceptions=True)

    gone, first, wrong, last = asyncio.run(ask())
    assert isinstance(gone, asyncio.CancelledError)
    assert isinstance(wrong, InputError)
    assert first.candidates
    assert last.candidates


def test_a_run_that_breaks_is_said_to_its_own_and_the_next_ones_are_answered(recognizer: Recognizer) -> None:
    batch, runs = Batch(recognizer), Runs()
    runs.broken = True

    async def ask() -> None:
        with pytest.raises(RuntimeError, match="broke down"):
            await batch.predict(still(1), None, runs)
        assert (await batch.predict(still(1), None, runs)).candidates

    asyncio.run(ask())
