"""Card: the model card of a bundle, written from bundle.json and metrics.json, never typed."""

from __future__ import annotations

from typing import Any

from deepsign.bundle import Manifest
from deepsign.bundle_inputs import Pictures
from deepsign.landmarks import HOLISTIC

# Sign languages that recipes name so far, ISO 639-3.
_LANGUAGES = {"ase": "American Sign Language", "kvk": "Korean Sign Language", "aed": "Argentine Sign Language"}
# A gloss recognised more seldom than this is named among the limits.
_WEAK = 0.9


def card(manifest: Manifest, metrics: dict[str, Any]) -> str:
    """The card, in Markdown."""
    parts = [
        _what(manifest),
        _quality(manifest, metrics),
        _thresholds(manifest, metrics),
        _limits(manifest, metrics),
        _data(manifest),
        _use(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _what(manifest: Manifest) -> str:
    language = _LANGUAGES.get(manifest.sign_language, manifest.sign_language)
    glosses = [x.gloss for x in manifest.labels if x.gloss != manifest.decision.none_gloss]
    moving = [x.gloss for x in manifest.labels if x.needs_motion]
    text = (
        f"# {manifest.name}\n\n"
        f"Recognises {len(glosses)} signs of {language} ({manifest.sign_language}) from {_seen(manifest)}: "
        f"{', '.join(glosses)}. A learning aid: it tells a learner whether a sign could be read."
    )
    if moving:
        text += f" {' and '.join(moving)} need motion: in a still they are offered as such, never claimed."
    return text + (
        "\n\nIt does not understand sentences, grammar or the face, it does not replace an interpreter, and it must "
        'not decide anything about a person. Whatever it has not learnt it should call "not a sign I know".'
    )


def _seen(manifest: Manifest) -> str:
    """What the network is given, in words."""
    given = manifest.input
    if isinstance(given, Pictures):
        size = f"{given.size} × {given.size} px"
        return f"{size} pictures" if given.frames is None else f"clips of {given.frames} frames, {size}"
    return "hand landmarks"


def _quality(manifest: Manifest, metrics: dict[str, Any]) -> str:
    rows = [
        ("clips, signers", f"{metrics['clips']:,} of {metrics['signers']} signers"),
        ("top-1, 95 % interval over signers", f"{_share(metrics['top1'])} {_interval(metrics['top1_interval'])}"),
        ("top-3, top-5", f"{_share(metrics['top3'])}, {_share(metrics['top5'])}"),
        ("macro-F1", _plain(metrics["macro_f1"])),
        (f"calibration error (ECE, {metrics['ece_bins']} bins)", _plain(metrics["ece"])),
        ("could be read" if manifest.input.kind != "landmarks" else "a hand was found in", _share(metrics["seen"])),
        ("true signs refused", _share(metrics["refused"])),
    ]
    if metrics["negatives"]:
        rows.append(
            (f"no sign ({metrics['negatives']['clips']} clips), refused", _share(metrics["negatives"]["refused"]))
        )
    if metrics["stills_of_moving_signs"]:
        posed = metrics["stills_of_moving_signs"]
        rows.append((f"stills of moving signs ({posed['clips']}), offered as such", _share(posed["offered"])))
    signs = metrics["per_gloss"].items()
    return "\n".join(
        [
            "## Measured quality",
            "",
            f"Split: {metrics['split']}. A clip in which no hand is found counts as wrong.",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
            "| sign | precision | recall | F1 | clips |",
            "|---|---|---|---|---|",
            *(f"| {g} | {s['precision']:.3f} | {s['recall']:.3f} | {s['f1']:.3f} | {s['support']} |" for g, s in signs),
        ]
    )


def _thresholds(manifest: Manifest, metrics: dict[str, Any]) -> str:
    decision = manifest.decision
    accept = ", ".join(f"{g} {v:.2f}" for g, v in decision.per_sign_accept.items())
    return (
        "## Thresholds\n\n"
        f"Temperature {decision.temperature:.3f}. A best probability under {decision.reject_below:.3f} is "
        f'"not a sign I know". To accept a sign that was asked for, with at most {decision.false_accept:.0%} '
        f"false accepts against any other sign on the validation signers (but never above the median of the sign's "
        f"own clips): {accept}."
    )


def _face(manifest: Manifest) -> str:
    return "of the face the lips alone" if manifest.input.layout == HOLISTIC.name else "no face"


def _limits(manifest: Manifest, metrics: dict[str, Any]) -> str:
    weak = [f"{g} ({s['recall']:.2f})" for g, s in metrics["per_gloss"].items() if s["recall"] < _WEAK]
    spread = [s["top1"] for s in metrics["per_signer"].values()]
    lines = [
        f"- It sees landmarks at {manifest.input.layout} level: {_face(manifest)}, no touch, no light or colour."
        if manifest.input.layout
        else "- It sees pixels: backgrounds, light and clothes that it has not learnt may mislead it."
    ]
    if not manifest.provenance.signer_disjoint:
        lines.append("- Its signers were NOT kept apart: the numbers above flatter.")
    if weak:
        lines.append(f"- Signs with a recall under {_WEAK}: {', '.join(weak)}.")
    if len(spread) > 1:
        lines.append(
            f"- People differ: the best-read signer reached {max(spread):.1%}, the worst-read {min(spread):.1%}."
        )
    lines.append("- The signers' ages, skin tones and fluency are unknown; the collections don't say.")
    return "\n".join(["## Limits", "", *lines])


def _data(manifest: Manifest) -> str:
    origin = manifest.provenance
    return "\n".join(
        [
            "## Data and origin",
            "",
            "| collection | licence | signers | clips |",
            "|---|---|---|---|",
            *(f"| {d.name} | {d.licence} | {d.signers} | {d.clips:,} |" for d in origin.data),
            "",
            f"Network `{manifest.model.name}`, {manifest.model.params:,} parameters, seed {origin.seed}, "
            f"code {origin.commit}.",
            f"Manifest sha256 {origin.manifest_sha256}; split: {origin.split}.",
            *_begun(origin.recipe),
        ]
    )


def _begun(recipe: dict[str, Any]) -> list[str]:
    """The published weights that training began from."""
    fit = recipe.get("train")
    weights = fit.get("weights") if isinstance(fit, dict) else None
    return [f"Begun from the published weights `{str(weights).rpartition('/')[2]}`."] if weights else []


def _use(manifest: Manifest) -> str:
    layout = f', layout="{manifest.input.layout}"' if manifest.input.layout else ""
    opened = f'deepsign.open_clip("photo.jpg"{layout})'
    return (
        "## Use\n\n"
        f"    deepsign predict photo.jpg --model {manifest.name}\n\n"
        "    import deepsign\n"
        f'    print(deepsign.load("{manifest.name}").predict({opened}))'
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(value: list[float] | None) -> str:
    return "(one signer)" if value is None else f"({value[0]:.1%}–{value[1]:.1%})"
