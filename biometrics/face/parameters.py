"""Every tuning constant of the face recipe; a change here that moves scores needs a new `VERSION` in identity.py."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ALIGNMENT_REACH",
    "BACKGROUND_SHARE",
    "BLACK_LEVEL",
    "CROP_SIDE",
    "DETECTION_OVERLAP",
    "DETECTION_SCORE",
    "DETECTION_SIDE",
    "DIMENSIONS",
    "EMBEDDING_INPUT",
    "EYE_PATCH",
    "FACE_ELLIPSE",
    "FACE_WINDOW",
    "FOCAL_LENGTH",
    "HEAD_HALF_WIDTH",
    "HEAD_HEIGHT",
    "HEAD_MODEL_MM",
    "LANDMARKS_112",
    "MARGIN",
    "MAX_ASPECT",
    "MIN_EYE_DISTANCE",
    "MOUTH_DARK",
    "MOUTH_PATCH",
    "PORTRAIT_EYES",
    "PORTRAIT_EYE_LINE",
    "PORTRAIT_SIDE",
    "RIVAL_RATIO",
    "SAME_PERSON",
    "SEARCH_SIDES",
    "SHARPNESS_SMOOTHING",
    "STORAGE_LOSS",
    "SURE_SCORE",
    "WHITE_LEVEL",
]

# Detection: the longer side of the reduced image, and those tried after it while no face is sure.
DETECTION_SIDE: Final = 320
SEARCH_SIDES: Final = (480, 640)
# An image longer than this against its width shows no face.
MAX_ASPECT: Final = 6.0
DETECTION_SCORE: Final = 0.6
# Upright faces score more (98.5 % of 2 041 photographs), faces seen under a wrong rotation less (all but a few).
SURE_SCORE: Final = 0.91
DETECTION_OVERLAP: Final = 0.3
# Border added, as a share of the longer side, when the face fills the frame so far that the detector misses it.
MARGIN: Final = 0.35
# A second face at least this share of the first one's width makes the image one of several people.
RIVAL_RATIO: Final = 0.6
# Below this distance between the eyes, in pixels of the image as handed in, there is nothing to align.
MIN_EYE_DISTANCE: Final = 12.0

# Alignment: where SFace was trained to see right eye, left eye, tip of the nose, right and left corner of the mouth.
CROP_SIDE: Final = 112
# Half the side of the part that is reduced, against the landmarks' own reach: more than any of the crops shows.
ALIGNMENT_REACH: Final = 5.0
LANDMARKS_112: Final = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)

# Embedding.
DIMENSIONS: Final = 128
EMBEDDING_INPUT: Final = "data"
# Least cosine of any two vectors of one template: 0.24 % of 1637 mated pairs of LFW are less alike, 97 % of the
# non-mated ones are.
SAME_PERSON: Final = 0.25
# By how much storing vectors in int8 can lower a cosine.
STORAGE_LOSS: Final = 0.02

# Pose: an average head in millimetres; x to the person's left, y down, z away from the camera. Its frontal view is the
# median of the detector's landmarks over faces that look straight; depths are those of an average adult.
HEAD_MODEL_MM: Final = (
    (-31.5, -36.0, 0.0),
    (31.5, -36.0, 0.0),
    (0.0, 0.0, -30.0),
    (-27.0, 27.0, -7.0),
    (27.0, 27.0, -7.0),
)
# Focal length in longer sides of the image: a portrait lens.
FOCAL_LENGTH: Final = 1.5

# The portrait that quality is measured on: side, distance between the eyes, height of their line as a share.
PORTRAIT_SIDE: Final = 256
PORTRAIT_EYES: Final = 64.0
PORTRAIT_EYE_LINE: Final = 0.42
# Half axes of the ellipse that holds skin only, and half the width of a head with hair, in eye distances.
FACE_ELLIPSE: Final = (0.85, 1.15)
HEAD_HALF_WIDTH: Final = 1.5
# Least share of the portrait from which the background is judged.
BACKGROUND_SHARE: Final = 0.03
# Rows from, to and columns from, to of the face in the crop of the embedding.
FACE_WINDOW: Final = (10, 105, 20, 92)
SHARPNESS_SMOOTHING: Final = 0.8
BLACK_LEVEL: Final = 10
WHITE_LEVEL: Final = 248
# Patches around a landmark of the portrait: rows above, rows below, columns to either side.
EYE_PATCH: Final = (12, 12, 20)
MOUTH_PATCH: Final = (12, 23, 7)
# Darker than this share of the cheeks is the inside of a mouth.
MOUTH_DARK: Final = 0.55
# Height of a head, chin to crown, in eye distances.
HEAD_HEIGHT: Final = 3.5
