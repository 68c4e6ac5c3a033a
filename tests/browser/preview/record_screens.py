"""The account pages in which people run their own record, in their states, with made-up context."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from tests.browser.preview.screen import Screen

__all__ = ["RECORD_SCREENS"]

THEN = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
POST = "/preview/post"
SERVICES: list[dict[str, Any]] = [
    {
        "name": "Tax filing",
        "logo_url": None,
        "home_url": "https://tax.example/",
        "fields": ["given_name", "family_name", "birthdate", "email"],
        "withheld": ["address"],
        "purpose": "To file your yearly tax return in your name.",
        "granted_at": THEN,
        "expires_at": LATER,
        "used_at": LATER,
        "long_access": True,
        "withdraw_url": "/account/services/0197/withdraw",
    },
    {
        "name": "Clinic appointments",
        "logo_url": None,
        "home_url": "https://clinic.example/",
        "fields": [],
        "withheld": [],
        "purpose": None,
        "granted_at": THEN,
        "expires_at": None,
        "used_at": None,
        "long_access": False,
        "withdraw_url": "/account/services/0198/withdraw",
    },
]


def _origin(source: str) -> SimpleNamespace:
    return SimpleNamespace(source=SimpleNamespace(value=source), since=THEN)


def _row(claim: str, value: Any, **more: Any) -> dict[str, Any]:
    plain = {"origin": _origin("opening"), "verified": None, "contact": None, "correctable": True}
    return {"claim": claim, "value": value, **plain, **more}


def _correction(state: str, **more: Any) -> dict[str, Any]:
    return {
        "claim": "birthdate",
        "state": state,
        "created_at": THEN,
        "decided_at": LATER,
        "why": None,
        "before": date(1990, 4, 27),
        "after": date(1991, 4, 27),
        "reason": "My birth certificate says 1991.\nI can bring it.",
        "withdraw_action": None,
        **more,
    }


def _entry(event: str, kind: str, **more: Any) -> dict[str, Any]:
    plain = {"id": "1", "at": THEN, "service": None, "purpose": None, "actor": None, "body": {}, "fields": []}
    return {**plain, "event": event, "kind": kind, "concern_url": "/account/history/1/concern", **more}


ENTRIES = [
    _entry("userinfo.released", "read", service="Tax filing", purpose="To file your return.", fields=["name", "email"]),
    _entry("record.read", "read", actor="operator", body={"purpose": "concern"}),
    _entry("session.started", "signin", body={"renewed": False}),
    _entry("signin.failed", "signin", body={"factor": "password"}),
    _entry("contact.changed", "change", body={"channel": "email", "removed": False}),
    _entry("session.ended", "signin", body={"reason": "idle"}),
]
DETAILS = {
    "rows": [
        _row("name", "Aminata Example"),
        _row("birthdate", date(1990, 4, 27), origin=_origin("registry")),
        _row("email", "a-rather-long-name.of-somebody@mail-provider.example.test", verified=True, contact="email"),
        _row("phone_number", "+23276000001", verified=False, contact="phone", origin=_origin("person")),
        _row("address", ["12 Made-up Street", "Freetown"]),
    ],
    "missing": [],
    "addable": ["middle_name", "gender"],
    "corrections": [],
    "said": "",
}
PLACE = {"browser": "Firefox", "system": "Android", "since": THEN, "seen_at": LATER, "here": True, "end_action": POST}
DEVICE = {
    "browser": "Chrome",
    "system": "Windows",
    "since": THEN,
    "seen_at": LATER,
    "here": True,
    "forget_action": POST,
}
DEVICES = {
    "places": [PLACE, {**PLACE, "here": False, "browser": None, "system": None}],
    "devices": [DEVICE, {**DEVICE, "here": False}],
    "others": True,
    "others_action": POST,
    "all_action": POST,
    "said": "",
}
HISTORY = {
    "entries": ENTRIES,
    "kinds": ["signin", "change", "service", "read"],
    "months": [date(2026, 5, 1), date(2026, 4, 1)],
    "chosen": {"kind": "signin", "month": "2026-05"},
    "older_url": "/account/history?behind=1",
    "newest_url": "/account/history",
    "action": "/account/history",
}
CONTACT: dict[str, Any] = {"kind": "email", "recorded": "aminata@example.test", "unproven": False, "typed": "",
    "errors": [], "wait": None, "action": POST, "remove_action": POST, "stay_url": "/account/details"}  # fmt: skip
CODE: dict[str, Any] = {"kind": "email", "address": "new@example.test", "errors": [], "wait": None, "action": POST,
    "again_action": POST, "other_url": "/account/details/contact/email", "stay_url": "/account/details"}  # fmt: skip
CORRECT: dict[str, Any] = {"claim": "birthdate", "recorded": date(1990, 4, 27), "typed": {}, "errors": [],
    "action": POST, "stay_url": "/account/details"}  # fmt: skip
COPY: dict[str, Any] = {"making": False, "may_ask": False, "errors": [], "ask_action": POST, "document_action": POST,
    "print_action": POST, "again_url": "/account/data"}  # fmt: skip


def _copy(state: str, progress: int = 100) -> SimpleNamespace:
    return SimpleNamespace(state=state, progress=progress, ready_at=THEN, expires_at=LATER, next_at=LATER)


def _report(answer: str | None) -> dict[str, Any]:
    concern = SimpleNamespace(
        words="I was not there.\nIt was not me.", answer=answer, created_at=THEN, answered_at=LATER
    )
    return {"concern": concern, "entry": ENTRIES[2]}


RECORD_SCREENS: dict[str, Screen] = {
    "services": Screen("account/services.html", {"services": SERVICES}),
    "services-withdrawn": Screen(
        "account/services.html", {"services": SERVICES[1:], "banner": ("withdrawn", "Tax filing")}
    ),
    "services-empty": Screen(
        "account/services.html",
        {"services": [], "demo_services": [{"name": "Tax filing", "url": "https://tax.example/"}]},
    ),
    "details": Screen("account/details.html", DETAILS),
    "details-corrections": Screen(
        "account/details.html",
        {
            **DETAILS,
            "said": "proposed",
            "missing": ["phone"],
            "corrections": [
                _correction("open", withdraw_action=POST),
                _correction("rejected", why="no_proof"),
                _correction("accepted", why="document_seen", before=None),
                _correction("withdrawn"),
            ],
        },
    ),
    "details-contact-proven": Screen("account/details.html", {**DETAILS, "said": "proven"}),
    "details-contact-changed": Screen("account/details.html", {**DETAILS, "said": "contact"}),
    "correct": Screen("account/correct.html", CORRECT),
    "correct-address": Screen("account/correct.html", {**CORRECT, "claim": "address", "recorded": ["1 Street", "Bo"]}),
    "correct-name": Screen("account/correct.html", {**CORRECT, "claim": "family_name", "recorded": None}),
    "correct-wrong": Screen(
        "account/correct.html",
        {**CORRECT, "typed": {"value": "1990-13-40", "reason": "So"}, "errors": [("value", "correction.value")]},
        400,
    ),
    "correct-no-reason": Screen("account/correct.html", {**CORRECT, "errors": [("reason", "correction.reason")]}, 400),
    "contact": Screen("account/contact.html", CONTACT),
    "contact-unproven": Screen(
        "account/contact.html", {**CONTACT, "kind": "phone", "recorded": "+23276000001", "unproven": True}
    ),
    "contact-phone": Screen(
        "account/contact.html", {**CONTACT, "kind": "phone", "recorded": None, "remove_action": None}
    ),
    "contact-wrong": Screen(
        "account/contact.html", {**CONTACT, "typed": "a@b", "errors": [("value", "contact.invalid")]}, 400
    ),
    "contact-wait": Screen("account/contact.html", {**CONTACT, "errors": [("", "contact_wait")], "wait": 180}, 400),
    "contact-code": Screen("account/contact_code.html", CODE),
    "contact-code-wrong": Screen(
        "account/contact_code.html", {**CODE, "kind": "phone", "errors": [("code", "message_code.wrong")]}, 400
    ),
    "reading": Screen(
        "account/reading.html",
        {
            "sizes": ["normal", "large", "larger"],
            "size": "large",
            "languages": [{"tag": "en", "name": "English"}, {"tag": "kri", "name": "Krio"}],
            "spoken": "en",
            "saved": True,
        },
    ),
    "devices": Screen("account/devices.html", DEVICES),
    "devices-forgotten": Screen(
        "account/devices.html", {**DEVICES, "places": [PLACE], "devices": [], "others": False, "said": "forgotten"}
    ),
    "history": Screen("account/history.html", HISTORY),
    "history-empty": Screen(
        "account/history.html",
        {**HISTORY, "entries": [], "older_url": None, "newest_url": None, "chosen": {"kind": None, "month": None}},
    ),
    "concern": Screen(
        "account/concern.html",
        {
            "entry": ENTRIES[3],
            "typed": "",
            "longest": 2000,
            "errors": [],
            "action": POST,
            "stay_url": "/account/history",
        },
    ),
    "concern-empty": Screen(
        "account/concern.html",
        {"entry": ENTRIES[0], "longest": 2000, "errors": [("words", "concern.text")], "action": POST, "stay_url": "/x"},
        400,
    ),
    "concerns": Screen(
        "account/concerns.html",
        {
            "reports": [_report(None), _report("We looked into it.")],
            "said": "reported",
            "history_url": "/account/history",
        },
    ),
    "concerns-none": Screen("account/concerns.html", {"reports": [], "history_url": "/account/history"}),
    "data": Screen("account/data.html", {**COPY, "copy": None, "may_ask": True}),
    "data-confirmed": Screen("account/data.html", {**COPY, "copy": None, "may_ask": True, "confirmed": True}),
    "data-held": Screen("account/data.html", {**COPY, "copy": None, "may_ask": True, "changes_held": lambda: LATER}),
    "data-making": Screen("account/data.html", {**COPY, "copy": _copy("working", 40), "making": True}),
    "data-ready": Screen("account/data.html", {**COPY, "copy": _copy("ready")}),
    "data-failed": Screen("account/data.html", {**COPY, "copy": _copy("failed"), "may_ask": True}),
    "data-wait": Screen("account/data.html", {**COPY, "copy": _copy("ready"), "errors": [("", "export.wait")]}, 400),
    "close": Screen("account/close.html", {"errors": [], "action": POST, "stay_url": "/account"}),
    "close-unsure": Screen(
        "account/close.html",
        {"errors": [("sure-close", "closing_unsure")], "action": POST, "stay_url": "/account"},
        400,
    ),
    "closing-begun": Screen("account/closing_begun.html", {"keep_url": "/account"}),
}
