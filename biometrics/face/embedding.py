"""The vector of a face: SFace on the aligned crop, and on its mirror image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters

__all__ = ["Embedding", "FaceEmbedder", "unit"]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """The unit vector of a face, float32 of shape (128,), and how strongly the network answered.

    `strength` is the length of the crop's vector before scaling: about 4 for noise, 12 for a usual face. It foretells
    whether the face will be recognised, which is why quality is built on it (as Meng, Zhao, Huang, Zhou 2021 do).
    """

    vector: NDArray[np.float32]
    strength: float


class FaceEmbedder:
    """SFace (Zhong, Deng and others 2021) through OpenCV's network module. Not for use by several threads at once."""

    def __init__(self, weights: bytes) -> None:
        """`weights` are the bytes of the embedder's ONNX file."""
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))

    def embed(self, crop: NDArray[np.uint8], *, mirror: bool) -> Embedding:
        """The embedding of `crop` (uint8, 112 x 112 x 3, blue green red).

        With `mirror` the vectors of the crop and of its mirror image are added before scaling to unit length, which
        takes twice the time.
        """
        vector = self._forward(crop)
        strength = float(np.linalg.norm(vector))
        if mirror:
            vector = vector + self._forward(np.ascontiguousarray(crop[:, ::-1]))
        return Embedding(unit(vector), strength)

    def _forward(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        side = parameters.CROP_SIDE
        self._network.setInput(cv2.dnn.blobFromImage(crop, 1.0, (side, side), swapRB=True), parameters.EMBEDDING_INPUT)
        return np.array(self._network.forward(), np.float32).reshape(parameters.DIMENSIONS)


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`vector` (last axis: dimensions, not zero) scaled to length one, float32."""
    wide = vector.astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=-1, keepdims=True), np.float32)
