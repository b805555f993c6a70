"""Batch: stills that come while others are being answered go through the network together.

Nothing waits for a batch to fill: a still that comes alone is answered alone. Under load a run of the network answers
all that came during the one before, which costs little more than a single still, and on a GPU hardly anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from deepsign.clip import Clip
from deepsign.recognizer import Prediction, Recognizer

# More than this many at once would keep the first of them waiting for the last.
MOST = 64

Run = Callable[..., Awaitable[list[Prediction]]]
_Asked = tuple[Clip, "asyncio.Future[Prediction]"]


@dataclass
class Batch:
    """Answers of one recognizer. It belongs to the event loop: only calls of `run` leave it."""

    recognizer: Recognizer
    _waiting: list[_Asked] = field(default_factory=list)
    _runner: asyncio.Task[None] | None = None

    async def predict(self, clip: Clip, top_k: int | None, run: Run) -> Prediction:
        """The answer for a still; InputError where its points don't fit the model.

        run  calls a function with arguments off the event loop.
        """
        # What can't be asked is refused here, so that it spoils nobody else's answer.
        fitting = clip if self.recognizer.bundle.pictures else self.recognizer.in_layout(clip)
        answer: asyncio.Future[Prediction] = asyncio.get_running_loop().create_future()
        self._waiting.append((fitting, answer))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.get_running_loop().create_task(self._work(run))
        prediction = await answer
        kept = top_k or self.recognizer.bundle.manifest.decision.top_k
        return replace(prediction, candidates=prediction.candidates[:kept])

    async def _work(self, run: Run) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            asked = [(clip, answer) for clip, answer in taken if not answer.done()]  # a client may have gone
            try:
                found = await run(self._all_of, [clip for clip, _ in asked])
            except asyncio.CancelledError:
                for _, answer in [*asked, *self._waiting]:
                    answer.cancel()
                raise
            except Exception as error:  # whoever asked hears of it; the next ones may fare better
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), prediction in zip(asked, found, strict=True):
                if not answer.done():
                    answer.set_result(prediction)

    def _all_of(self, clips: Sequence[Clip]) -> list[Prediction]:
        return self.recognizer.predict_batch(clips, len(self.recognizer.bundle.labels))
