"""Does the quality of a finger fall as its image gets worse, and does it name why?

    python -m biometrics.evaluation.degraded --manifest FOLDER/fingerprints/manifest.csv --dataset fvc2002_db1b

Each print of the manifest is made worse in steps; a table of mean quality, refusals and the advice given first goes to
standard output. An image that is refused counts as quality 0.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Refused
from biometrics.evaluation.manifest import ManifestError, read_manifest
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.quality import advice_after, assess

__all__ = ["STEPS", "Judged", "judge", "main", "worsened"]

Picture = NDArray[np.uint8]
_NOISE_SEED: Final = 1
_GROUND: Final = 230
_INK: Final = 200


def _smear(image: Picture, length: float) -> Picture:
    kernel = np.full((int(length), 1), 1 / length, np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _blur(image: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _noise(image: Picture, deviation: float) -> Picture:
    grain = np.random.default_rng(_NOISE_SEED).normal(0, deviation, image.shape)
    return np.asarray(np.clip(image + grain, 0, 255), np.uint8)


def _thinner(image: Picture, width: float) -> Picture:
    """Ridges thinner (or, with a negative width, thicker) by about half so many pixels on either side."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(abs(width)), int(abs(width))))
    large = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = cv2.dilate(large, kernel) if width > 0 else cv2.erode(large, kernel)
    return np.asarray(cv2.resize(large, image.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _part(image: Picture, share: float) -> Picture:
    """Only an ellipse of so much of the print's half axes around its middle."""
    row, column = np.nonzero(image < _INK)
    if not len(row):
        return image
    reach = [(np.percentile(places, 97) - np.percentile(places, 3)) / 2 * share for places in (row, column)]
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    away = np.hypot((y - np.median(row)) / max(reach[0], 1), (x - np.median(column)) / max(reach[1], 1))
    weight = np.clip((1 - away) * 8, 0, 1)
    return np.asarray(image * weight + _GROUND * (1 - weight), np.uint8)


# How an image is made worse, and the steps, each worse than the one before.
STEPS: Final[Mapping[str, tuple[Callable[[Picture, float], Picture], tuple[float, ...]]]] = {
    "smear down the image, px": (_smear, (5, 8, 11, 15)),
    "blur, sigma in px": (_blur, (1, 1.5, 2, 3, 4)),
    "noise, grey levels": (_noise, (15, 30, 45, 60)),
    "thinner ridges (dry)": (_thinner, (3, 5, 7, 9)),
    "thicker ridges (wet)": (_thinner, (-3, -5, -7, -9)),
    "part of the print": (_part, (0.9, 0.7, 0.5, 0.4)),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of some prints: mean quality, how many were refused, and the first advice by falling frequency."""

    quality: float
    refused: int
    advice: tuple[tuple[str, int], ...]


def worsened(image: Picture, how: str, step: float) -> Picture:
    """`image` (uint8, height x width) made worse as a row of `STEPS` says."""
    return STEPS[how][0](image, step)


def judge(images: Sequence[Picture]) -> Judged:
    """Extract and assess each of `images`, at least one."""
    qualities, refused, advice = [], 0, Counter[str]()
    for image in images:
        template = extract(image)
        if isinstance(template, Refused):
            refused += 1
            qualities.append(0)
            advice[advice_after(template.reason).value] += 1
            continue
        found = assess(template, image)
        qualities.append(found.overall)
        advice[found.advice[0].value if found.advice else "none"] += 1
    return Judged(float(np.mean(qualities)), refused, tuple(advice.most_common()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m biometrics.evaluation.degraded", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--dataset", action="append", default=[])
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        entries = read_manifest(options.manifest, options.dataset)
    except ManifestError as fault:
        sys.stderr.write(f"manifest: {fault}\n")
        return 1
    images = []
    with SampleReader() as reader:
        for entry in entries:
            sample = reader.read(entry.path.read_bytes())
            sample = sample if isinstance(sample, Refused) else at_500_ppi(sample)
            if not isinstance(sample, Refused):
                images.append(sample.grey)
    if not images:
        sys.stderr.write("no print could be read\n")
        return 1
    sys.stdout.write("| made worse | step | quality, mean | refused | first advice |\n|---|---|---|---|---|\n")
    _row("as it is", "-", judge(images))
    for how, (_, steps) in STEPS.items():
        for step in steps:
            _row(how, f"{abs(step):g}", judge([worsened(image, how, step) for image in images]))
    return 0


def _row(how: str, step: str, found: Judged) -> None:
    advice = ", ".join(f"{name} {count}" for name, count in found.advice[:3])
    sys.stdout.write(f"| {how} | {step} | {found.quality:.1f} | {found.refused} | {advice} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
