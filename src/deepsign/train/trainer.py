"""Trainer: one learner driven through its epochs by Lightning, with checkpoints, logs and curves in the run."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from deepsign.problems import InputError, RecipeError
from deepsign.recipe import Recipe
from deepsign.train import history
from deepsign.train.learner import Learner

# Where the processes that train along find the run: the same command again would name its folder by another moment.
_RUN = "DEEPSIGN_RUN_OF_ALL"
# What early stopping and the best checkpoint look at, and which way is better.
_MONITORED = {"loss": ("val/loss", "min"), "macro_f1": ("val/macro_f1", "max")}


def run_trainer(
    recipe: Recipe, learner: Learner, training: Iterable[Any], validation: Iterable[Any], run: Path, resume: bool
) -> None:
    """Fits the learner on batches, from the start or from the run's last checkpoint; history and curves are written.

    With `train.devices` above 1 Lightning starts the same command once for each of the others; only the first process
    comes back from here, the others leave by SystemExit.

    KeyboardInterrupt once the last checkpoint stands; InputError where memory runs out, with what to lower; RecipeError
    for several devices and parts that learn later.
    """
    if recipe.train.devices > 1 and recipe.train.unfreeze:
        # What is frozen as they start is never averaged over the devices.
        raise RecipeError(f"{run}: train.unfreeze needs one device; leave it out, or train.devices")
    with _settings(), _named_for_all(run):
        trainer = pl.Trainer(
            accelerator="auto",
            devices=recipe.train.devices,
            # A network may use some of its parts in some batches only.
            strategy="auto" if recipe.train.devices == 1 else "ddp_find_unused_parameters_true",
            use_distributed_sampler=False,
            precision=_precision(recipe),
            accumulate_grad_batches=recipe.optim.accumulate,
            max_epochs=recipe.optim.epochs,
            gradient_clip_val=recipe.optim.clip,
            deterministic=True,
            num_sanity_val_steps=0,
            log_every_n_steps=1,
            enable_model_summary=False,
            enable_progress_bar=sys.stderr.isatty(),
            logger=[CSVLogger(run / "logs", name="csv"), TensorBoardLogger(run / "logs", name="tensorboard")],
            callbacks=_callbacks(recipe, run),
        )
        try:
            trainer.fit(
                learner,
                training,
                validation,
                ckpt_path=run / "checkpoints" / "last.ckpt" if resume else None,
                weights_only=True,
            )
        except SystemExit:  # how Lightning leaves after Ctrl-C
            if (run / "checkpoints" / "last.ckpt").is_file():
                print(f"deepsign: stopped; go on with --resume {run}", file=sys.stderr)
            raise KeyboardInterrupt from None
        except (MemoryError, RuntimeError) as error:
            if "out of memory" not in str(error) and "can't allocate memory" not in str(error):
                raise
            raise InputError(
                f"{run}: out of memory; lower optim.batch (and raise optim.accumulate by as much), or pixels.size"
            ) from None
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    if trainer.global_rank:
        raise SystemExit(0)
    history.write(run)


def run_of_all() -> str | None:
    """The folder of the run that this process trains along in; None for a process that was started by a person."""
    return os.environ.get(_RUN)


@contextmanager
def _named_for_all(run: Path) -> Iterator[None]:
    before = os.environ.get(_RUN)
    os.environ[_RUN] = str(run)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_RUN]
        else:
            os.environ[_RUN] = before


def _callbacks(recipe: Recipe, run: Path) -> list[Callback]:
    monitor, mode = _MONITORED[recipe.train.monitor]
    folder = run / "checkpoints"
    found: list[Callback] = [
        EarlyStopping(monitor, mode=mode, patience=recipe.train.patience),
        LearningRateMonitor(),
        ModelCheckpoint(folder, "best", monitor=monitor, mode=mode, enable_version_counter=False),
        ModelCheckpoint(folder, "last", enable_version_counter=False, save_on_train_epoch_end=True),
    ]
    if sys.stderr.isatty():
        found.append(RichProgressBar(console_kwargs={"stderr": True}))
    return found


def _precision(recipe: Recipe) -> Literal["16-mixed", "bf16-mixed", "32-true"]:
    # Half precision pays on an accelerator alone, and a processor gives the same numbers each time without it.
    if recipe.train.precision == "full" or (recipe.train.precision == "auto" and not torch.cuda.is_available()):
        return "32-true"
    # Processors know only the half that keeps its range.
    return "16-mixed" if torch.cuda.is_available() else "bf16-mixed"


@contextmanager
def _settings() -> Iterator[None]:
    """What Lightning changes in the process, put back: deterministic algorithms, the Ctrl-C handler, its log level."""
    loud = logging.getLogger("pytorch_lightning")
    level, handler = loud.level, signal.getsignal(signal.SIGINT)
    deterministic = torch.are_deterministic_algorithms_enabled()
    loud.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # A resumed run writes where the stopped one wrote: that is its purpose.
            warnings.filterwarnings("ignore", message=".*exists and is not empty")
            # Frozen parts are in eval mode on purpose.
            warnings.filterwarnings("ignore", message=".*in eval mode at the start of training")
            # Lightning 2.6 still asks torch 2.13 in the old way.
            warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
            yield
    finally:
        loud.setLevel(level)
        signal.signal(signal.SIGINT, handler)
        torch.use_deterministic_algorithms(deterministic)


def read_weights(checkpoint: Path) -> dict[str, Any]:
    """A checkpoint's state dict; nothing is unpickled."""
    found: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    return found
