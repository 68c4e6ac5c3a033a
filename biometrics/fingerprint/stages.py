"""Writes the pictures of every stage of one finger: ``python -m biometrics.fingerprint.stages IMAGE FOLDER``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import cv2

from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Refused
from biometrics.fingerprint.drawing import Record, draw_template, stage_pictures
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.quality import advice_after, assess
from biometrics.pictures import write_pictures

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the pictures and tells the quality; 1 if the image was refused, with the reason on standard error.

    The stages that a refused image did reach are written all the same.
    """
    parser = ArgumentParser(
        prog="python -m biometrics.fingerprint.stages", description="Pictures of the stages of one finger."
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    with SampleReader() as reader:
        sample = reader.read(chosen.image.read_bytes())
    if not isinstance(sample, Refused):
        sample = at_500_ppi(sample)
    if isinstance(sample, Refused):
        return _refused(sample)
    record = Record()
    template = extract(sample.grey, observe=record)
    pictures = stage_pictures(record.stages)
    if not isinstance(template, Refused):
        pictures["template"] = draw_template(sample.grey, template)
    for path in write_pictures(pictures, chosen.folder):
        sys.stdout.write(f"{path}\n")
    if isinstance(template, Refused):
        return _refused(template)
    quality = assess(template, sample.grey)
    for item in quality.components:
        sys.stdout.write(f"{item.component.value} {item.value:.3g} score {item.score}\n")
    told = ", ".join(quality.advice) or "-"
    sys.stdout.write(f"minutiae {len(template)} quality {quality.overall} advice {told}\n")
    return 0


def _refused(refusal: Refused) -> int:
    sys.stderr.write(f"{refusal.reason.value} {refusal.detail} advice {advice_after(refusal.reason).value}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
