"""Makes the README's tables from docs/results/*.json and its tree from the modules' first lines.

    python tools/readme.py            writes both into README.md
    python tools/readme.py --check    exit status 1 if README.md is stale

No number in those tables is ever typed. Standard library only.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "src/deepsign"
# What is no Python module says here, in a phrase, what it is.
# What keeps its capital at the beginning of a phrase.
NAMES = ("Google's", "J and Z", "Sign Language MNIST")

PHRASES = {
    f"{PACKAGE}/bundles/": "the trained bundles that ship in the wheel",
    "web/": "the learner's page in TypeScript and Svelte, built into the wheel (web/README.md)",
    "recipes/": "what decides how a bundle comes out; collections.yaml lists the data",
    "benchmarks/": "how fast it is",
    "docs/": "architecture, data, training, privacy; results/ holds the measured figures",
    "tests/": "tests/test_<module>.py, at the public surface",
    "tools/": "what make start, make test and make readme run",
}
Table = list[list[str]]
# The parts of the protocol of signs.
_SIGNS = ("shipped", "few_shot", "collections", "participants", "wlasl50")


def rendered(root: Path) -> str:
    """README.md as it should be."""
    text = (root / "README.md").read_text("utf-8")
    for name, made in (("results", results(root / "docs" / "results")), ("tree", tree(root))):
        begin, end = f"<!-- {name}: made by `make readme` -->", f"<!-- /{name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md: lacks {begin} … {end}")
        text = pattern.sub(lambda _, b=begin, m=made, e=end: f"{b}\n{m}\n{e}", text)
    return text


def results(folder: Path) -> str:
    """The tables, from letters, digits, signs and speed.json; what has not been measured is said to be so."""
    found = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))}
    parts = []
    for task, rows, head in (("letters", letters, "letters, static handshapes"), ("digits", digits, "digits")):
        if task in found:
            parts.append(_markdown([head, "clips", "signers", "top-1", "wanted"], rows(found[task])))
            if left_out := found[task]["not_measured"]:
                parts.append(f"Not measured, for the judged weights have seen them: {', '.join(left_out)}.")
    if "signs" in found:
        parts.append(_markdown(["signs that move", "clips", "signers", "measured", "wanted"], signs(found["signs"])))
        if missing := [name for name in _SIGNS if name not in found["signs"]]:
            parts.append(f"Not measured yet: {', '.join(missing)} (`make evaluate-signs`).")
    if "speed" in found:
        parts.append(_markdown(["speed and size", "measured", "wanted"], speed(found["speed"])))
    return (
        "\n\n".join(parts)
        or "Not measured yet: `make evaluate-letters`, `make evaluate-digits`, `make evaluate-signs`, `make benchmark`."
    )


def letters(found: dict[str, Any]) -> Table:
    """Rows for each ground on which letters are judged."""
    hands, photos, nothing = found["hands"], found["photos"], found["nothing"]
    sources = hands["sources"]
    worst, trusted = sources[hands["worst"]], sources[hands["worst_without_suspects"]]
    rows = [
        [f"hands, mean of {len(sources)} sources", *_counts(sources.values()), _percent(hands["mean"]), "≥ 95 %"],
        [f"hands, worst source ({hands['worst']})", *_counts([worst]), _percent(worst["top1"]), "≥ 88 %"],
        ["the mean without suspect letters", "", "", _percent(hands["mean_without_suspects"]), ""],
        [
            f"the worst source without suspect letters ({hands['worst_without_suspects']})",
            *["", ""],
            _percent(trusted["top1_without_suspects"]),
            "",
        ],
    ]
    wanted = {"massey_letters": "≥ 96 %", "letters_rooms": "≥ 96 %", "roboflow_letters": "≥ 95 %"}
    rows += [[f"photos, {n}", *_counts([s]), _percent(s["top1"]), wanted.get(n, "")] for n, s in photos.items()]
    for name, one in found["moving"].items():
        rows.append([f"clips of letters, {name} unseen", *_counts([one]), _percent(one["top1"]), "≥ 92 %"])
        if one["motion"]:  # one of the two people shows neither J nor Z
            rows.append([f"of these J and Z, {name}", "", "", _moving(one["motion"]), "≥ 80 %"])
    refused, unknown = nothing["true_letters_refused"], nothing["not_known"]
    return [
        *rows,
        ["no sign, answered “not a sign I know”", f"{nothing['clips']:,}", "", _percent(unknown), "≥ 97 %"],
        ["true letters refused at that threshold", "", "", _percent(refused), "≤ 3 %"],
        ["calibration error (ECE), unseen signers", "", "", _plain(found["overall"]["ece"]), "≤ 0.03"],
    ]


def digits(found: dict[str, Any]) -> Table:
    """Rows for each ground on which digits are judged."""
    overall = found["overall"]
    # Without the folds the whole is made of the other collections, which have rows of their own.
    rows = (
        [
            ["photos, " + overall["split"], *_counts([overall]), _percent(overall["top1"]), "≥ 98.5 %"],
            ["calibration error (ECE), unseen signers", "", "", _plain(overall["ece"]), "≤ 0.03"],
        ]
        if found["folds"]
        else []
    )
    return [*rows, *([f"photos, {n}", *_counts([s]), _percent(s["top1"]), ""] for n, s in found["others"].items())]


def signs(found: dict[str, Any]) -> Table:
    """Rows for each part of the protocol of signs that was measured."""
    rows: Table = []
    for name, make in (("shipped", _shipped), ("few_shot", _few_shot), ("collections", _unseen_collections)):
        rows += make(found[name]) if name in found else []
    if "participants" in found:
        one = found["participants"]
        who = f"hello and thank you, {one['people']} people of asl_signs, three unseen at a time"
        rows.append([who, f"{one['clips']:,}", f"{one['people']}", _between(one, "top1"), "≥ 99.5 %"])
    if "wlasl50" in found:
        one = found["wlasl50"]
        where = f"{one['words']} words of WLASL on unseen web sites (research)"
        rows.append([f"{where}, top-1", f"{one['clips']:,}", "", _between(one, "top1"), "≥ 65 %"])
        rows.append([f"{where}, top-5", "", "", _percent(one["top5"]), "≥ 90 %"])
    return rows


def _shipped(found: dict[str, Any]) -> Table:
    """The bundle on collections that it never saw."""
    over, verified, quick = found["collections"], found["verification"], found["speed"]
    many = f"{len(over['per_collection'])} unseen collections"
    rows = [
        [f"shipped signs, mean of {many}", *_counts([found]), _between(over, "macro"), "≥ 90 %"],
        [f"the worst of them ({over['worst_of']})", "", "", _percent(over["worst"]), "≥ 75 %"],
        ["calibration error (ECE) there", "", "", _plain(found["ece"]), "≤ 0.03"],
    ]
    wanted = {"idle": "≥ 0.95", "unknown": "≥ 0.90"}
    named = {"idle": "nobody signs", "held_still": "low hands held still", "unknown": "signs it doesn't know"}
    for name, kind in named.items():
        if name in found["rejection"]:
            one = found["rejection"][name]
            told = f"{_plain(one['auroc'])}, {_percent(one['refused'])} refused"
            rows.append([f"{kind}: AUROC", *_counts([one]), told, wanted.get(name, "")])
    asked = f"“did they sign it?” at {verified['rate']:.0%} false accepts, recall".replace("%", " %")
    rows.append([asked, f"{verified['clips_at_rate']:,}", "", _between(verified, "recall_at_rate"), "≥ 95 %"])
    stored = f"{_between(verified, 'recall')}, {_percent(verified['false_accepts'])} false accepts"
    rows.append(["the same at the bundle's own thresholds", f"{verified['clips']:,}", "", stored, ""])
    for name, kind in (("every_2nd_frame", "every 2nd frame"), ("every_3rd_frame", "every 3rd frame")):
        rows.append(
            [f"accuracy lost with {kind} alone", "", "", _points(found["robustness"][name]["lost"]), "≤ 1 point"]
        )
    rows.append(["accuracy lost in a mirror", "", "", _points(found["robustness"]["mirrored"]["lost"]), "≤ 1 point"])
    took = f"{quick['p95_ms']:.1f} ms (load {quick['load']})"
    rows.append([f"classifier alone, {quick['frames']} frames, one thread, p95", "", "", took, "≤ 3 ms"])
    rows.append(["the network's size in 8 bits", "", "", f"{quick['int8_bytes'] / 1e6:.2f} MB", "≤ 2.5 MB"])
    return rows


def _few_shot(found: dict[str, Any]) -> Table:
    """Signs that are taught."""
    rows = []
    for name, ways in (("same_5way_5shot", 5), ("same_4way_5shot", 4), ("same_3way_5shot", 3)):
        if one := found["webcams"][name]:
            what = f"{ways} unseen signs, each taught by 5 clips of the person who is asked"
            rows.append([what, "", f"{one['teachers']}", _between(one, "top1"), "≥ 95 %" if ways == 5 else ""])
    if one := found["webcams"]["any_5way_5shot"]:
        rows.append(
            ["5 unseen signs, taught by 5 clips of anybody", *_counts([found["webcams"]]), _percent(one["top1"]), ""]
        )
    taught = found["teaching"]
    what = f"teaching {taught['signs']} signs by {taught['clips']} landmark clips"
    return [*rows, [what, "", "", f"{taught['seconds']:.1f} s", "< 5 s"]]


def _unseen_collections(found: dict[str, Any]) -> Table:
    """Collections left out of training in turn."""
    count = len(found["per_source"])
    return [
        [
            f"{len(found['words'])} common words, mean of {count} collections left out",
            f"{found['clips']:,}",
            f"{found['people']}",
            _between(found, "macro", "interval"),
            "≥ 95 %",
        ],
        [f"the worst of them ({found['worst_of']})", "", "", _percent(found["worst"]), "≥ 85 %"],
        [
            "the mean if clips were split at random",
            f"{found['random_clips']:,}",
            "",
            _percent(found["random_macro"]),
            "",
        ],
    ]


def speed(found: dict[str, Any]) -> Table:
    """Rows for start-up, photos and the classifier, on the machine that speed.json names."""
    start, photo = found["start_up"], found["photo_ms"]
    machine = found["machine"]
    rows = [
        ["`import deepsign`", f"{start['import_s']:.2f} s", "≤ 0.15 s"],
        ["`deepsign --help`", f"{start['help_s']:.2f} s", "≤ 0.3 s"],
        [f"photo → answer, warm, median of {photo['photos']}", f"{photo['p50']:.0f} ms", "≤ 30 ms"],
    ]
    for name, s in found["classifier_ms"].items():
        rows.append([f"{name}, classifier alone, one thread, p95", f"{s['p95']:.2f} ms", "≤ 1 ms"])
        rows.append([f"{name}, the network's size", f"{s['network_bytes'] / 1e6:.2f} MB", "≤ 1 MB"])
    rows.append([f"measured on {machine['cores']} cores ({machine['processor']}), load {machine['load']}", "", ""])
    return rows


def tree(root: Path) -> str:
    """The package's files and the top folders, a phrase each."""
    lines = ["```text", f"{PACKAGE}/"]
    for path in _modules(root / PACKAGE):
        depth = len(path.relative_to(root / PACKAGE).parts)
        name = f"{'  ' * depth}{path.name}{'/' if path.is_dir() else ''}"
        lines.append(f"{name:<24} {_phrase(path, root)}")
    lines += [f"{name:<24} {PHRASES[name]}" for name in PHRASES if not name.startswith(PACKAGE)]
    return "\n".join([*lines, "```"])


