"""History: what a run logged, epoch by epoch, in numbers and as curves of training against validation."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from deepsign.whole import written_whole

HISTORY, CURVES = "history.json", "curves.png"
_PANELS = (("loss", "loss"), ("top1", "share right"))


def write(run: Path) -> None:
    """Writes run/history.json and run/curves.png from the CSV logs of all parts of a run that was resumed."""
    epochs = read(run)
    with written_whole(run / HISTORY) as out:
        out.write((json.dumps(epochs, indent=1) + "\n").encode())
    with written_whole(run / CURVES) as out:
        _curves(epochs).figure.savefig(out, format="png")


def read(run: Path) -> list[dict[str, float]]:
    """One dict an epoch: "epoch", and whatever was logged in it ("train/loss", "val/top1", the learning rate)."""
    found: dict[int, dict[str, float]] = {}
    for log in sorted((run / "logs" / "csv").glob("version_*/metrics.csv"), key=lambda p: int(p.parent.name[8:])):
        with log.open(encoding="utf-8") as file:
            for line in csv.DictReader(file):
                values = {k: float(v) for k, v in line.items() if v and k not in ("epoch", "step")}
                if line["epoch"]:
                    found.setdefault(int(line["epoch"]), {}).update(values)
    return [{"epoch": epoch, **found[epoch]} for epoch in sorted(found)]


def _curves(epochs: list[dict[str, float]]) -> FigureCanvasAgg:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, (key, title) in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
        for side, words in (("train", "training"), ("val", "validation")):
            name = f"{side}/{key}"
            at = [(e["epoch"], e[name]) for e in epochs if name in e]
            if at:
                axes.plot(*zip(*at, strict=True), label=words, marker="." if len(at) < 30 else None)
        axes.set_xlabel("epoch")
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
        axes.legend()
    return FigureCanvasAgg(figure)
