"""Make a calibration file: `python -m biometrics.evaluation.calibrate --help`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from biometrics.decision.files import write_calibration
from biometrics.decision.fitting import Scale
from biometrics.evaluation.arguments import day, job_count, whole
from biometrics.evaluation.assembly import evaluate
from biometrics.evaluation.calibrating import calibrated, held_out
from biometrics.evaluation.command import choice_of
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.evaluation.progress import progress_on_stderr
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.run import EngineLostError
from biometrics.fingerprint.matcher import Mode

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate as the arguments (without them, those of the process) say; the exit status."""
    options = _parser().parse_args(arguments)
    scale = Scale.PLAIN if options.modality == "face" else Scale.LOGARITHMIC
    generator = np.random.default_rng(options.seed)
    try:
        evaluation = evaluate(
            read_manifest(options.manifest, options.dataset),
            options.modality,
            choice_of(options.modality, options.mode, mirror=options.mirror),
            Protocol.ALL,
            jobs=options.jobs,
            watch=progress_on_stderr(),
            within_datasets=True,
        )
        calibration = calibrated(evaluation, scale, options.made, generator)
    except (ManifestError, EngineLostError, ValueError) as fault:
        sys.stderr.write(f"no calibration: {fault}\n")
        return 1
    options.output.write_bytes(write_calibration(calibration))
    sys.stdout.write(f"{calibration.engine}: written to {options.output}\n")
    for source in calibration.sources:
        sys.stdout.write(f"  {asdict(source)}\n")
    for target in calibration.targets:
        sys.stdout.write(f"  {asdict(target)}\n")
    sys.stdout.write(f"  ratios {calibration.ratios[0]:.2f} to {calibration.ratios[-1]:.2f}, loss {calibration.loss}\n")
    for fold in held_out(evaluation, scale, generator):
        sys.stdout.write(
            f"  held out: {fold.subjects} subjects, {fold.genuine} mated, {fold.impostor} non-mated, "
            f"Cllr {fold.cost:.4f}, least {fold.least:.4f}, overclaim {fold.overclaim:.2f}\n"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation.calibrate", description=__doc__)
    parser.add_argument("--modality", choices=("finger", "face"), required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--dataset", action="append", default=[], help="repeatable; pairs are made within each")
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.VERIFY.value)
    parser.add_argument("--mirror", action="store_true", help="faces: with their mirror images")
    parser.add_argument("--made", type=day, required=True, help="the day, as 2026-01-31")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--jobs", type=job_count, default=1)
    parser.add_argument("--seed", type=whole, default=1)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
