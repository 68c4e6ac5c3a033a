"""Writes the pictures of every stage of one face: ``python -m biometrics.face.stages IMAGE FOLDER``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import cv2

from biometrics.decoding.reader import SampleReader
from biometrics.errors import Refused
from biometrics.face.detection import FaceChoice
from biometrics.face.drawing import stage_pictures
from biometrics.face.engine import FaceEngine
from biometrics.face.quality import advice_after, assess
from biometrics.face.quality_policy import ENROLMENT, LOGIN
from biometrics.pictures import write_pictures

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the pictures and tells the quality; 1 if the image was refused, with the reason on standard error."""
    parser = ArgumentParser(prog="python -m biometrics.face.stages", description="Pictures of the stages of one face.")
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--policy", choices=("enrolment", "login"), default="enrolment")
    parser.add_argument("--prominent", action="store_true", help="of several faces take the most prominent")
    parser.add_argument("--weights", type=Path, help="folder of the networks' weights")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    engine = FaceEngine.load(chosen.weights)
    if isinstance(engine, Refused):
        return _refused(engine)
    with SampleReader() as reader:
        sample = reader.read(chosen.image.read_bytes())
    if isinstance(sample, Refused):
        return _refused(sample)
    choice = FaceChoice.PROMINENT if chosen.prominent else FaceChoice.ONLY
    extraction = engine.observe(sample, choice=choice, mirror=True)
    if isinstance(extraction, Refused):
        return _refused(extraction)
    quality = assess(extraction, LOGIN if chosen.policy == "login" else ENROLMENT)
    for path in write_pictures(stage_pictures(extraction, quality), chosen.folder):
        sys.stdout.write(f"{path}\n")
    told = ", ".join(quality.advice) or "-"
    sys.stdout.write(f"quality {quality.overall} accepted {str(quality.accepted).lower()} advice {told}\n")
    return 0


def _refused(refusal: Refused) -> int:
    sys.stderr.write(f"{refusal.reason.value} {refusal.detail} advice {advice_after(refusal.reason).value}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
