"""Writes the pictures of every stage of one finger: ``python -m biometrics.fingerprint.stages IMAGE FOLDER``."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import cv2

from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Refused
from biometrics.fingerprint.album import pages
from biometrics.fingerprint.drawing import Record
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.quality import advice_after, assess
from biometrics.fingerprint.template import FingerTemplate
from biometrics.pictures import write_album
from biometrics.sample import Sample

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the pictures with an `index.html`, and tells the quality; 1 if the image was refused, with the reason.

    The stages that a refused image did reach are written all the same. 1 also where a file cannot be read or written.
    """
    parser = ArgumentParser(
        prog="python -m biometrics.fingerprint.stages", description="Pictures of the stages of one finger."
    )
    parser.add_argument("image", type=Path, help="an image, or a record that holds one")
    parser.add_argument("folder", type=Path, help="where the pictures go; made if absent")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        return _drawn(chosen.image, chosen.folder)
    except OSError as error:
        sys.stderr.write(f"{error.filename or chosen.folder}: {error.strerror or error}\n")
        return 1


def _drawn(image: Path, folder: Path) -> int:
    data = image.read_bytes()
    with SampleReader() as reader:
        sample = reader.read(data)
    if not isinstance(sample, Refused):
        sample = at_500_ppi(sample)
    if isinstance(sample, Refused):
        return _refused(sample)
    record = Record()
    template = extract(sample.grey, observe=record)
    reached = pages(record.stages, sample.grey, None if isinstance(template, Refused) else template)
    said = _told(sample, template)
    for path in write_album("Stages of a finger", said, reached, folder):
        sys.stdout.write(f"{path}\n")
    if isinstance(template, Refused):
        return _refused(template)
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 0


def _told(sample: Sample, template: FingerTemplate | Refused) -> list[str]:
    """Every component of quality, then all in one line."""
    if isinstance(template, Refused):
        return [_reason(template)]
    quality = assess(template, sample.grey)
    lines = [f"{item.component.value} {item.value:.3g} score {item.score}" for item in quality.components]
    advice = ", ".join(quality.advice) or "-"
    return [*lines, f"minutiae {len(template)} quality {quality.overall} advice {advice}"]


def _reason(refusal: Refused) -> str:
    return f"{refusal.reason.value} {refusal.detail} advice {advice_after(refusal.reason).value}"


def _refused(refusal: Refused) -> int:
    sys.stderr.write(f"{_reason(refusal)}\n")
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
