"""All figures that docs/biometrics.md states, and the calibration files, from one run over a folder of samples.

    python -m biometrics.evaluation.sheet --data FOLDER --made 2026-01-31 --write

FOLDER holds `fingerprints/manifest.csv` with the data sets fvc2002_db1b and socofing, and `faces/manifest.csv` with lfw
and orl. Without `--write` the tables go to standard output and nothing is changed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import FOLDER, file_name, write_calibration
from biometrics.decision.fitting import Scale
from biometrics.evaluation import tables
from biometrics.evaluation.arguments import day, job_count, whole
from biometrics.evaluation.assembly import compared, evaluate, in_order
from biometrics.evaluation.calibrating import calibrated, held_out
from biometrics.evaluation.chimeric import report
from biometrics.evaluation.command import choice_of
from biometrics.evaluation.intervals import SubjectScores
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.evaluation.persons import Ratios, couple, several_fingers
from biometrics.evaluation.protocol import Pairs, Protocol, pairs_of
from biometrics.evaluation.report import Evaluation
from biometrics.evaluation.run import EngineLostError, extract_all
from biometrics.fingerprint.matcher import Mode
from biometrics.synthetic.files import DATASET as SYNTHETIC
from biometrics.synthetic.files import write_collection

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "biometrics.md"
BEGIN, END = "<!-- figures: written by biometrics/evaluation/sheet.py -->", "<!-- end of figures -->"
COMPETITION, OTHERS = "fvc2002_db1b", "socofing"
LARGE, SMALL = "lfw", "orl"
HAND = 4
SEED = 1
SYNTHETIC_SEED = 11


@dataclass(frozen=True, slots=True)
class _Run:
    data: Path
    made: str
    jobs: int
    calibrations: Path | None
    synthetic: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything; the exit status."""
    options = _parser().parse_args(arguments)
    run = _Run(options.data, options.made, options.jobs, FOLDER if options.write else None, options.synthetic)
    try:
        text = "\n".join(_sections(run)).strip() + "\n"
    except (ManifestError, EngineLostError) as fault:
        sys.stderr.write(f"no figures: {fault}\n")
        return 1
    if options.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _sections(run: _Run) -> Iterator[str]:
    fingers = _fingers(run)
    yield tables.heading(f"Fingers, measured {run.made}")
    yield tables.finger_rows({mode: whole.only(COMPETITION) for mode, whole in fingers.items()}, SEED)
    yield tables.other_sensor({mode: (whole.only(COMPETITION), whole.only(OTHERS)) for mode, whole in fingers.items()})
    finger_calibrations = {
        mode: _calibrated(run, fingers[mode], Scale.LOGARITHMIC) for mode in (Mode.FULL, Mode.VERIFY)
    }
    plain, mirrored, small = (_faces(run, dataset, mirror) for dataset, mirror in _FACE_RUNS)
    yield tables.heading(f"Faces, measured {run.made}")
    yield tables.face_rows({"single image": plain, "with mirror": mirrored, "ORL": small}, SEED)
    face_calibration, mirror_calibration = (_calibrated(run, whole, Scale.PLAIN) for whole in (plain, mirrored))
    yield tables.one_sided(_one_sided(plain, mirrored), mirror_calibration)
    yield tables.heading(f"Calibrations, made {run.made}")
    for evaluation, calibration, scale in (
        (fingers[Mode.VERIFY], finger_calibrations[Mode.VERIFY], Scale.LOGARITHMIC),
        (fingers[Mode.FULL], finger_calibrations[Mode.FULL], Scale.LOGARITHMIC),
        (plain, face_calibration, Scale.PLAIN),
        (mirrored, mirror_calibration, Scale.PLAIN),
    ):
        yield tables.calibration(calibration, held_out(evaluation, scale, np.random.default_rng(SEED)))
    yield tables.heading(f"Fusion on chimeric persons, measured {run.made}")
    face = Ratios.of(plain, face_calibration)
    one = Ratios.of(fingers[Mode.VERIFY], finger_calibrations[Mode.VERIFY])
    yield tables.fusion("one real finger and one real face", report(couple(one, face, np.random.default_rng(SEED))))
    if run.synthetic:
        hands = several_fingers(Ratios.of(_synthetic(run), finger_calibrations[Mode.FULL]), HAND)
        found = report(couple(hands, face, np.random.default_rng(SEED)))
        yield tables.fusion("four synthetic fingers (full mode) and one real face", found)


_FACE_RUNS = ((LARGE, False), (LARGE, True), (SMALL, False))


def _fingers(run: _Run) -> dict[Mode, Evaluation]:
    """Extracted once, compared in each mode."""
    entries = in_order(read_manifest(run.data / "fingerprints" / "manifest.csv", [COMPETITION, OTHERS]))
    outcomes = extract_all(entries, choice_of("finger", Mode.VERIFY.value), jobs=run.jobs)
    pairs = pairs_of(entries, Protocol.ALL, within_datasets=True)
    found = {}
    for mode in Mode:
        choice = choice_of("finger", mode.value)
        found[mode] = Evaluation(
            "finger", choice.name, entries, outcomes, pairs, compared(outcomes, pairs, choice, jobs=run.jobs)
        )
    return found


def _faces(run: _Run, dataset: str, mirror: bool) -> Evaluation:  # noqa: FBT001 - a row of `_FACE_RUNS`
    entries = read_manifest(run.data / "faces" / "manifest.csv", [dataset])
    return evaluate(entries, "face", choice_of("face", "", mirror=mirror), Protocol.ALL, jobs=run.jobs)


def _one_sided(plain: Evaluation, mirrored: Evaluation) -> SubjectScores:
    """Scores of probes without their mirror images against images enrolled with them."""
    shift = len(plain.entries)
    pairs = Pairs(plain.pairs.probe + np.int32(shift), plain.pairs.reference, plain.pairs.mated)
    both = [*mirrored.outcomes, *plain.outcomes]
    found = compared(both, pairs, choice_of("face", "", mirror=True))
    return replace(plain, comparisons=found).scores()


def _synthetic(run: _Run) -> Evaluation:
    with tempfile.TemporaryDirectory(prefix="wangov-synthetic-") as folder:
        manifest = write_collection(Path(folder), SYNTHETIC_SEED, HAND * run.synthetic, 2)
        entries = read_manifest(manifest, [SYNTHETIC])
        return evaluate(entries, "finger", choice_of("finger", Mode.FULL.value), Protocol.ALL, jobs=run.jobs)


def _calibrated(run: _Run, evaluation: Evaluation, scale: Scale) -> Calibration:
    found = calibrated(evaluation, scale, run.made, np.random.default_rng(SEED))
    if run.calibrations:
        place = run.calibrations / file_name(found.engine)
        place.write_bytes(write_calibration(found))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation.sheet", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the samples")
    parser.add_argument("--made", type=day, required=True, help="the day, as 2026-01-31")
    parser.add_argument("--synthetic", type=whole, default=60, help="persons with synthetic fingers; 0 for none")
    parser.add_argument("--jobs", type=job_count, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/biometrics.md and the calibration files")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
