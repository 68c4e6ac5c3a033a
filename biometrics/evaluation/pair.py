"""Why two samples score as they do, as a picture: `python -m biometrics.evaluation.pair --help`.

Fingers lie side by side with their minutiae, the paired ones joined; faces as the network sees them. Above them stand
the score, the log-likelihood ratio of the calibration, and what spoke for them.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decision.files import load_calibration
from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Refused
from biometrics.face.detection import FaceChoice
from biometrics.face.engine import Extraction, FaceEngine
from biometrics.face.identity import FaceMode
from biometrics.face.quality import assess as assess_face
from biometrics.face.quality_policy import LOGIN
from biometrics.fingerprint.drawing import draw_template
from biometrics.fingerprint.explanation import Explanation, explain
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.matcher import Mode, compare
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.quality import assess as assess_finger
from biometrics.fingerprint.template import ENGINE
from biometrics.pictures import write_pictures
from biometrics.sample import Sample

__all__ = ["beside", "main"]

Picture = NDArray[np.uint8]
_LINE_HEIGHT = 26
_GAP = 16
_FACE_SIDE = 448
_GREEN = (60, 190, 60)
_PAPER = 255
_INK = (30, 30, 30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pair that the arguments name; 1 if a sample was refused or a file cannot be used, with the reason."""
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        return _drawn(options)
    except OSError as error:
        sys.stderr.write(f"{error.filename or options.picture}: {error.strerror or error}\n")
        return 1


def _drawn(options: argparse.Namespace) -> int:
    contents = [path.read_bytes() for path in (options.first, options.second)]
    with SampleReader() as reader:
        samples = [reader.read(content) for content in contents]
    drawn = _finger_pair(samples, Mode(options.mode)) if options.modality == "finger" else _face_pair(samples)
    if isinstance(drawn, Refused):
        sys.stderr.write(f"{drawn.reason.value} {drawn.detail}\n")
        return 1
    picture, lines = drawn
    names = f"{options.first.name} / {options.second.name}"
    write_pictures({options.picture.stem: _titled(picture, [names, *lines])}, options.picture.parent)
    sys.stdout.write("\n".join([names, *lines]) + "\n")
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class _Finger:
    """One side of a pair of fingers: ready to compare, its picture, and what is said of its quality."""

    prepared: PreparedFinger
    picture: Picture
    quality: str


def _finger(sample: Sample | Refused) -> _Finger | Refused:
    if not isinstance(sample, Refused):
        sample = at_500_ppi(sample)
    if isinstance(sample, Refused):
        return sample
    template = extract(sample.grey)
    if isinstance(template, Refused):
        return template
    prepared = prepare(template)
    if isinstance(prepared, Refused):
        return prepared
    quality = assess_finger(template, sample.grey)
    said = f"quality {quality.overall} ({', '.join(quality.advice) or '-'})"
    return _Finger(prepared, draw_template(sample.grey, template), said)


def _finger_pair(samples: Sequence[Sample | Refused], mode: Mode) -> tuple[Picture, list[str]] | Refused:
    first, second = (_finger(sample) for sample in samples)
    if isinstance(first, Refused):
        return first
    if isinstance(second, Refused):
        return second
    # The shortlist aligns nothing: its score stands above the alignment of full mode.
    shown = explain(first.prepared, second.prepared, Mode.FULL if mode is Mode.SHORTLIST else mode)
    total = compare(first.prepared, second.prepared, mode)
    ridges = "-" if shown.ridges is None else f"{shown.ridges:.2f}"
    spoke = f"common area {shown.overlap:.0f} px, flow {shown.flow:.2f}, ridges {ridges}"
    lines = [
        f"{mode.value} score {total:.4f}, ratio {_ratio(f'{ENGINE}/{mode.value}', total)}",
        f"{len(shown.closeness)} pairs, {100 * shown.found:.0f} % of those expected; {spoke}",
        f"{first.quality} / {second.quality}",
    ]
    width = first.picture.shape[1]
    sheet = beside(first.picture, second.picture)
    return _joined(sheet, width + _GAP, shown, width / first.prepared.template.width), lines


def _face_pair(samples: Sequence[Sample | Refused]) -> tuple[Picture, list[str]] | Refused:
    engine = FaceEngine.load()
    if isinstance(engine, Refused):
        return engine
    faces: list[Extraction] = []
    for sample in samples:
        found = sample if isinstance(sample, Refused) else engine.observe(sample, choice=FaceChoice.PROMINENT)
        if isinstance(found, Refused):
            return found
        faces.append(found)
    cosine = float(faces[0].embedding.vector @ faces[1].embedding.vector)
    lines = [f"single image: cosine {cosine:.4f}, ratio {_ratio(FaceMode.SINGLE.engine, cosine)}"]
    for face in faces:
        quality = assess_face(face, LOGIN)
        lines.append(
            f"quality {quality.overall} ({', '.join(quality.advice) or '-'}), eyes {face.face.eye_distance:.0f} px"
        )
    large = [cv2.resize(face.crop, (_FACE_SIDE, _FACE_SIDE), interpolation=cv2.INTER_CUBIC) for face in faces]
    return beside(*(np.asarray(picture, np.uint8) for picture in large)), lines


def _ratio(engine: str, score: float) -> str:
    """In natural logarithms, or why there is none."""
    calibration = load_calibration(engine)
    if isinstance(calibration, Refused):
        return f"none ({calibration.reason.value})"
    return f"{float(calibration.ratio(np.array([score]))[0]):.2f}"


def beside(left: Picture, right: Picture) -> Picture:
    """Two pictures (height, width, 3) on one white sheet, `_GAP` pixels between them."""
    height = max(left.shape[0], right.shape[0])
    sheet = np.full((height, left.shape[1] + _GAP + right.shape[1], 3), _PAPER, np.uint8)
    sheet[: left.shape[0], : left.shape[1]] = left
    sheet[: right.shape[0], left.shape[1] + _GAP :] = right
    return sheet


def _joined(sheet: Picture, shift: int, shown: Explanation, scale: float) -> Picture:
    """Lines between paired minutiae, the thicker the closer they lie."""
    for here, there, closeness in zip(shown.probe, shown.candidate, shown.closeness, strict=True):
        start, end = (np.rint((place + 0.5) * scale).astype(int) for place in (here, there))
        thickness = 2 if closeness > 0.5 else 1
        cv2.line(
            sheet, (int(start[0]), int(start[1])), (int(end[0]) + shift, int(end[1])), _GREEN, thickness, cv2.LINE_AA
        )
    return sheet


def _titled(picture: Picture, lines: Sequence[str]) -> Picture:
    title = np.full((_LINE_HEIGHT * len(lines) + 10, picture.shape[1], 3), _PAPER, np.uint8)
    for number, line in enumerate(lines, 1):
        place = (8, _LINE_HEIGHT * number - 6)
        cv2.putText(title, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return np.concatenate([title, picture])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation.pair", description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("picture", type=Path, help="PNG file to write")
    parser.add_argument("--modality", choices=("finger", "face"), required=True)
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.VERIFY.value)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
