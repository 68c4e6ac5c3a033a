"""The counter: is it this person? In every state."""

from typing import Any

from enrollment.capture import FINGERS
from tests.browser.preview.officer_screens import POST, STAFF
from tests.browser.preview.screen import Screen

__all__ = ["COUNTER_SCREENS"]

ASK: dict[str, Any] = {
    **STAFF,
    "errors": [],
    "typed": {"number": "234 5678 9012", "purpose": "service", "present": True},
    "purposes": ["service", "slip", "change", "recovery"],
    "action": POST,
    "today_url": "/preview/officer-today",
}
CHECK: dict[str, Any] = {
    **STAFF,
    "errors": [],
    "purpose": "service", "outcome": None, "over": False, "no_match": False, "hint": None, "refusal": None,
    "wait_minutes": None, "turn": 1, "turns_left": 5, "face": True, "wanted": ["right_index", "left_thumb"],
    "positions": [one.value for one in FINGERS], "locked": [], "action": POST, "ask_url": "/preview/counter-ask",
    "today_url": "/preview/officer-today",
}  # fmt: skip
MISSING = [("purpose-service", "purpose_missing"), ("number", "number_wrong"), ("present", "present_missing")]

COUNTER_SCREENS: dict[str, Screen] = {
    "counter-ask": Screen("counter/ask.html", {**ASK, "errors": MISSING}, 400),
    "counter-check": Screen("counter/check.html", {**CHECK, "no_match": True, "errors": ["no_match"]}),
    "counter-wait": Screen(
        "counter/check.html",
        {
            **CHECK,
            "refusal": {"code": "BIO-COUNT", "about": "240"},
            "errors": ["BIO-COUNT"],
            "wait_minutes": 4,
            "locked": ["finger"],
            "wanted": [],
        },
        429,
    ),
    "counter-match": Screen("counter/check.html", {**CHECK, "outcome": "match", "turns_left": 0}),
    "counter-unconfirmed": Screen("counter/check.html", {**CHECK, "outcome": "no_match", "turns_left": 0}),
}
