"""Pictures of the stages of one extraction, for people who want to see what the engine sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters
from biometrics.face.detection import Face
from biometrics.face.engine import Extraction
from biometrics.face.portrait import take_portrait
from biometrics.face.pose import head_pose
from biometrics.face.quality import FaceQuality

__all__ = ["CAPTIONS", "FOUND", "LANDMARKS", "detection", "stage_pictures"]

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

_GREEN: Final[Colour] = (80, 200, 60)
_AMBER: Final[Colour] = (40, 170, 240)
_RED: Final[Colour] = (60, 60, 220)
_INK: Final[Colour] = (40, 40, 40)
_PAPER: Final[Colour] = (245, 245, 245)
# Longer side of a picture of the whole image.
_SIDE: Final = 720
_POINTS: Final[tuple[Colour, ...]] = (_RED, _AMBER, _GREEN, (200, 80, 200), (220, 120, 40))
_NAMES: Final = ("right eye (the person's)", "left eye", "tip of the nose", "right corner of the mouth", "left corner")
LANDMARKS: Final = tuple(zip(_POINTS, _NAMES, strict=True))
FOUND: Final = ((_GREEN, "the face that is taken, with the detector's score"), (_AMBER, "other faces"))
CAPTIONS: Final = {
    "1-detection": "the whole image and every face found",
    "2-landmarks": "landmarks of the chosen face; pose in degrees, distance between the eyes in px of the image",
    "3-aligned": "the crop that is embedded and its mirror image; crosses: where landmarks belong",
    "4-portrait": "where quality is measured: ellipse of the face, patches of eyes and mouth; red: outside the image",
    "5-embedding": "the 128 numbers of the vector: above 0 green, below it amber",
    "6-quality": "each component, 0 to 100, with its measure in brackets; line: what is needed",
}


def stage_pictures(extraction: Extraction, quality: FaceQuality) -> dict[str, Picture]:
    """The pictures by name, in the order of the stages: uint8, height x width x 3, blue green red."""
    return {
        "1-detection": detection(extraction.image, extraction.faces, extraction.face),
        "2-landmarks": _landmarks(extraction),
        "3-aligned": _aligned(extraction),
        "4-portrait": _portrait(extraction),
        "5-embedding": _embedding(extraction),
        "6-quality": _quality(quality),
    }


def _sized(image: Picture) -> tuple[Picture, float]:
    scale = _SIDE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8), scale


def _text(picture: Picture, text: str, at: tuple[int, int], colour: Colour = _INK, size: float = 0.5) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def detection(image: Picture, faces: Sequence[Face], chosen: Face | None) -> Picture:
    """Every face found in the colour image with its score, the chosen one in green."""
    picture, scale = _sized(image)
    for face in faces:
        colour = _GREEN if face is chosen else _AMBER
        x, y, width, height = (round(value * scale) for value in face.box)
        cv2.rectangle(picture, (x, y), (x + width, y + height), colour, 2)
        _text(picture, f"{face.score:.2f}", (x, max(14, y - 6)), colour, 0.6)
    return picture


def _landmarks(extraction: Extraction) -> Picture:
    """The five landmarks and the pose that they give, around the chosen face."""
    face = extraction.face
    x, y, width, height = face.box
    top, left = max(0, int(y - height / 4)), max(0, int(x - width / 4))
    part = extraction.image[top : int(y + 1.25 * height) + 1, left : int(x + 1.25 * width) + 1]
    picture, scale = _sized(part)
    for point, colour in zip(face.landmarks, _POINTS, strict=True):
        at = (round((float(point[0]) - left) * scale), round((float(point[1]) - top) * scale))
        cv2.circle(picture, at, 5, colour, -1, cv2.LINE_AA)
    pose = head_pose(face.landmarks, extraction.image.shape)
    _strip(
        picture, f"yaw {pose.yaw:+.0f}  pitch {pose.pitch:+.0f}  roll {pose.roll:+.0f}  eyes {face.eye_distance:.0f} px"
    )
    return picture


def _strip(picture: Picture, text: str) -> None:
    cv2.rectangle(picture, (0, 0), (picture.shape[1], 24), _PAPER, -1)
    _text(picture, text, (8, 17))


def _aligned(extraction: Extraction) -> Picture:
    """The crop that is embedded and its mirror image, with the places the landmarks were carried to."""
    enlarged = [
        cv2.resize(crop, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        for crop in (extraction.crop, np.ascontiguousarray(extraction.crop[:, ::-1]))
    ]
    picture = np.asarray(np.hstack(enlarged), np.uint8)
    for x, y in parameters.LANDMARKS_112:
        cv2.drawMarker(picture, (round(4 * x), round(4 * y)), _GREEN, cv2.MARKER_CROSS, 12, 1, cv2.LINE_AA)
    return picture


def _portrait(extraction: Extraction) -> Picture:
    """Where quality is measured: the face's ellipse, the patches of eyes and mouth, what lay outside the image."""
    portrait = take_portrait(extraction.image, extraction.face.landmarks)
    picture = cv2.cvtColor(portrait.grey.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    picture[~portrait.inside] = _RED
    outline = cv2.findContours(portrait.face.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    cv2.drawContours(picture, outline, -1, _GREEN, 1)
    mouth = portrait.landmarks[3:].mean(axis=0)
    patches = [(eye, parameters.EYE_PATCH) for eye in portrait.landmarks[:2]] + [(mouth, parameters.MOUTH_PATCH)]
    for centre, (up, down, across) in patches:
        x, y = round(float(centre[0])), round(float(centre[1]))
        cv2.rectangle(picture, (x - across, y - up), (x + across, y + down), _AMBER, 1)
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)


def _embedding(extraction: Extraction) -> Picture:
    """The unit vector as bars, positive up, and its strength."""
    picture = np.full((260, 128 * 5 + 20, 3), _PAPER, np.uint8)
    vector = extraction.embedding.vector
    for place, value in enumerate(vector / float(np.abs(vector).max())):
        x = 10 + 5 * place
        cv2.rectangle(picture, (x, 140), (x + 3, 140 - round(110 * float(value))), _GREEN if value > 0 else _AMBER, -1)
    _strip(picture, f"{len(vector)} dimensions, strength {extraction.embedding.strength:.1f}")
    return picture


def _quality(quality: FaceQuality) -> Picture:
    """Every component's score as a bar, the limit as a line, and what the person would be told."""
    picture = np.full((44 + 24 * len(quality.components) + 30, 720, 3), _PAPER, np.uint8)
    verdict = "accepted" if quality.accepted else "not accepted"
    _text(picture, f"overall {quality.overall}, {verdict}", (10, 26), size=0.7)
    for place, item in enumerate(quality.components):
        y = 44 + 24 * place
        _text(picture, item.component.value.replace("_", " "), (10, y + 14), size=0.45)
        if item.score is not None:
            colour = _GREEN if item.score >= 50 else _RED
            cv2.rectangle(picture, (250, y + 3), (250 + 3 * item.score, y + 17), colour, -1)
        _text(
            picture,
            "not judged" if item.score is None else f"{item.score}  ({item.value:.3g})",
            (562, y + 14),
            size=0.4,
        )
    cv2.line(picture, (400, 44), (400, 44 + 24 * len(quality.components)), _INK, 1)
    told = ", ".join(advice.value.replace("_", " ") for advice in quality.advice) or "nothing to improve"
    _text(picture, told[:100], (10, picture.shape[0] - 10), size=0.42)
    return picture
