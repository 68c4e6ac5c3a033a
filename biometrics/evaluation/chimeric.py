"""Measure fusion on chimeric persons: `python -m biometrics.evaluation.chimeric --help`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import FOLDER, load_calibration
from biometrics.decision.fusion import fused, needed
from biometrics.errors import Refused
from biometrics.evaluation.arguments import job_count, positive, whole
from biometrics.evaluation.assembly import evaluate
from biometrics.evaluation.command import choice_of
from biometrics.evaluation.intervals import wilson
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.evaluation.persons import Fused, Ratios, couple, several_fingers
from biometrics.evaluation.progress import progress_on_stderr
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.rates import Operating, operating_at, rates_at
from biometrics.evaluation.run import EngineLostError
from biometrics.fingerprint.matcher import Mode

__all__ = ["main", "report"]

# What the sum of ratios promises, to be held against what was seen.
PROMISED = (1e-4, 1e-6, 1e-8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the arguments (without them, those of the process) say; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        parts = [_ratios(options, modality) for modality in ("finger", "face")]
    except (ManifestError, EngineLostError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    fingers, faces = parts
    if options.fingers > 1:
        fingers = several_fingers(fingers, options.fingers)
    document = report(couple(fingers, faces, np.random.default_rng(options.seed)))
    sys.stdout.write(json.dumps({"fingers": options.fingers, **document}, indent=2) + "\n")
    return 0


def report(coupled: Fused) -> dict[str, Any]:
    """Figures of the finger part, the face and both together.

    FNMR is stated at the smallest FMR that the number of non-mated comparisons supports (3/n, rule of 3), with its
    Wilson interval over persons: a person counts as one trial, so that many comparisons of one face do not narrow it.
    """
    genuine = {name: coupled.genuine[:, place] for place, name in enumerate(("finger", "face"))}
    impostor = {name: coupled.impostor[:, place] for place, name in enumerate(("finger", "face"))}
    genuine["both"] = fused([genuine["finger"], genuine["face"]])
    impostor["both"] = fused([impostor["finger"], impostor["face"]])
    smallest = 3 / len(coupled.impostor)
    found: dict[str, Any] = {
        "persons": len(np.unique(coupled.genuine_person)),
        "genuine": len(coupled.genuine),
        "impostor": len(coupled.impostor),
        "smallest_fmr": smallest,
    }
    for name in genuine:
        # A missing part decides nothing alone: it never matches.
        own, others = (np.nan_to_num(kind[name], nan=-np.inf) for kind in (genuine, impostor))
        at = operating_at(own, others, smallest)
        found[name] = _stated(coupled, own < at.threshold, at)
    found["promised"] = {
        f"{fmr:g}": _stated(
            coupled, genuine["both"] < needed(fmr), rates_at(genuine["both"], impostor["both"], needed(fmr))
        )
        for fmr in PROMISED
    }
    return found


def _stated(coupled: Fused, missed: Any, at: Operating) -> dict[str, Any]:
    persons = np.unique(coupled.genuine_person, return_inverse=True)[1]
    share = np.bincount(persons, weights=missed) / np.bincount(persons)
    interval = wilson(float(share.sum()), len(share))
    return {
        "fnmr": at.fnmr,
        "fnmr_mean_of_persons": float(share.mean()),
        "interval": [interval.low, interval.high],
        "fmr": at.fmr,
        "ratio": at.threshold,
    }


def _ratios(options: argparse.Namespace, modality: str) -> Ratios:
    manifest, datasets = getattr(options, f"{modality}_manifest"), getattr(options, f"{modality}_dataset")
    choice = choice_of(modality, options.mode, mirror=options.mirror)
    calibration = _calibration(choice.name, options.calibrations)
    evaluation = evaluate(
        read_manifest(manifest, datasets),
        modality,
        choice,
        Protocol.ALL,
        jobs=options.jobs,
        watch=progress_on_stderr(),
        within_datasets=True,
    )
    return Ratios.of(evaluation, calibration)


def _calibration(engine: str, folder: Path) -> Calibration:
    found = load_calibration(engine, folder)
    if isinstance(found, Refused):
        message = f"calibration: {found.reason.value} {found.detail}"
        raise ManifestError(message)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation.chimeric", description=__doc__)
    for modality in ("finger", "face"):
        parser.add_argument(f"--{modality}-manifest", type=Path, required=True)
        parser.add_argument(f"--{modality}-dataset", action="append", default=[])
    parser.add_argument("--fingers", type=positive, default=1, help="fingers of a person, dealt out in manifest order")
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.VERIFY.value)
    parser.add_argument("--mirror", action="store_true", help="faces: with their mirror images")
    parser.add_argument("--calibrations", type=Path, default=FOLDER)
    parser.add_argument("--jobs", type=job_count, default=1)
    parser.add_argument("--seed", type=whole, default=1)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
