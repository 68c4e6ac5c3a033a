"""The pages of those who keep the registration centres, and of appeals, in their states."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from enrollment.capture.figures import Captured
from enrollment.cases import Kind, State
from enrollment.cases.figures import OfficerFigures
from enrollment.centres import Centre, CentreStatus, Days, RevokedFor, Role
from tests.browser.preview.officer_screens import AID, HERE, NOW, POST, SHOWN, STAFF
from tests.browser.preview.screen import Screen

KEEPER = {"here": {**HERE, "centre": None, "roles": ["admin"]}}
REGISTRAR = {"here": {**HERE, "centre": None, "roles": ["registrar"]}}
LONG = "aminata.kamara-of-the-northern-province"
ROLES = [role.value for role in Role]
DAY = date(2026, 11, 20)
CENTRE = Centre(UUID(int=1), "BOFEN", "Bo, Fenton Road (made up)", "SL-S-BO", CentreStatus.OPEN)
STATION: dict[str, Any] = {
    "id": UUID(int=2), "code": "B7KQ", "name": "Desk by the window", "key": "A" * 43, "packets": 1204, "active": True,
    "revoked_for": None, "revoked_at": None,
}  # fmt: skip
STOLEN = {**STATION, "code": "C2MM", "active": False, "revoked_for": "stolen", "revoked_at": NOW}
POSTED = {"id": UUID(int=3), "person": LONG, "first": DAY, "last": DAY, "station": "B7KQ"}
ONE_CENTRE: dict[str, Any] = {
    **KEEPER, "centre": CENTRE, "division": "Bo", "stations": [STATION, STOLEN], "posted": [POSTED], "day": DAY,
    "errors": [], "typed": {"first": "2026-11-20", "last": "2026-11-20"}, "admin": True, "posts": True, "said": "added",
    "address": POST, "centres_url": "/preview/centres",
}  # fmt: skip
CENTRES: dict[str, Any] = {
    **KEEPER,
    "centres": [
        {"code": "BOFEN", "name": CENTRE.name, "division": "Bo", "open": True, "url": "/preview/centre"},
        {"code": "KENEMA1", "name": "Kenema (made up)", "division": "Kenema", "open": False, "url": "/preview/centre"},
    ],
    "divisions": [("SL-S-BO", "Bo"), ("SL-E-KE", "Kenema")],
    "errors": [("code", "code_taken"), ("division", "division_wrong")],
    "typed": {"code": "BOFEN", "name": "Another"},
    "admin": True,
    "action": POST,
}
REQUEST: dict[str, Any] = {
    "action": POST, "person": LONG, "role": "supervisor", "until": NOW, "asked_by": "musa", "asked_at": NOW,
    "expires_at": NOW, "mine": False, "for_me": False,
}  # fmt: skip
REQUESTS: dict[str, Any] = {
    **KEEPER,
    "waiting": [REQUEST, {**REQUEST, "mine": True}, {**REQUEST, "for_me": True}],
    "roles": ROLES,
    "role": "admin",
    "holders": [{"person": LONG, "since": NOW, "until": NOW, "founding": True, "url": "/preview/person"}],
    "errors": [("person", "account_unknown")],
    "typed": "nobody",
    "said": "",
    "find_action": POST,
    "address": POST,
}
PERSON: dict[str, Any] = {
    **KEEPER, "person": LONG, "held": [("officer", NOW, None, False), ("introducer", NOW, NOW, False)],
    "postings": [("Bo, Fenton Road", Days(DAY, DAY))], "roles": ROLES, "asks": True,
    "errors": [("role", "role_clash"), ("until", "until_past")], "typed": {"role": "auditor", "until": "2020-01-01"},
    "said": "", "ask_action": POST, "end_action": POST, "every": "every", "back_url": "/preview/roles",
}  # fmt: skip
OFFER = {"giver": "Testa Person", "taker": "Musa Person", "station": "B7KQ", "expires_at": NOW, "action": POST}
HANDING: dict[str, Any] = {
    **STAFF, "waiting": [OFFER], "offered": [OFFER], "givers": [(UUID(int=4), "Testa Person")],
    "takers": [(UUID(int=5), "Musa Person")], "own": True, "station": "B7KQ", "me": UUID(int=4),
    "errors": [("taker", "taker_missing")], "said": "", "cases": 0, "action": POST,
}  # fmt: skip
FIGURES: dict[str, Any] = {
    **STAFF,
    "rows": [
        {
            "officer": "Testa Person", "figures": OfficerFigures(UUID(int=4), 41, 38, 2, 1, 5, 7.4), "share": 5,
            "captured": Captured(460, 410, 380, 61.2, 78.0), "at_once": 92,
        },
        {"officer": "", "figures": OfficerFigures(UUID(int=5), 1), "share": None, "captured": None, "at_once": None},
    ],
    "days": 7,
    "spans": [(1, POST), (7, POST), (30, POST)],
    "review_url": "/preview/officer-review",
}  # fmt: skip
APPEAL: dict[str, Any] = {
    **REGISTRAR,
    "case": SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.APPEAL, version=5),
    "shown": SHOWN,
    "steps": [
        {"event": "reject", "after": "rejected_centre", "reason": "evidence", "at": NOW},
        {"event": "appeal", "after": "appeal", "reason": "disagrees", "at": NOW},
    ],
    "can": {"reopen", "cancel"},
    "reasons": {"appeal": ["disagrees", "documents"], "cancel": ["died", "withdrawn"]},
    "key": "k",
    "said": "appeal",
    "back_url": "/preview/appeals",
}
APPEALS: dict[str, Any] = {
    **REGISTRAR, "rows": [{"shown": SHOWN, "kind": "new", "since": NOW, "url": "/preview/appeal"}], "typed": "12",
    "errors": [("number", "number_wrong")], "said": "", "action": "/preview/appeals",
}  # fmt: skip
REVOKING: dict[str, Any] = {
    **KEEPER, "station": STATION, "centre": CENTRE, "reasons": [one.value for one in RevokedFor], "action": POST,
    "back_url": "/preview/centre",
}  # fmt: skip
REFUSED = {"back_url": "/preview/roles", "today_url": "/preview/officer-today", "reference": "4f8a"}

MANAGING_SCREENS: dict[str, Screen] = {
    "centres": Screen("managing/centres.html", CENTRES, 400),
    "centre": Screen("managing/centre.html", ONE_CENTRE),
    "centre-key-wrong": Screen(
        "managing/centre.html", {**ONE_CENTRE, "errors": [("key", "key_wrong"), ("person", "person_unknown")]}, 400
    ),
    "station-revoke": Screen("managing/revoke.html", REVOKING),
    "roles": Screen("managing/roles.html", REQUESTS, 400),
    "person": Screen("managing/person.html", PERSON, 400),
    "hand-over": Screen("managing/hand_over.html", HANDING, 400),
    "figures": Screen("managing/figures.html", FIGURES),
    "managing-refused": Screen(
        "managing/refused.html", {**REFUSED, "code": "ENR-FOUREYES", "about": "own_request"}, 409
    ),
    "appeals": Screen("officer/appeals.html", APPEALS, 400),
    "appeal": Screen("officer/appeal.html", APPEAL),
}
