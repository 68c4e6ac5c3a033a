"""What quality looks at, as plain figures of one portrait; what they are worth is said by the policy.

Light is measured by shares and by ratios, never by how bright the face is: a dark skin is no fault of an image.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters
from biometrics.face.portrait import Portrait

__all__ = [
    "background_unevenness",
    "clipped_bright",
    "clipped_dark",
    "entropy",
    "eye_opening",
    "eye_shade",
    "left_light",
    "mouth_opening",
    "sharpness",
]

# Below this luminance a ratio of luminances says nothing.
_BLACK: Final = 8.0


def sharpness(crop: NDArray[np.uint8]) -> float:
    """Fine detail against contrast in the crop of the embedding (uint8, 112 x 112 x 3): about 0 (blurred) to 1.

    Spread of the Laplacian of a slightly smoothed crop over the spread of luminance: noise counts little, and neither
    does a dim light.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32)
    top, bottom, left, right = parameters.FACE_WINDOW
    smooth = cv2.GaussianBlur(grey, (0, 0), parameters.SHARPNESS_SMOOTHING)
    detail = np.asarray(cv2.Laplacian(smooth, cv2.CV_32F), np.float32)[top:bottom, left:right]
    return float(detail.std() / max(float(grey[top:bottom, left:right].std()), 1.0))


def clipped_dark(portrait: Portrait) -> float:
    """Share of the face that is black (0 to 1)."""
    return float(np.mean(_face(portrait) <= parameters.BLACK_LEVEL))


def clipped_bright(portrait: Portrait) -> float:
    """Share of the face that is white (0 to 1)."""
    return float(np.mean(_face(portrait) >= parameters.WHITE_LEVEL))


def entropy(portrait: Portrait) -> float:
    """Entropy of the face's luminance in bits, 0 to 8 (dynamic range in ISO/IEC 29794-5)."""
    share = np.bincount(_face(portrait).astype(np.uint8), minlength=256) / max(1, int(portrait.face.sum()))
    used = share[share > 0]
    return float(-(used * np.log2(used)).sum())


def left_light(portrait: Portrait) -> float:
    """How much lighter the person's left half of the face is, as a share of both: -1 to 1, 0 when even."""
    side = portrait.grey.shape[1] // 2
    lit = portrait.face & portrait.inside
    own_right, own_left = lit.copy(), lit.copy()
    own_right[:, side:] = False
    own_left[:, :side] = False
    if not own_right.any() or not own_left.any():
        return 0.0
    right, left = float(portrait.grey[own_right].mean()), float(portrait.grey[own_left].mean())
    return (left - right) / max(left + right, _BLACK)


def eye_opening(portrait: Portrait) -> float:
    """Height of the dark of the eye that is more open, in distances between the eyes; about 0.2 open, 0.06 closed.

    A hint: lashes, glasses and shadows mislead it.
    """
    return max(_opening(portrait, eye) for eye in portrait.landmarks[:2]) / parameters.PORTRAIT_EYES


def eye_shade(portrait: Portrait) -> float:
    """Luminance around the eyes over that of the cheeks: near 1 for bare eyes, low behind dark glasses."""
    eyes = [_patch(portrait, eye, *parameters.EYE_PATCH) for eye in portrait.landmarks[:2]]
    around = float(np.median(np.concatenate([patch.ravel() for patch in eyes])))
    return around / max(_cheeks(portrait), _BLACK)


def mouth_opening(portrait: Portrait) -> float:
    """Height of the dark between the lips in distances between the eyes; 0 closed, above 0.1 open. A hint as well."""
    mouth = portrait.landmarks[3:].mean(axis=0)
    patch = _patch(portrait, mouth, *parameters.MOUTH_PATCH)
    dark = patch.mean(axis=1) < parameters.MOUTH_DARK * _cheeks(portrait)
    return float(dark.sum()) / parameters.PORTRAIT_EYES


def background_unevenness(portrait: Portrait) -> float | None:
    """Mean steepness of what lies beside and above the head, as a share of full contrast; None if it is not seen."""
    side = portrait.grey.shape[0]
    rows, columns = np.mgrid[0:side, 0:side]
    mouth = portrait.landmarks[3:, 1].mean()
    beside = np.abs(columns - side / 2) > parameters.HEAD_HALF_WIDTH * parameters.PORTRAIT_EYES
    safe = cv2.erode(portrait.inside.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
    seen = beside & (rows < mouth) & safe
    if seen.mean() < parameters.BACKGROUND_SHARE:
        return None
    smooth = cv2.GaussianBlur(portrait.grey, (0, 0), 2.0)
    steep = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)) / 8.0
    return float(steep[seen].mean() / 255.0)


def _face(portrait: Portrait) -> NDArray[np.float32]:
    return portrait.grey[portrait.face]


def _patch(portrait: Portrait, centre: NDArray[np.float32], up: int, down: int, across: int) -> NDArray[np.float32]:
    """Rows from `up` above to `down` below `centre`, columns to `across` on either side, within the portrait."""
    limit = portrait.grey.shape[0]
    x = min(max(round(float(centre[0])), across), limit - across - 1)
    y = min(max(round(float(centre[1])), up), limit - down - 1)
    smooth = cv2.GaussianBlur(portrait.grey[y - up : y + down + 1, x - across : x + across + 1], (0, 0), 1.0)
    return np.asarray(smooth, np.float32)


def _cheeks(portrait: Portrait) -> float:
    """Median luminance of the skin beside the nose, below the eyes."""
    nose = portrait.landmarks[2]
    eyes = portrait.landmarks[:2]
    spots = [np.array([eye[0], (nose[1] + eye[1]) / 2 + 6], np.float32) for eye in eyes]
    return float(np.median(np.concatenate([_patch(portrait, spot, 5, 5, 6).ravel() for spot in spots])))


def _opening(portrait: Portrait, eye: NDArray[np.float32]) -> float:
    """Rows in one piece that are darker than half way to the skin, at the darkest column near the centre of an eye."""
    patch = _patch(portrait, eye, *parameters.EYE_PATCH)
    skin = float(np.percentile(patch, 85))
    columns = np.asarray(cv2.blur(patch, (7, 1)), np.float32)
    margin = patch.shape[1] // 4
    core = columns[3:-3, margin:-margin]
    profile = columns[:, margin + int(core.mean(axis=0).argmin())]
    lowest = int(profile.argmin())
    bright = np.flatnonzero(profile >= (profile[lowest] + skin) / 2)
    above, below = bright[bright < lowest], bright[bright > lowest]
    first = int(above[-1]) + 1 if len(above) else 0
    last = int(below[0]) - 1 if len(below) else len(profile) - 1
    return float(last - first + 1)
