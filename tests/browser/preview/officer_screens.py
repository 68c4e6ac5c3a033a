"""The pages of the registration centre in their states, with made-up context."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from enrollment.cases import FACE, FINGERS, BodyException, Kind, Problem, Relation, Section, State, Status, Tick, Why
from enrollment.cases.contents import FLAGS
from enrollment.cases.demographics import RELATIONS
from idp.web.account.qr import qr_code
from tests.browser.preview.screen import Screen

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
AID = "2A3BCD4EFGH5J7"
SHOWN = "2A3B-CD4EFG-H5J7"
POST = "/preview/post"
HERE: dict[str, Any] = {
    "centre": "Bo, Fenton Road (made up)",
    "roles": ["officer", "supervisor"],
    "acr": "nid:3",
    "founding": False,
    "sign_out_action": POST,
}
STAFF = {"here": HERE}
ROW: dict[str, Any] = {
    "aid": AID, "shown": SHOWN, "kind": "new", "state": "capturing", "changed_at": NOW, "due_at": None, "mine": True,
    "flags": 0, "url": "/preview/officer-form",
}  # fmt: skip
CASE = SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.CAPTURING, version=1, due_at=None)
FACTS = [
    ("given_names", "Testa Maria"), ("family_name", "Person"), ("birth_date", "1990-02-28"), ("sex", "F"),
    ("nationality", "Sierra Leone"), ("address_division", "Bo"), ("address_lines", "Made-up Street 1\nBo"),
]  # fmt: skip
EXCEPTIONS = [
    BodyException("left_index", Why.INJURED, permanent=False, recall_on=date(2027, 1, 31)),
    BodyException("left_little", Why.MISSING, permanent=True, granted_by=UUID(int=1)),
]
STATUSES = dict.fromkeys(Section, Status.EMPTY) | {
    Section.CONSENT: Status.OK,
    Section.PERSON: Status.PARTIAL,
    Section.EXCEPTIONS: Status.FLAGGED,
}
CONSENT = SimpleNamespace(how=SimpleNamespace(value="spoken"), given_at=NOW)
DOCUMENT = {"type": "passport", "number": "T 000 001", "issuer": "", "issued_on": "", "expires_on": ""}
FORM: dict[str, Any] = {
    **STAFF,
    "case": CASE,
    "errors": [],
    "said": "",
    "sections": [
        {"name": name.value, "status": status.value, "needed": name is not Section.EXCEPTIONS, "done": status.done}
        for name, status in STATUSES.items()
    ],
    "versions": {section.value: 3 for section in Section},
    "needed": {section.value for section in Section} - {"exceptions"},
    "consent": None,
    "person": {"given_names": "Testa Maria", "family_name": "Person", "birth_date": "1990-02-31", "sex": "F"},
    "faults": {"birth_date": "format"},
    "missing": [("person", ["birth_date", "nationality"]), ("documents", []), ("biometrics", [])],
    "documents": [
        {"slot": "document_1", "number": 1, "values": DOCUMENT, "photographed": False, "begun": True},
        {
            "slot": "document_2",
            "number": 2,
            "values": dict.fromkeys(DOCUMENT, ""),
            "photographed": False,
            "begun": False,
        },
    ],
    "no_documents": False,
    "photographs": True,
    "body": [
        {
            "position": position,
            "standing": "excepted" if position == "left_index" else "captured",
            "quality": 52,
            "level": "enough",
        }
        for position in (FACE, *FINGERS)
    ],
    "looked": {"looked_at_face": True},
    "face_url": "/preview/officer-face",
    "fingers_url": "/preview/officer-fingers",
    "exceptions": [],
    "noted": {"positions": ["left_ring"], "why": "injured", "recall_on": "2026-01-01", "lasting": False},
    "vouches": 0,
    "flags": {},
    "choices": {
        "home": ("Sierra Leone", "SL"),
        "countries": [("Ghana", "GH"), ("Guinea", "GN"), ("Liberia", "LR")],
        "places": ["Bo", "Bombali", "Western Area Urban"],
        "sexes": ("F", "M", "X"),
        "relations": sorted(RELATIONS),
        "vouching": [one.value for one in Relation],
        "types": ["birth_certificate", "passport", "other"],
        "hows": ["signed", "spoken", "guardian"],
        "whys": [one.value for one in Why],
        "flags": sorted(FLAGS),
        "cancel": ["mistake", "other", "withdrawn"],
        "positions": (FACE, *FINGERS),
        "statuses": [status.value for status in Status],
        "problems": [problem.value for problem in Problem],
    },
    "key": "k",
    **dict.fromkeys(
        ("consent_action", "withdraw_action", "flag_action", "exception_action", "cancel_action", "photograph_action"),
        POST,
    ),
    "preview_url": "/preview/officer-preview",
    "sign_url": "/preview/officer-sign",
    "introduce_url": "https://id.example/introduce",
    "today_url": "/preview/officer-today",
    "find_url": "/preview/officer-find",
}
PREVIEW: dict[str, Any] = {
    "shown": SHOWN, "stage": "ask", "facts": FACTS, "documents": [{"type": "passport", "number": "T 000 001"}],
    "captured": ["face"], "seen": "0", "action": POST, "again_url": "/preview/officer-preview",
    "back_url": "/preview/officer-form", "said": "",
}  # fmt: skip
PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
REVIEW: dict[str, Any] = {
    **STAFF,
    "errors": [],
    "case": SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.IN_REVIEW, version=3),
    "shown": SHOWN,
    "taken": True,
    "photograph": PICTURE,
    "facts": FACTS,
    "changes": [
        SimpleNamespace(field="family_name", before="Person", after="Married"),
        SimpleNamespace(field="sex", before="female", after="unspecified"),
        SimpleNamespace(field="phone", before="", after="+232 00 000 001"),
    ],
    "sections": [],
    "flagged": [("person", "unusual_age"), ("exceptions", "")],
    "documents": [DOCUMENT],
    "papers": [("passport", PICTURE)],
    "fingers": [
        ("right_thumb", PICTURE, 72),
        ("left_index", PICTURE, None),
    ],
    "no_documents": False,
    "captured": 9,
    "exceptions": EXCEPTIONS,
    "vouches": 0,
    "consent": CONSENT,
    "ticks": [tick.value for tick in Tick],
    "reasons": {"return": ["details", "documents", "photo"], "reject": ["evidence", "fraud"]},
    "key": "k",
    "take_action": POST,
    "action": POST,
    "back_url": "/preview/officer-review",
}
STANDS: dict[str, Any] = {
    **STAFF,
    "shown": SHOWN,
    "steps": [
        {"event": "open", "after": "capturing", "reason": None, "at": NOW},
        {"event": "sign", "after": "signed", "reason": None, "at": NOW},
        {"event": "send_back", "after": "returned", "reason": "photo", "at": NOW},
    ],
    "case": SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.RETURNED, version=4, due_at=None),
    "exceptions": EXCEPTIONS,
    "can": {"resume", "cancel"},
    "reasons": ["mistake", "withdrawn"],
    "appeal_reasons": ["disagrees", "documents"],
    "appeal_action": POST,
    "said": "",
    "key": "k",
    "begin_action": POST,
    "cancel_action": POST,
    "receipt_url": "/preview/officer-receipt",
    "review_url": "/preview/officer-review",
    "today_url": "/preview/officer-today",
}
TODAY: dict[str, Any] = {
    **STAFF,
    "lists": [("returned", [ROW]), ("capturing", [ROW, {**ROW, "mine": False}]), ("recapture", []), ("signed", [])],
    "kinds": ["new", "child", "update"],
    "officer": True,
    "errors": [("number", "nin_unknown")],
    "kind": "update",
    "key": "k",
    "now": NOW,
    "said": "",
    "open_action": POST,
    "find_url": "/preview/officer-find",
}
NOTHING = {"number": "", "name": "", "year": ""}
FIND: dict[str, Any] = {
    **STAFF, "typed": NOTHING, "errors": [], "hits": [], "searched": False, "action": "/preview/officer-find",
    "today_url": "/preview/officer-today",
}  # fmt: skip
HIT = {"shown": SHOWN, "name": "Testa Person", "born": "1990", "state": "capturing", "url": "/preview/officer-form"}
SIGN: dict[str, Any] = {
    **STAFF, "shown": SHOWN, "facts": FACTS, "flagged": ["exceptions"], "exceptions": 2, "version": 1, "key": "k",
    "action": POST, "back_url": "/preview/officer-form",
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    **STAFF, "shown": SHOWN, "picture": qr_code(AID), "facts": FACTS[:3], "kind": "new", "place": "Bo, Fenton Road",
    "printed_at": NOW, "back_url": "/preview/officer-form", "today_url": "/preview/officer-today",
}  # fmt: skip
INTRODUCE: dict[str, Any] = {
    "typed": "", "relation": "", "relations": [one.value for one in Relation], "used": 3, "errors": [], "said": "",
    "action": POST,
}  # fmt: skip
REFUSED = {"about": "", "back_url": "/preview/officer-form", "today_url": "/preview/officer-today", "reference": "4f8a"}

WRONG = [("position-face", "position_missing"), ("recall_on", "exception_recall_on")]
FAULTY = {**FORM, "exceptions": EXCEPTIONS, "vouches": 1, "errors": WRONG}

OFFICER_SCREENS: dict[str, Screen] = {
    "officer-today": Screen("officer/today.html", TODAY, 400),
    "officer-find-wrong": Screen(
        "officer/find.html", {**FIND, "hits": [HIT], "errors": [("number", "number_wrong")]}, 400
    ),
    "officer-form": Screen("officer/form.html", FAULTY, 400),
    "officer-preview": Screen("officer/preview.html", PREVIEW),
    "officer-sign": Screen("officer/sign.html", SIGN),
    "officer-receipt": Screen("officer/receipt.html", RECEIPT),
    "officer-returned": Screen("officer/case.html", STANDS),
    "officer-review": Screen(
        "officer/review.html",
        {
            **STAFF,
            "waiting": [{**ROW, "flags": 2, "chosen": ""}, {**ROW, "mine": False, "chosen": f"{AID}.2.signed"}],
            "asking": [ROW],
            "said": "together",
            "counts": [3, 1],
            "key": "k",
            "together_action": POST,
        },
    ),
    "officer-rejected": Screen(
        "officer/case.html",
        {
            **STANDS,
            "case": SimpleNamespace(aid=AID, kind=Kind.NEW, state=State.REJECTED_CENTRE, version=4, due_at=None),
            "can": {"appeal"},
        },
    ),
    "officer-review-case": Screen(
        "officer/review_case.html", {**REVIEW, "errors": [("return_reason", "reason_missing")]}, 400
    ),
    "officer-review-again": Screen("officer/review_case.html", {**REVIEW, "here": {**HERE, "nothing_done": True}}),
    "introduce": Screen(
        "officer/introduce.html",
        {**INTRODUCE, "typed": "123", "errors": [("number", "number_wrong"), ("known", "known_missing")]},
        400,
    ),
    "officer-shut": Screen(
        "officer/shut.html", {"why": "passkey", "again_url": "/preview/password", "reference": "4f"}, 403
    ),
    "officer-refused": Screen("officer/refused.html", {**REFUSED, "code": "ENR-FOUREYES"}, 409),
}
