"""The pages of face and fingers in their states, with made-up context."""

from typing import Any
from uuid import UUID

from enrollment.capture import FINGERS
from enrollment.cases import Why
from tests.browser.preview.officer_screens import CASE, POST, SHOWN, STAFF
from tests.browser.preview.screen import Screen

BEST = {"id": UUID(int=7), "quality": 71, "level": "good"}
POOR = {"id": UUID(int=8), "quality": 12, "level": "low"}
EMPTY: dict[str, Any] = {
    "standing": "empty", "best": None, "second": None, "tries_left": 3, "wanted": 1, "hints": [], "flag": None,
    "other": None, "again": False,
}  # fmt: skip
SLOTS = {one.value: {**EMPTY, "position": one.value} for one in FINGERS}
SLOTS["right_thumb"] |= {"standing": "accepted", "best": BEST, "second": {**BEST, "level": "enough"}}
SLOTS["right_thumb"] |= {"wanted": None, "again": True}
SLOTS["right_index"] |= {"standing": "flagged", "best": BEST, "flag": "repeat", "other": "right_thumb", "again": True}
SLOTS["right_index"] |= {"wanted": None}
SLOTS["right_middle"] |= {"standing": "tried", "best": POOR, "tries_left": 2, "hints": ["clean_finger_and_glass"]}
SLOTS["left_index"] |= {"standing": "excepted", "wanted": None}
SLOTS["left_ring"] |= {"standing": "worn", "best": POOR, "tries_left": 0, "wanted": None, "hints": ["moisten_finger"]}
PAGE: dict[str, Any] = {
    **STAFF,
    "case": CASE,
    "shown": SHOWN,
    "errors": [],
    "said": "",
    "anew": False,
    "exceptions": [],
    "whys": [one.value for one in Why],
    "face_url": "/preview/officer-face",
    "fingers_url": "/preview/officer-fingers",
    "self_url": "/preview/officer-fingers",
    "back_url": "/preview/officer-form",
    **dict.fromkeys(
        ("action", "look_action", "request_action", "device_action", "compare_action", "again_action",
         "exception_action"), POST
    ),
}  # fmt: skip
FACE_PAGE = {**PAGE, "face": {**EMPTY, "position": "face"}}
HANDS = [
    ("left", [SLOTS[one.value] for one in reversed(FINGERS[5:])]),
    ("right", [SLOTS[one.value] for one in FINGERS[:5]]),
]
FINGER_PAGE = {
    **PAGE,
    "hands": HANDS,
    "upcoming": {"name": "right_four", "sensor": "2", "positions": ["right_middle", "right_ring"], "impression": 1},
    "settled": True,
    "compared": False,
    "waiting": True,
    "mixed": [SLOTS["right_index"]],
    "ports": [4501, 4600],
}

CAPTURE_SCREENS: dict[str, Screen] = {
    "officer-face": Screen("officer/capture_face.html", FACE_PAGE),
    "officer-face-refused": Screen(
        "officer/capture_face.html",
        {
            **FACE_PAGE,
            "face": {**FACE_PAGE["face"], "standing": "tried", "best": POOR, "tries_left": 1, "hints": ["more_light"]},
            "errors": [("picture", "BIO-FORMAT", "other_file"), ("why", "why_missing", "")],
        },
        422,
    ),
    "officer-fingers": Screen("officer/capture_fingers.html", FINGER_PAGE),
    "officer-fingers-refused": Screen(
        "officer/capture_fingers.html",
        {**FINGER_PAGE, "errors": [("picture", "BIO-REPEAT", "left_thumb")], "anew": True, "upcoming": None},
        422,
    ),
}
