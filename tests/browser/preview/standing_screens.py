"""Suspended and erased records, and what people see of their own, in their states."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from enrollment.standing import Reason, Return
from tests.browser.preview.officer_screens import NOW, POST, STAFF
from tests.browser.preview.screen import Screen

__all__ = ["STANDING_SCREENS"]

REGISTRAR = {"here": {**STAFF["here"], "centre": None, "roles": ["registrar"]}}
LATER = datetime(2027, 2, 18, tzinfo=UTC)
BACK = "/preview/records"
REASONS = [one.value for one in Reason]
WHYS = [one.value for one in Return if one is not Return.APPEAL_GRANTED]
SAID = SimpleNamespace(
    words="It was my sister.\nShe asked me before, and I agreed.", made_at=NOW, decision=None, decided_at=None
)
LIST: dict[str, Any] = {
    **REGISTRAR, "suspended": [], "erasures": [], "said": None, "suspend_url": "/preview/records-suspend",
    "erase_url": "/preview/records-erase",
}  # fmt: skip
SUSPEND: dict[str, Any] = {
    **REGISTRAR, "number": "", "reason": "", "reasons": REASONS, "errors": [], "known": None, "action": POST,
    "back_url": BACK, "form_url": "/preview/records-suspend",
}  # fmt: skip
ONE: dict[str, Any] = {
    **REGISTRAR, "reference": "EW8R-YP8P", "reason": "suspected_misuse", "since": NOW, "stage": "appealed",
    "ended_at": None, "return_why": None, "return_at": None, "asked_by_me": False, "may_take_back": True,
    "may_approve": True, "may_decide": True, "appeals": [SAID], "whys": WHYS, "action": POST, "letter_action": POST,
    "back_url": BACK,
}  # fmt: skip
APPEAL: dict[str, Any] = {
    "action": POST, "reference": "", "letter_code": "", "words": "", "most": 2000, "held": None, "done": False,
    "errors": [], "track_url": "/preview/track",
}  # fmt: skip
HELD = {"reason": "suspected_misuse", "since": NOW, "ended": None, "waits": False, "kept": None, "again": None}
BODY: dict[str, Any] = {
    "registered": True, "kept": ["face", "right_index", "left_thumb"], "waiting": None, "stop_action": None,
    "proofs": [], "locks_url": "/preview/biometrics", "record_url": "/preview/own-record", "action": POST,
    "errors": [], "done": None,
}  # fmt: skip
DETAILS = {"given_names": "Testa Maria", "family_name": "Person-of-the-Northern-Province", "birth_date": "1990-02-28"}
RECORD: dict[str, Any] = {
    "status": "active", "level": 3, "national_number": "376 5531 1906",
    "versions": [
        {
            "number": 2, "from": NOW, "until": None, "application": "AAAA-BBBB-CCCC-DD", "details": DETAILS,
            "changed": [("family_name", "Person", "Person-of-the-Northern-Province"), ("phone", "", "+232 00 000 001")],
        },
        {"number": 1, "from": NOW, "until": NOW, "application": None, "details": DETAILS, "changed": []},
    ],
    "applications": [
        {"application": "AAAA-BBBB-CCCC-DD", "kind": "update", "state": "bound", "opened": NOW, "changed": NOW}
    ],
    "suspensions": [
        {"reason": "legal_order", "since": NOW, "until": LATER, "given_back_because": "order_lifted"},
    ],
    "erasures": [{"scope": "body", "asked": NOW, "due": LATER, "outcome": None}],
    "events": [{"kind": "merge", "ground": "found_twice", "state": "undone", "at": NOW}],
}  # fmt: skip
OWN: dict[str, Any] = {
    "record": RECORD, "details_url": POST, "history_url": POST, "body_url": POST, "aliases_url": POST,
    "data_url": POST, "track_url": POST,
}  # fmt: skip
ALIASES: dict[str, Any] = {
    "registered": True, "kind": "once", "days": "900", "most": 10, "most_days": 90, "done": None, "action": POST,
    "errors": [("days", "alias_days"), ("kind", "alias_kind")], "record_url": "/preview/own-record",
    "held": [
        {"number": "6954 8465 7868 4693", "kind": "temporary", "made": NOW, "until": LATER, "back_action": POST},
        {"number": "2954 8465 7868 4693", "kind": "perpetual", "made": NOW, "until": None, "back_action": POST},
    ],
}  # fmt: skip

STANDING_SCREENS: dict[str, Screen] = {
    "records": Screen(
        "records/list.html",
        {
            **LIST,
            "suspended": [
                {"reference": "EW8RYP8P", "reason": reason, "since": NOW, "stage": stage, "mine": mine, "url": POST}
                for reason, stage, mine in zip(
                    REASONS, ("return_asked", "return_asked", "appealed", "in_force"), (True, False, False, False),
                    strict=True,
                )
            ],
            "erasures": [
                {"ground": "court_order", "asked_at": NOW, "due_at": due, "mine": False, "url": POST}
                for due in (None, LATER)
            ],
            "said": "granted",
        },
    ),
    "records-suspend": Screen(
        "records/suspend.html",
        {**SUSPEND, "errors": [("number", "nin_check"), ("reason", "reason_missing")], "number": "123"},
    ),
    "records-erase": Screen(
        "records/erase.html",
        {
            **SUSPEND, "number": "376 5531 1906", "ground": "court_order", "grounds": ["court_order"],
            "known": {"initials": "T. B. S.", "born": "1990"},
        },
    ),
    "records-erasure": Screen(
        "records/erasure.html",
        {
            **REGISTRAR, "ground": "court_order", "asked_at": NOW, "due_at": None, "ended_at": None, "outcome": None,
            "agreed": False, "mine": False, "proof_url": None, "action": POST, "back_url": BACK,
        },
    ),
    "records-suspension": Screen("records/suspension.html", ONE),
    "records-suspension-granted": Screen(
        "records/suspension.html",
        {
            **ONE, "stage": "return_asked", "return_why": "appeal_granted", "return_at": NOW, "asked_by_me": True,
            "may_take_back": False,
            "appeals": [
                SimpleNamespace(words="It was my sister.", made_at=NOW, decision=decision, decided_at=NOW)
                for decision in ("kept", "granted")
            ],
        },
    ),
    "records-suspension-own": Screen(
        "records/suspension.html",
        {
            **ONE, "stage": "return_asked", "return_why": "appeal_granted", "return_at": NOW, "may_approve": False,
            "may_decide": False, "appeals": [],
        },
    ),
    "records-letter": Screen(
        "records/letter.html",
        {
            **REGISTRAR, "reference": "EW8R-YP8P", "code": "XR7H-FTKM-2Y5K", "reason": "disputed_identity",
            "since": NOW, "address": "https://id.example/appeal", "picture": "", "printed_at": NOW, "back_url": BACK,
        },
    ),
    "appeal-reason": Screen(
        "citizen/appeal.html",
        {
            **APPEAL,
            "held": HELD,
            "errors": [("words", "appeal_words")],
        },
    ),
    "appeal-kept": Screen(
        "citizen/appeal.html",
        {
            **APPEAL,
            "held": {**HELD, "kept": NOW, "again": LATER},
        },
    ),
    "own-record": Screen("citizen/record.html", OWN),
    "own-aliases": Screen("citizen/aliases.html", ALIASES),
    "own-body": Screen("citizen/body.html", {**BODY, "errors": [("sure-erase", "body_sure")]}),
    "erasure-proof": Screen(
        "citizen/proof.html",
        {
            "scope": "record", "at": NOW, "keys": 4, "objects": 61, "digest": "d50f7b04852680b0" * 4,
            "statement": "eyJhbGciOiJFZERTQSJ9." + "A" * 300, "file_url": POST,
            "jwks_url": "https://id.example/oauth/jwks",
        },
    ),
}  # fmt: skip
