"""Learn the projection of descriptors from images, without labels: `python -m biometrics.fingerprint.training`.

The committed projection came from 300 SOCOFing right thumbs (enlarged twice), five synthetic prints of NIST's NFIQ 2
repository and ten prints of MOSIP's registration client. It holds a mean and directions of variance over thousands of
minutiae, nothing of a person.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.fingerprint.descriptors import RidgeField, describe
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.projection import WIDE
from biometrics.fingerprint.template import FingerTemplate

__all__ = ["main", "train"]


def _descriptors(template: FingerTemplate) -> NDArray[np.float32]:
    place = np.asarray(template.x - 1j * template.y, np.complex64)
    orientation = template.orientation
    if orientation is None:
        raise ValueError("a template without orientation teaches nothing")
    return describe(place, template.angle, template.quality, RidgeField(orientation, template.mask))


def _templates(images: Sequence[Path], enlargement: float) -> Iterator[FingerTemplate]:
    for path in images:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            sys.stdout.write(f"{path}: not an image\n")
            continue
        if enlargement != 1:
            image = cv2.resize(image, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
        template = extract(np.asarray(image, np.uint8))
        if isinstance(template, Refused):
            sys.stdout.write(f"{path}: {template.reason}\n")
            continue
        yield template


def train(descriptors: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Mean and the `size` directions of largest variance, float32 of shape (1 + size, columns).

    Directions are divided by their deviation relative to the first one's (whitened): what all fingers share, the ridges
    running along the minutia, varies most and tells least. Each direction's largest part is positive, so
    that two runs on the same rows agree.
    """
    mean = descriptors.mean(axis=0)
    centred = (descriptors - mean).astype(np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    values, directions = values[::-1][:size], vectors[:, ::-1][:, :size].T
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(size), largest])[:, None]
    directions = directions * np.sqrt(values[0] / np.maximum(values, values[0] * 1e-6))[:, None]
    return np.concatenate([mean[None], directions]).astype(np.float32)


def main(arguments: Sequence[str]) -> int:
    """Train on the images of the command line and write the projection; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m biometrics.fingerprint.training", description=__doc__)
    parser.add_argument("images", nargs="*", type=Path, help="grey images at 500 ppi")
    parser.add_argument("--half", nargs="*", type=Path, default=[], help="grey images at 250 ppi, enlarged twice")
    parser.add_argument("--most", type=int, default=20_000, help="descriptors used at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    rows = [
        _descriptors(template)
        for images, enlargement in ((chosen.images, 1.0), (chosen.half, 2.0))
        for template in _templates(images, enlargement)
    ]
    if sum(map(len, rows)) <= WIDE:
        sys.stdout.write("too few minutiae\n")
        return 1
    descriptors = np.concatenate(rows)
    order = np.random.default_rng(chosen.seed).permutation(len(descriptors))[: chosen.most]
    with chosen.output.open("wb") as stream:
        np.save(stream, train(descriptors[order], WIDE).astype(np.float16))
    sys.stdout.write(f"{len(order)} descriptors of {len(rows)} prints: {chosen.output}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
