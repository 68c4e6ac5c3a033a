"""The registrars' pages of deaths and merges, and what is asked beside the form, in their states."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from enrollment.cases import Event, Kind, State
from enrollment.cases.reasons import REASONS
from enrollment.life_events import Kind as Happening
from enrollment.life_events.events import GROUNDS
from enrollment.life_events.told import FIELDS
from enrollment.register import Status
from tests.browser.preview.officer_screens import AID, NOW, POST, SHOWN, STAFF
from tests.browser.preview.record_screens import HISTORY
from tests.browser.preview.screen import Screen

__all__ = ["LIFE_SCREENS"]

REGISTRAR = {"here": {**STAFF["here"], "centre": None, "roles": ["registrar"]}}
LATER = datetime(2027, 2, 18, tzinfo=UTC)
FACTS = (
    ("given_names", "Testa Maria"), ("family_name", "Person-of-the-Northern-Province"), ("birth_date", "1990-02-28"),
    ("sex", "female"), ("nationality", "Sierra Leone"), ("birthplace", "Bo"),
)  # fmt: skip
RECORD = SimpleNamespace(status=Status.ACTIVE, number="••••••••123", facts=FACTS, versions=2, since=NOW)
OTHER = SimpleNamespace(status=Status.ACTIVE, number="••••••••987", facts=FACTS[:4], versions=1, since=NOW)
DEAD = SimpleNamespace(status=Status.DECEASED, number="••••••••123", facts=FACTS, versions=2, since=NOW)
EVENT: dict[str, Any] = {
    "kind": "merge", "state": "asked", "ground": "found_twice", "at": NOW, "undo_until": None, "mine": False,
    "url": "/preview/life-event",
}  # fmt: skip
DEATH: dict[str, Any] = {**EVENT, "kind": "death", "state": "done", "ground": "civil_register", "undo_until": LATER}
HOME: dict[str, Any] = {**REGISTRAR, "errors": [], "waiting": [], "reports": [], "said": "", "action": POST}
ONE: dict[str, Any] = {
    **REGISTRAR, "record": RECORD, "number": "22000000001", "errors": [], "events": [], "can": set(), "splits": [],
    "grounds": {kind.value: [one.value for one in given] for kind, given in GROUNDS.items()}, "key": "k",
    "back_url": "/preview/life-home",
}  # fmt: skip
ASKED: dict[str, Any] = {
    **REGISTRAR, "event": EVENT, "records": [RECORD, OTHER], "decides": True, "withdraws": False, "said": "",
    "action": POST, "withdraw_action": POST, "back_url": "/preview/life-home",
}  # fmt: skip
REPORT: dict[str, Any] = {
    **REGISTRAR, "errors": [], "shown": SHOWN, "record": RECORD, "paper": {}, "pictured": False,
    "case": SimpleNamespace(aid=AID, kind=Kind.DEATH, state=State.CAPTURING, version=1),
    "papers": ["death_certificate", "court_order"], "can": {"sign", "cancel"}, "writes": True, "undo_until": None,
    "reasons": {
        one.value: sorted(REASONS[one]) for one in (Event.SEND_BACK, Event.REJECT, Event.APPEAL, Event.CANCEL)
    },
    "said": "", "key": "k", "address": POST, "back_url": "/preview/life-home",
}  # fmt: skip
PAPER = {"type": "death_certificate", "number": "CR 12/2030", "issued_on": "2026-11-18"}
REVIEWED = SimpleNamespace(aid=AID, kind=Kind.DEATH, state=State.IN_REVIEW, version=3)
REFUSED = (
    ("ENR-OWN", ""),
    ("ENR-FOUREYES", "asked"),
    ("ENR-EXPIRED", "undo"),
    ("ENR-STATE", "asker"),
    ("ENR-GUARD", "erasure"),
)
BESIDE: dict[str, Any] = {**STAFF, "errors": [], "shown": SHOWN, "action": POST, "back_url": "/preview/officer-form"}

REGISTRAR_ID = "0190f000-0000-7000-8000-000000000001"
# What somebody sees of everything that can happen to a record: (event, actor, body).
HAPPENED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("record.read", REGISTRAR_ID, {"purpose": "life_event"}),
    ("life.asked", REGISTRAR_ID, {"kind": "merge", "ground": "found_twice"}),
    ("life.done", REGISTRAR_ID, {"kind": "merge", "ground": "found_twice"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "active", "to": "merged", "reason": "found_twice"}),
    ("life.done", REGISTRAR_ID, {"kind": "death", "ground": "civil_register"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "active", "to": "deceased", "reason": "civil_register"}),
    ("subscriber.state_changed", REGISTRAR_ID, {"from": "active", "to": "deceased", "reason": "death_reported"}),
    ("erasure.stopped", REGISTRAR_ID, {"scope": "body", "ground": "consent_withdrawn", "outcome": "void"}),
    ("life.declined", REGISTRAR_ID, {"kind": "death_undone", "ground": "court_order"}),
    ("life.done", REGISTRAR_ID, {"kind": "death_undone", "ground": "person_came"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "deceased", "to": "suspended", "reason": "person_came"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "suspended", "to": "active", "reason": "settled"}),
    ("subscriber.state_changed", REGISTRAR_ID, {"from": "suspended", "to": "active", "reason": "matter_settled"}),
    ("life.done", REGISTRAR_ID, {"kind": "split", "ground": "two_people"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "merged", "to": "active", "reason": "two_people"}),
    ("person.suspended", REGISTRAR_ID, {"reason": "disputed_identity"}),
    ("person.return_decided", REGISTRAR_ID, {"approved": True, "why": "in_error"}),
    ("erasure.stopped", REGISTRAR_ID, {"scope": "record", "ground": "court_order", "outcome": "void"}),
    ("person.status_changed", REGISTRAR_ID, {"from": "active", "to": "erased", "reason": "court_order"}),
)
LIVED: list[dict[str, Any]] = [
    {
        "id": "1", "at": NOW, "service": None, "purpose": None, "actor": actor, "body": body, "fields": [],
        "event": event, "kind": "read" if event == "record.read" else "change",
        "concern_url": "/account/history/1/concern",
    }
    for event, actor, body in HAPPENED
]  # fmt: skip

LIFE_SCREENS: dict[str, Screen] = {
    "life-home": Screen("registrar/home.html", HOME),
    "life-home-full": Screen(
        "registrar/home.html",
        {
            **HOME,
            "errors": [("number", "nin_unknown")],
            "waiting": [EVENT, {**EVENT, "mine": True, "kind": "death_undone", "ground": "person_came"}],
            "reports": [{"shown": SHOWN, "state": "in_review", "since": NOW, "url": "/preview/life-report"}],
        },
        400,
    ),
    "life-record": Screen(
        "registrar/record.html",
        {**ONE, "events": [DEATH], "can": {"death", "merge", "split"}, "splits": [("e", OTHER)]},
    ),
    "life-record-dead": Screen(
        "registrar/record.html", {**ONE, "record": DEAD, "events": [DEATH], "can": {Happening.DEATH_UNDONE.value}}
    ),
    "life-record-wrong": Screen(
        "registrar/record.html", {**ONE, "errors": [("other", "same_record")], "can": {"merge"}}, 400
    ),
    "life-compare": Screen(
        "registrar/compare.html",
        {
            **REGISTRAR,
            "records": [RECORD, OTHER],
            "number": "22000000001",
            "other": "22000000002",
            "ground": "found_twice",
            "action": POST,
            "back_url": "/preview/life-home",
        },
    ),
    "life-event": Screen("registrar/event.html", ASKED),
    "life-event-mine": Screen("registrar/event.html", {**ASKED, "decides": False, "withdraws": True, "said": "asked"}),
    "life-event-done": Screen(
        "registrar/event.html", {**ASKED, "event": DEATH, "records": [DEAD], "decides": False, "said": "done"}
    ),
    "life-report": Screen("registrar/report.html", REPORT),
    "life-report-wrong": Screen(
        "registrar/report.html", {**REPORT, "errors": [("reference", "missing"), ("picture", "other_file")]}, 400
    ),
    "life-report-review": Screen(
        "registrar/report.html",
        {
            **REPORT,
            "paper": PAPER,
            "pictured": True,
            "writes": False,
            "case": REVIEWED,
            "can": {"approve", "send_back", "reject"},
            "said": "take_up",
        },
    ),
    **{
        f"life-refused-{code.lower()}": Screen(
            "registrar/refused.html",
            {"code": code, "about": about, "back_url": "/x", "today_url": "/y", "reference": "4f8a-91c2"},
            409,
        )
        for code, about in REFUSED
    },
    "history-lives": Screen("account/history.html", {**HISTORY, "entries": LIVED}),
    "officer-told": Screen("officer/told.html", {**BESIDE, "fields": FIELDS, "field": "name"}),
    "officer-told-wrong": Screen(
        "officer/told.html", {**BESIDE, "fields": FIELDS, "field": "name", "errors": [("text", "fact_missing")]}, 400
    ),
    "officer-guardian": Screen("officer/guardian.html", BESIDE),
    "officer-guardian-wrong": Screen(
        "officer/guardian.html", {**BESIDE, "errors": [("number", "guardian_unfit")]}, 400
    ),
}
"""The pages of deaths, merges, lost numbers and guardians."""
