"""The command: `python -m biometrics.evaluation`, which `./wangov biometrics evaluate` runs in a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.errors import Refused
from biometrics.evaluation.arguments import job_count, whole
from biometrics.evaluation.assembly import evaluate
from biometrics.evaluation.det import Line, draw, write
from biometrics.evaluation.details import details
from biometrics.evaluation.engines import FaceChoiceOfEngine, FingerChoiceOfEngine
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.evaluation.plain import lines_of
from biometrics.evaluation.progress import progress_on_stderr
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.rates import curve_of
from biometrics.evaluation.report import TARGETS, Evaluation, figures
from biometrics.evaluation.run import EngineChoice, EngineLostError
from biometrics.face.identity import FaceMode
from biometrics.fingerprint.matcher import Mode

__all__ = ["choice_of", "main"]

LARGEST_DOCUMENT = 1_000_000
# Refused samples that are named on standard error.
NAMED = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate what the arguments (without them, those of the process) say.

    The exit status: 0, or 1 where nothing could be compared or something asked for cannot be used; wrong arguments end
    the process with 2.
    """
    options = _options(arguments)
    choice = choice_of(options.modality, options.mode or Mode.VERIFY.value, mirror=options.mirror)
    try:
        entries = read_manifest(options.manifest, options.dataset)
        thresholds = _thresholds(options.thresholds, choice.name) if options.thresholds else None
    except ManifestError as fault:
        return _fail("manifest", str(fault), as_json=options.json)
    unwritable = _unwritable(options.plot) if options.plot else None
    if unwritable:
        return _fail("plot", f"the picture cannot be written: {unwritable}", as_json=options.json)
    protocol = Protocol(options.protocol)
    watch = progress_on_stderr(wanted=options.progress)
    try:
        evaluation = evaluate(entries, options.modality, choice, protocol, jobs=options.jobs, watch=watch)
    except EngineLostError as fault:
        return _fail("engine", str(fault), as_json=options.json)
    document = figures(evaluation, np.random.default_rng(options.seed))
    if options.details or not options.json:
        document["details"] = details(
            evaluation, protocol, np.random.default_rng(options.seed), thresholds=thresholds, worst=options.worst
        )
    sys.stdout.write(json.dumps(document, indent=2) + "\n" if options.json else "".join(lines_of(document)))
    sys.stdout.flush()
    return _told(evaluation, options.plot)


def choice_of(modality: str, mode: str, *, mirror: bool = False) -> EngineChoice:
    """The engine for a modality: fingers in a mode of the matcher, faces with or without their mirror images."""
    return (
        FaceChoiceOfEngine(FaceMode.MIRROR if mirror else FaceMode.SINGLE)
        if modality == "face"
        else FingerChoiceOfEngine(Mode(mode))
    )


def _told(evaluation: Evaluation, plot: Path | None) -> int:
    """Who was refused, on standard error, and the picture; the exit status."""
    _name_refused(evaluation)
    if not evaluation.made.any():
        sys.stderr.write("nothing could be compared\n")
        return 1
    if plot:
        try:
            _plot(plot, evaluation)
        except OSError as error:
            sys.stderr.write(f"plot: the picture cannot be written: {error.strerror or error}\n")
            return 1
    return 0


def _name_refused(evaluation: Evaluation) -> None:
    outcomes = zip(evaluation.entries, evaluation.outcomes, strict=True)
    refused = [(entry, outcome) for entry, outcome in outcomes if isinstance(outcome, Refused)]
    for entry, outcome in refused[:NAMED]:
        place = "" if outcome.offset is None else f" at byte {outcome.offset}"
        sys.stderr.write(f"refused: {entry.path.name} of {entry.subject}: {outcome.reason.value}{place}\n")
    if refused:
        sys.stderr.write(f"{len(refused)} of {len(evaluation.entries)} samples refused\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; ends the process with status 2 where they are wrong or cannot apply to each other."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.mirror and options.modality != "face":
        parser.error("--mirror is for faces")
    if options.mode and options.modality != "finger":
        parser.error("--mode is for fingers; faces have --mirror")
    if options.json and not options.details and (options.worst or options.thresholds):
        parser.error("--worst and --thresholds add to the details: with --json they need --details")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation", description="Measure the engine.")
    parser.add_argument("--modality", choices=("finger", "face"), required=True)
    parser.add_argument("--manifest", type=Path, required=True, help="CSV file; see docs/biometrics.md")
    parser.add_argument("--dataset", action="append", default=[], help="only this dataset of the manifest (repeatable)")
    parser.add_argument(
        "--protocol",
        choices=[protocol.value for protocol in Protocol],
        required=True,
        help="which pairs: `all` of them, or those of the `fvc` competitions",
    )
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], help="how fingers are matched (verify)")
    parser.add_argument("--mirror", action="store_true", help="faces: average each image with its mirror image")
    parser.add_argument("--plot", type=Path, help="write the DET picture as PNG")
    parser.add_argument("--jobs", type=job_count, default=1, help="processes (at most one for each core)")
    parser.add_argument("--seed", type=whole, default=1, help="of the bootstrap")
    parser.add_argument("--details", action="store_true", help="with --json: add the member `details`")
    parser.add_argument("--thresholds", type=Path, help="a document printed earlier, whose thresholds to try as well")
    parser.add_argument("--worst", type=whole, default=0, help="list so many of the worst pairs in the details")
    parser.add_argument("--progress", action="store_true", help="a line on standard error after each stage")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _thresholds(path: Path, engine: str) -> dict[str, float]:
    """The thresholds by target of an earlier document of this engine; raises `ManifestError` where it is none."""
    try:
        with path.open("rb") as stream:
            document = json.loads(stream.read(LARGEST_DOCUMENT))
        made_for, rates = document["engine"], document["fnmr"]
        found = {name: float(rates[name]["threshold"]) for name in TARGETS if rates[name] is not None}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        message = "the document with thresholds cannot be used"
        raise ManifestError(message) from error
    if made_for != engine:
        message = f"the thresholds are of {str(made_for)[:100]!r}, not of {engine!r}"
        raise ManifestError(message)
    if not found:
        message = "the document with thresholds has no thresholds in it: its comparisons were too few"
        raise ManifestError(message)
    return found


def _unwritable(path: Path) -> str | None:
    """Why a file cannot be written there, as far as can be told without writing; None: it can."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "no permission"
    return None


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
        document: dict[str, Any] = {"error": error, "error_description": description}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        sys.stderr.write(f"{error}: {description}\n")
    return 1
