"""Booking at home, and the hours of a centre, with made-up context."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from enrollment.booking import Appointment, Slot
from enrollment.cases import Kind, State
from idp.web.account.qr import qr_code
from tests.browser.preview.managing_screens import CENTRE, KEEPER
from tests.browser.preview.officer_screens import AID, NOW, POST, SHOWN
from tests.browser.preview.screen import Screen

__all__ = ["BOOKING_SCREENS"]

START: dict[str, Any] = {
    "signed_in": True,
    "rows": [],
    "kinds": ["new", "child"],
    "most": False,
    "key": "key",
    "action": POST,
    "sign_in_url": POST,
    "register_url": "/register",
    "said": "",
}
ROW = {
    "aid": SHOWN,
    "kind": "new",
    "due_at": NOW + timedelta(days=20),
    "at": NOW,
    "past": False,
    "url": "/preview/book",
}
CASE = SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.BOOKED, version=3, due_at=NOW + timedelta(days=20))
CHILD = SimpleNamespace(aid=AID, kind=Kind.CHILD, state=State.PRE_DRAFT, version=1, due_at=NOW + timedelta(days=20))
COUNTRIES = [("SL", "Sierra Leone"), ("GN", "Guinea"), ("LR", "Liberia")]
DETAILS: dict[str, Any] = {
    "case": CASE,
    "person": {"given_names": "Testa", "sex": "F"},
    "faults": [],
    "sexes": ("F", "M", "X"),
    "relations": ["mother", "father", "guardian"],
    "countries": COUNTRIES,
    "places": ["Bo", "Kenema"],
    "key": "key",
    "action": POST,
}
MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
TIMES: dict[str, Any] = {
    "case": CASE,
    "centre": CENTRE,
    "days": [
        {"day": MONDAY + timedelta(days=number), "free": number % 3, "url": f"?day={number}"} for number in range(12)
    ],
    "day": MONDAY + timedelta(days=1),
    "slots": [
        Slot(MORNING + timedelta(minutes=30 * number), MORNING + timedelta(minutes=30 * number + 30), 1, 2)
        for number in range(6)
    ],
    "errors": [],
    "key": "key",
    "action": POST,
    "places_url": "/preview/book-places",
}
KEPT: dict[str, Any] = {
    "case": CASE,
    "shown": SHOWN,
    "qr": qr_code(AID),
    "appointment": Appointment(AID, UUID(int=1), MORNING, MORNING + timedelta(minutes=30), "booked"),
    "centre": CENTRE,
    "key": "key",
    "change_url": "/preview/book-places",
    "end_url": "/preview/book-end",
    "end_action": POST,
    "back_url": "/preview/book-kept",
    "start_url": "/preview/book",
}
PLACE = {"name": "Bo, Fenton Road (made up)", "division": "Bo", "first": MONDAY, "url": "/preview/book-times"}
HOURS: dict[str, Any] = {
    **KEEPER,
    "centre": CENTRE,
    "typed": {0: {"opens": "09:00", "closes": "12:00", "minutes": "30", "seats": "2"}},
    "closed": [MONDAY],
    "errors": [("opens-0", "hours_wrong"), ("day", "day_wrong")],
    "said": "",
    "address": POST,
    "closed_action": POST,
    "centre_url": "/preview/centre",
}

BOOKING_SCREENS: dict[str, Screen] = {
    "book": Screen(
        "booking/start.html",
        {
            **START,
            "said": "ended",
            "rows": [
                {**ROW, "state": "booked"},
                {**ROW, "state": "booked", "past": True},
                {**ROW, "state": "pre_submitted"},
                {**ROW, "state": "pre_draft", "kind": "child"},
            ],
        },
    ),
    "book-first": Screen("booking/start.html", START),
    "book-guest": Screen("booking/start.html", {**START, "signed_in": False}),
    "book-most": Screen("booking/start.html", {**START, "most": True}),
    "book-details": Screen("booking/details.html", DETAILS),
    "book-details-wrong": Screen(
        "booking/details.html",
        {
            **DETAILS,
            "case": CHILD,
            "faults": [
                ("given_names", "missing"), ("birth_date", "format"), ("sex", "missing"), ("guardian_name", "missing"),
            ],
        },
        400,
    ),
    "book-places": Screen(
        "booking/places.html",
        {"case": CASE, "rows": [PLACE, {**PLACE, "name": "Kenema (made up)", "division": "Kenema", "first": None}]},
    ),
    "book-places-none": Screen("booking/places.html", {"case": CASE, "rows": []}),
    "book-times": Screen("booking/times.html", TIMES),
    "book-times-taken": Screen("booking/times.html", {**TIMES, "errors": [("time", "time_taken")]}, 400),
    "book-times-full": Screen("booking/times.html", {**TIMES, "slots": []}),
    "book-kept": Screen("booking/kept.html", KEPT),
    "book-end": Screen("booking/end.html", KEPT),
    "book-over": Screen("booking/refused.html", {"code": "ENR-STATE", "back_url": "/preview/book"}, 409),
    "book-often": Screen("booking/refused.html", {"code": "ENR-GUARD", "back_url": "/preview/book"}, 429),
    "book-nothing": Screen("booking/refused.html", {"code": "ENR-UNKNOWN", "back_url": "/preview/book"}, 404),
    "hours": Screen("managing/hours.html", {**HOURS, "errors": [], "said": "hours"}),
    "hours-wrong": Screen("managing/hours.html", HOURS, 400),
}  # fmt: skip
