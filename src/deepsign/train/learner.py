"""Learner: one network while it learns: its loss, its averaged copy, its schedule and what is logged."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from deepsign.evaluate.metrics import macro_f1
from deepsign.models.apart import Apart, whole
from deepsign.models.seeing import Seeing
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe
from deepsign.train.dataset import Batch
from deepsign.train.pixels import PixelBatch, processes

Augmentation = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
AnyBatch = Batch | PixelBatch


class Learner(pl.LightningModule):
    """What Lightning drives.

    network    the network that the optimiser moves.
    averaged   its exponential moving average, validated and exported instead of it; None without `train.ema`.
    steps      batches in the whole run, which the schedule spans.
    teachers   networks whose answers are learnt, too: about all labels that are learnt here, or about those that are
               answered.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        steps: int,
        augment: Augmentation | None,
        teachers: Sequence[nn.Module] = (),
    ) -> None:
        super().__init__()
        self.network = network
        self._teachers = tuple(teachers)  # no part of this module: they are not saved with it
        self._frozen = [part_of(whole(network), name, "train.freeze") for name in recipe.train.freeze]
        for part in self._frozen:
            part.requires_grad_(False)
        self._later = [
            (part_of(whole(network), name, "train.unfreeze"), share) for name, share in recipe.train.unfreeze.items()
        ]
        self.averaged = copy.deepcopy(network).requires_grad_(False) if recipe.train.ema else None
        self._recipe = recipe
        self._steps = steps
        self._augment = augment
        self._scored: list[tuple[Tensor, Tensor]] = []

    @property
    def final(self) -> nn.Module:
        """The network that is validated and exported."""
        return self.averaged if self.averaged is not None else self.network

    def on_train_start(self) -> None:
        """Lightning counts a plateau's epochs by batches, of which several may make one step."""
        for config in self.trainer.lr_scheduler_configs:
            if config.reduce_on_plateau:
                config.frequency = int(self.trainer.num_training_batches)

    def on_train_epoch_start(self) -> None:
        """Random numbers depend on the seed and the epoch alone, so that a resumed run goes on exactly."""
        torch.manual_seed(self._recipe.seed * 1_000_003 + self.current_epoch)
        for part in self._frozen:
            part.eval()  # batch normalisation would go on counting
        for part, share in self._later:
            learns = self.current_epoch >= share * self._recipe.optim.epochs
            part.requires_grad_(learns)
            part.train(learns)
        if 2 * self.current_epoch >= self._recipe.optim.epochs:
            for name, layer in self.network.named_modules():
                if name.rpartition(".")[2] == "late" and isinstance(layer, nn.Dropout):
                    layer.p = self._recipe.train.late_dropout

    def on_before_batch_transfer(self, batch: AnyBatch, dataloader_idx: int) -> AnyBatch:
        """Augments a training batch, on the processor: what it draws must not depend on the accelerator.

        Of several processes each takes its share; of pixels it has taken that already.
        """
        del dataloader_idx
        if isinstance(batch, PixelBatch) or not self.trainer.training:
            return batch
        rank, count = processes()
        batch = Batch(*(values[rank::count] for values in batch)) if count > 1 else batch
        if self._augment is None:
            return batch
        return Batch(*self._augment(batch.landmarks, batch.times, batch.aspect), batch.target)

    def training_step(self, batch: AnyBatch, _: int) -> Tensor:
        """Cross-entropy, focal by option (Lin et al. 2017)."""
        target = batch.target
        logits = logits_of(whole(self.network), batch)
        losses = F.cross_entropy(logits, target, label_smoothing=self._recipe.train.label_smoothing, reduction="none")
        right = torch.softmax(logits.detach(), dim=1).gather(1, target[:, None])[:, 0]
        loss = (losses * (1 - right) ** self._recipe.train.focal).mean()
        if self._teachers:
            share = self._recipe.train.taught
            loss = (1 - share) * loss + share * self._taught(logits, batch)
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=len(target), sync_dist=True)
        hits = (logits.detach().argmax(dim=1) == target).float().mean()
        self.log("train/top1", hits, on_step=False, on_epoch=True, batch_size=len(target), sync_dist=True)
        return loss

    def _taught(self, logits: Tensor, batch: AnyBatch) -> Tensor:
        """How far these logits are from a teacher's answers: cross-entropy.

        Each batch asks one of them, drawn at random: on average that is what all of them say, at the price of one.
        """
        teacher = self._teachers[int(torch.randint(len(self._teachers), ()))].to(logits.device)
        with torch.no_grad():
            said = logits_of(teacher, batch).softmax(dim=1)
        if said.shape[1] != logits.shape[1]:
            assert isinstance(self.network, Apart)
            logits = self.network.together(logits)
        return F.cross_entropy(logits, said)

    def on_train_batch_end(self, *_: Any) -> None:
        """Moves the average. Early on it follows faster: the first steps' weights are not worth remembering."""
        if self.averaged is None:
            return
        decay = min(self._recipe.train.ema, (1 + self.global_step) / (10 + self.global_step))
        own = self.network.state_dict()
        for name, average in self.averaged.state_dict().items():
            if average.is_floating_point():
                average.lerp_(own[name].detach(), 1 - decay)
            else:
                average.copy_(own[name])

    def validation_step(self, batch: AnyBatch, _: int) -> None:
        """Collects the logits of signers that are not trained on."""
        logits = logits_of(self.final, batch)
        self._scored.append((logits.float().cpu(), batch.target.cpu().clamp(max=logits.shape[1] - 1)))

    def on_validation_epoch_end(self) -> None:
        """Loss, top-1 and macro-F1 over the whole validation set at once."""
        logits, target = (torch.cat(part) for part in zip(*self._scored, strict=True))
        self._scored.clear()
        best = logits.argmax(dim=1)
        self.log("val/loss", F.cross_entropy(logits, target), sync_dist=True)
        self.log("val/top1", (best == target).float().mean(), sync_dist=True)
        self.log("val/macro_f1", macro_f1(target.numpy(), best.numpy()), prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW; weight decay spares biases and the scales of normalisation (one-dimensional parameters)."""
        optim = self._recipe.optim
        later = {id(p) for part, _ in self._later for p in part.parameters()}
        learning = [p for p in self.network.parameters() if p.requires_grad or id(p) in later]
        weights = [p for p in learning if p.ndim > 1]
        others = [p for p in learning if p.ndim <= 1]
        groups: list[dict[str, Any]] = [{"params": weights}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=optim.lr, weight_decay=optim.weight_decay)
        if optim.schedule == "cosine":
            warmup = round(optim.warmup * self._steps)
            schedule = LambdaLR(optimizer, lambda step: _warm(step, warmup) * _cosine(step, warmup, self._steps))
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
        an_epoch = max(1, self._steps // optim.epochs)
        if optim.schedule == "decay":
            falling = LambdaLR(optimizer, lambda step: 1 / (1 + optim.decay * (step // an_epoch)))
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": falling, "interval": "step"}}
        plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=max(1, self._recipe.train.patience // 4))
        # By the step, once an epoch: by the epoch, Lightning would move it only after the last checkpoint was saved,
        # and a resumed run would lose one halving.
        each_epoch = {"interval": "step", "frequency": an_epoch, "monitor": "val/loss"}  # see on_train_start
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": plateau, **each_epoch}}


def logits_of(network: nn.Module, batch: AnyBatch) -> Tensor:
    """(B, C): of landmarks, or of what a network's frozen part made of pixels."""
    if isinstance(batch, PixelBatch):
        assert isinstance(network, Seeing)
        return network.answer(batch.shown if batch.made else network.kept(batch.shown))[0]
    logits: Tensor = network(batch.landmarks, batch.times, batch.aspect)[0]
    return logits


def part_of(network: nn.Module, name: str, key: str) -> nn.Module:
    """A part of a network by its name; RecipeError, which names the recipe's `key`, where it has none such."""
    try:
        return network.get_submodule(name)
    except AttributeError:
        names = ", ".join(n for n, _ in network.named_children())
        raise RecipeError(f"{key}: the network has no part {name!r}, only {names}") from None


def _warm(step: int, warmup: int) -> float:
    return min(1.0, (step + 1) / (warmup + 1))


def _cosine(step: int, warmup: int, steps: int) -> float:
    done = max(0, step - warmup) / max(1, steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