def _modules(folder: Path) -> list[Path]:
    """Files first, then folders with what is in them; no empty __init__."""
    files = sorted(p for p in folder.glob("*.py") if p.name != "__init__.py")
    found = [*files]
    for inside in sorted(p for p in folder.iterdir() if p.is_dir() and (p / "__init__.py").is_file()):
        found += [inside, *_modules(inside)]
    if folder.name == "deepsign":
        found.append(folder / "bundles")
    return found


def _phrase(path: Path, root: Path) -> str:
    known = PHRASES.get(f"{path.relative_to(root).as_posix()}/")
    if known:
        return known
    source = path / "__init__.py" if path.is_dir() else path
    said = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    first = re.split(r"(?<=[a-z0-9)`\"])\. ", " ".join(said.split("\n\n")[0].split()))[0].rstrip(".:")
    # "Bundle: the one folder …" in bundle.py says its name twice.
    head, colon, rest = first.partition(": ")
    if colon and (" " not in head or head.lower().replace(" ", "_") == path.stem):
        first = rest
    word = first.split()[0]
    if first.startswith(NAMES):
        return first
    return first[0].lower() + first[1:] if word[1:].islower() or len(word) == 1 else first


def _counts(found: Any) -> list[str]:
    several = list(found)
    return [f"{sum(s['clips'] for s in several):,}", f"{sum(s['signers'] for s in several):,}"]


def _moving(scores: dict[str, Any]) -> str:
    return ", ".join(f"{gloss} {_percent(score['recall'])}" for gloss, score in scores.items())


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace("%", " %")


def _between(found: dict[str, Any], key: str, interval: str = "") -> str:
    """The figure with its 95 % interval, where it has one: under `KEY_interval` or `interval`."""
    low_high = found.get(interval or f"{key}_interval") or found.get("interval")
    if found[key] is None or not low_high:
        return _percent(found[key])
    return f"{_percent(found[key])} ({low_high[0] * 100:.1f}–{low_high[1] * 100:.1f})"


def _points(value: float) -> str:
    return f"{value * 100:.1f} points"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _markdown(head: list[str], rows: Table) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def main(arguments: list[str]) -> int:
    """The command."""
    path, wanted = ROOT / "README.md", rendered(ROOT)
    if path.read_text("utf-8") == wanted:
        return 0
    if arguments == ["--check"]:
        print("README.md is stale: run `make readme`", file=sys.stderr)
        return 1
    path.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
