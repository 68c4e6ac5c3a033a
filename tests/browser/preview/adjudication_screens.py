"""The adjudicators' pages in their states, with made-up context."""

from datetime import UTC, datetime
from math import tau
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import UUID

from enrollment.adjudication import Choice, Figures, Ground
from enrollment.capture import FINGERS, Position
from enrollment.capture.findings import RidgePoint, RidgePoints
from enrollment.web.adjudicators.drawing import drawn
from enrollment.web.adjudicators.looking import Chosen, Look
from tests.browser.preview.officer_screens import FACTS, POST
from tests.browser.preview.screen import Screen

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SHOWN = "3F2A-91C0"
HERE = {"centre": None, "roles": ["adjudicator"], "acr": "nid:3", "founding": False, "sign_out_action": POST}
STAFF: dict[str, Any] = {"here": HERE}
RINGS = "".join(f'<circle cx="194" cy="187" r="{radius}"/>' for radius in range(8, 180, 9))
PRINT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="388" height="374"><path d="M0 0h388v374H0z" fill="#fff"/>'
    f'<g fill="none" stroke="#555" stroke-width="4">{RINGS}</g></svg>'
)
PICTURE = f"data:image/svg+xml,{quote(PRINT)}"
POINTS = RidgePoints(
    388,
    374,
    tuple(
        RidgePoint(60 + 37 * number % 260, 50 + 53 * number % 270, round(number * 360 / tau) % 360, kind)
        for number, kind in enumerate(("ending", "fork", "other") * 8)
    ),
)
THUMB, INDEX = Position.RIGHT_THUMB, Position.RIGHT_INDEX
CASE: dict[str, Any] = {
    **STAFF,
    "shown": SHOWN,
    "kind": "new",
    "stage": "vote",
    "appeal": True,
    "look": Look(1, THUMB, THUMB),
    "asked": "compare",
    "why": "both",
    "count": 2,
    "questions": [{"rank": 1, "choice": "same", "ground": ""}, {"rank": 2, "choice": "different", "ground": ""}],
    "hidden": [{"rank": 2, "choice": "different", "ground": ""}],
    "strip": [{"position": place, "both": place is not Position.LEFT_LITTLE} for place in (Position.FACE, *FINGERS)],
    "others": (THUMB, INDEX),
    "sides": [
        {"rank": 0, "position": THUMB.value, "url": PICTURE, "points": drawn(POINTS), "lost": False},
        {"rank": 1, "position": THUMB.value, "url": PICTURE, "points": None, "lost": True},
    ],
    "choices": ["same", "different", "unsure", "poor"],
    "grounds": ["retry", "mix_up", "fraud"],
    "chosen": Chosen(Choice.SAME),
    "errors": [("ground-1", "ground_missing")],
    "kept": False,
    "key": "k",
    "look_action": POST,
    "action": POST,
    "papers_url": "",
    "back_url": "/preview/adjudication-queue",
}
ROW = {
    "shown": SHOWN,
    "kind": "new",
    "stage": "vote",
    "appeal": False,
    "since": NOW,
    "url": "/preview/adjudication-case",
}
QUEUE = {**STAFF, "waiting": [ROW, {**ROW, "stage": "lead", "appeal": True}]}
NAMED = SimpleNamespace(given_names="Testa", family_name="Person", birth="28 February 1990", aid=None)
RESULT: dict[str, Any] = {
    **STAFF,
    "shown": SHOWN,
    "outcome": "rejected_duplicate",
    "names": {0: NAMED, 1: NAMED},
    "rows": [
        {
            "rank": 1,
            "choice": "same",
            "ground": Ground.RETRY.value,
            "ratio": 21.4,
            "demographic": 0.86,
            "swapped": True,
            "parts": [("right_thumb", 12.1), ("face", 3.2)],
        },
    ],
    "back_url": "/preview/adjudication-queue",
}
PAPERS = {
    **STAFF, "shown": SHOWN, "facts": FACTS, "exceptions": ("face", "right_thumb"), "vouches": 1,
    "documents": [{"type": "passport", "url": PICTURE}],
    "back_url": "/preview/adjudication-case",
}  # fmt: skip
AGREEMENT: dict[str, Any] = {
    "here": {**HERE, "roles": ["auditor"]},
    "days": 30,
    "periods": [(30, "/preview/adjudication-agreement"), (90, "/preview/adjudication-agreement")],
    "rows": [
        Figures(
            UUID(int=1), cases=212, unsure=9, led=3, beside=180, alike=171, known=22, right=20, missed=1, confused=1
        )
    ],
}

ADJUDICATION_SCREENS: dict[str, Screen] = {
    "adjudication-queue": Screen("adjudication/queue.html", QUEUE),
    "adjudication-case": Screen("adjudication/sheet.html", CASE, 400),
    "adjudication-result": Screen("adjudication/result.html", RESULT),
    "adjudication-agreement": Screen("adjudication/agreement.html", AGREEMENT),
    "adjudication-papers": Screen("adjudication/papers.html", PAPERS),
}
