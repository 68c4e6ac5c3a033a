"""Writes the pictures of every stage of one face: ``python -m biometrics.face.stages IMAGE FOLDER``."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.reader import SampleReader
from biometrics.errors import Refused
from biometrics.face.detection import FaceChoice
from biometrics.face.drawing import CAPTIONS, FOUND, LANDMARKS, detection, stage_pictures
from biometrics.face.engine import FaceEngine
from biometrics.face.quality import advice_after, assess
from biometrics.face.quality_policy import ENROLMENT, LOGIN
from biometrics.pictures import Page, write_album

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the pictures with an `index.html`, and tells the quality; 1 if the image was refused, with the reason.

    What a refused image shows, the faces found, is written all the same. 1 also where a file cannot be read or written.
    """
    parser = ArgumentParser(prog="python -m biometrics.face.stages", description="Pictures of the stages of one face.")
    parser.add_argument("image", type=Path, help="an image, or a record that holds one")
    parser.add_argument("folder", type=Path, help="where the pictures go; made if absent")
    parser.add_argument("--policy", choices=("enrolment", "login"), default="enrolment")
    parser.add_argument("--prominent", action="store_true", help="of several faces take the most prominent")
    parser.add_argument("--weights", type=Path, help="folder of the networks' weights")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        return _drawn(chosen)
    except OSError as error:
        sys.stderr.write(f"{error.filename or chosen.folder}: {error.strerror or error}\n")
        return 1


def _drawn(chosen: Namespace) -> int:
    engine = FaceEngine.load(chosen.weights)
    if isinstance(engine, Refused):
        return _refused(engine)
    data = chosen.image.read_bytes()
    with SampleReader() as reader:
        sample = reader.read(data)
    if isinstance(sample, Refused):
        return _refused(sample)
    choice = FaceChoice.PROMINENT if chosen.prominent else FaceChoice.ONLY
    extraction = engine.observe(sample, choice=choice, mirror=True)
    if isinstance(extraction, Refused):
        image, faces = engine.look(sample)
        _write({"1-detection": detection(image, faces, None)}, [_reason(extraction)], chosen.folder)
        return _refused(extraction)
    quality = assess(extraction, LOGIN if chosen.policy == "login" else ENROLMENT)
    advice = ", ".join(quality.advice) or "-"
    said = f"quality {quality.overall} accepted {str(quality.accepted).lower()} advice {advice}"
    _write(stage_pictures(extraction, quality), [said], chosen.folder)
    sys.stdout.write(f"{said}\n")
    return 0


def _write(pictures: Mapping[str, NDArray[np.uint8]], said: Sequence[str], folder: Path) -> None:
    legends = {"1-detection": FOUND, "2-landmarks": LANDMARKS}
    pages = [Page(name, picture, CAPTIONS[name], legends.get(name, ())) for name, picture in pictures.items()]
    for path in write_album("Stages of a face", said, pages, folder):
        sys.stdout.write(f"{path}\n")


def _reason(refusal: Refused) -> str:
    return f"{refusal.reason.value} {refusal.detail} advice {advice_after(refusal.reason).value}"


def _refused(refusal: Refused) -> int:
    sys.stderr.write(f"{_reason(refusal)}\n")
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
