"""The command: `python -m biometrics.evaluation`, which `./wangov biometrics evaluate` runs in a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.evaluation.assembly import Watch, evaluate
from biometrics.evaluation.det import Line, draw, write
from biometrics.evaluation.details import details
from biometrics.evaluation.engines import FaceChoiceOfEngine, FingerChoiceOfEngine
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.rates import curve_of
from biometrics.evaluation.report import TARGETS, Evaluation, figures
from biometrics.evaluation.run import EngineChoice, EngineLostError
from biometrics.fingerprint.matcher import Mode

__all__ = ["choice_of", "job_count", "main", "progress_on_stderr"]

LARGEST_DOCUMENT = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate what the arguments (without them, those of the process) say; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        entries = read_manifest(options.manifest, options.dataset)
        thresholds = _thresholds(options.thresholds) if options.thresholds else None
    except ManifestError as fault:
        return _fail("manifest", str(fault), as_json=options.json)
    protocol = Protocol(options.protocol)
    choice = choice_of(options.modality, options.mode, mirror=options.mirror)
    try:
        evaluation = evaluate(
            entries, options.modality, choice, protocol, jobs=options.jobs, watch=progress_on_stderr()
        )
    except EngineLostError as fault:
        return _fail("engine", str(fault), as_json=options.json)
    document = figures(evaluation, np.random.default_rng(options.seed))
    if options.details or not options.json:
        document["details"] = details(
            evaluation, protocol, np.random.default_rng(options.seed), thresholds=thresholds, worst=options.worst
        )
    if options.plot:
        try:
            _plot(options.plot, evaluation)
        except OSError as error:
            return _fail("plot", f"the picture cannot be written: {error.strerror or error}", as_json=options.json)
    sys.stdout.write(json.dumps(document, indent=2) + "\n" if options.json else "".join(_lines(document)))
    return 0


def choice_of(modality: str, mode: str, *, mirror: bool = False) -> EngineChoice:
    """The engine for a modality: fingers in a mode of the matcher, faces with or without their mirror images."""
    return FaceChoiceOfEngine(mirror) if modality == "face" else FingerChoiceOfEngine(Mode(mode))


def progress_on_stderr() -> Watch:
    """Progress as lines that overwrite each other, where standard error is a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return Watch()

    def line(what: str, done: int, whole: int) -> None:
        sys.stderr.write(f"\r{what} {done} of {whole}" + ("\n" if done == whole else ""))

    return Watch(lambda done, whole: line("extracted", done, whole), lambda done, whole: line("compared", done, whole))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation", description="Measure the engine.")
    parser.add_argument("--modality", choices=("finger", "face"), required=True)
    parser.add_argument("--manifest", type=Path, required=True, help="CSV file; see docs/biometrics.md")
    parser.add_argument("--dataset", action="append", default=[], help="only this dataset of the manifest (repeatable)")
    parser.add_argument("--protocol", choices=[protocol.value for protocol in Protocol], required=True)
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.VERIFY.value)
    parser.add_argument("--mirror", action="store_true", help="faces: average each image with its mirror image")
    parser.add_argument("--plot", type=Path, help="write the DET picture as PNG")
    parser.add_argument("--jobs", type=job_count, default=1, help="processes (at most one for each core)")
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap")
    parser.add_argument("--details", action="store_true", help="with --json: add the member `details`")
    parser.add_argument("--thresholds", type=Path, help="a document printed earlier, whose thresholds to try as well")
    parser.add_argument("--worst", type=int, default=0, help="list so many of the worst pairs in the details")
    parser.add_argument("--json", action="store_true")
    return parser


def job_count(text: str) -> int:
    """The processes to use: as many as asked for, but no more than the machine has cores."""
    asked = int(text)
    if asked < 1:
        message = "at least 1"
        raise argparse.ArgumentTypeError(message)
    return min(asked, os.cpu_count() or 1)


def _thresholds(path: Path) -> dict[str, float]:
    """The thresholds by target of an earlier document; raises `ManifestError` where it is none."""
    try:
        with path.open("rb") as stream:
            found = json.loads(stream.read(LARGEST_DOCUMENT))["fnmr"]
        return {name: float(found[name]["threshold"]) for name in TARGETS if found[name] is not None}
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = "the document with thresholds cannot be used"
        raise ManifestError(message) from error


def _plot(path: Path, evaluation: Evaluation) -> None:
    scores = evaluation.scores()
    if not len(scores.genuine) or not len(scores.impostor):
        message = "there is nothing to draw without mated and non-mated comparisons"
        raise OSError(message)
    counts = f"{len(scores.genuine)} mated, {len(scores.impostor)} non-mated comparisons"
    datasets = ", ".join(sorted({entry.dataset for entry in evaluation.entries}))
    line = Line(
        evaluation.engine,
        curve_of(scores.genuine, scores.impostor),
        (1 / len(scores.impostor), 1 / len(scores.genuine)),
    )
    write(path, draw(f"{datasets}: {counts}", [line]))


def _fail(error: str, description: str, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"error": error, "error_description": description}) + "\n")
    else:
        sys.stderr.write(f"{error}: {description}\n")
    return 1


def _lines(document: Mapping[str, Any], depth: int = 0) -> list[str]:
    """The document for people: a member on a line, members of members further in."""
    lines = []
    for name, value in document.items():
        indent = "  " * depth
        if isinstance(value, Mapping) and value:
            lines.append(f"{indent}{name}:\n")
            lines.extend(_lines(value, depth + 1))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{name}:\n")
            rows = (", ".join(f"{key} {_plain(item)}" for key, item in row.items()) for row in value)
            lines.extend(f"{indent}  {row}\n" for row in rows)
        else:
            lines.append(f"{indent}{name}: {_plain(value)}\n")
    return lines


def _plain(value: Any) -> str:
    if value is None or value == {}:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " to ".join(_plain(item) for item in value)
    return str(value)
