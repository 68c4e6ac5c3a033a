"""Claiming, tracking and coming back, for citizens and at the counter, with made-up context."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from enrollment.cases.tracking import Stage, Standing
from enrollment.visits import Proof, ProofState, Seen, Way
from enrollment.visits.desk import PAPERS
from idp.web.account.qr import qr_code
from tests.browser.preview.officer_screens import NOW, POST, SHOWN, STAFF
from tests.browser.preview.screen import Screen

__all__ = ["CITIZEN_SCREENS"]

CLAIM: dict[str, Any] = {
    "action": POST,
    "number": "",
    "slip_code": "",
    "track_url": "/preview/track-again",
    "errors": [],
}
WRONG: dict[str, Any] = {**CLAIM, "number": SHOWN, "slip_code": "AAAA-AAAA-AAAA"}
WAYS: dict[str, Any] = {
    "offer": {"action": POST, "options": POST},
    "password_url": "/preview/claim-wrong",
    "errors": [],
}
WORD: dict[str, Any] = {"action": POST, "username": "2a3bcd4efgh5j7", "ways_url": "/preview/claim-ways", "errors": []}
DONE: dict[str, Any] = {
    "way": "password", "number": "758 9371 8837", "username": "2a3bcd4efgh5j7", "application": SHOWN,
    "codes": [f"7KQM-2F9D-XW3{sign}" for sign in "ABCDEFGHJK"], "made_at": NOW, "issuer": "https://id.example",
    "account_url": "/account",
}  # fmt: skip
TRACK: dict[str, Any] = {
    "action": POST,
    "number": "",
    "standing": None,
    "claim_url": "/preview/claim-wrong",
    "errors": [],
}
BACK: dict[str, Any] = {"action": POST, "reference": "", "slip_code": "", "errors": []}
CASE_ID = UUID(int=7)
PROOF = Proof(
    UUID(int=8), CASE_ID, UUID(int=9), UUID(int=10), Way.PAPERS, ("passport", "voter_card"), ProofState.ASKED, NOW,
    datetime(2026, 11, 21, tzinfo=UTC),
)  # fmt: skip
SEEN = Seen(CASE_ID, "APJ2-S7MG", "Testa Madeup", "1990", UUID(int=11), None)
VISIT: dict[str, Any] = {
    **STAFF, "seen": SEEN, "here_proof": False, "papers": sorted(kind.value for kind in PAPERS), "application": SHOWN,
    "action": POST, "code_action": POST, "back_url": "/staff/visits", "errors": [],
}  # fmt: skip
VISITS: dict[str, Any] = {**STAFF, "number": "", "reference": "", "action": POST, "recovery_action": POST, "errors": []}
SLIP: dict[str, Any] = {
    **STAFF, "shown": SHOWN, "name": "Testa Madeup", "born": "1990-02-28", "linked": True, "action": POST,
    "back_url": "/staff/visits", "errors": [],
}  # fmt: skip
PAPER: dict[str, Any] = {
    **STAFF, "name": "Testa Madeup", "code": "8QYT-VAAP-9EC3", "expires_at": NOW + timedelta(days=60),
    "address": "https://id.example/claim", "picture": qr_code("https://id.example/claim"), "back_url": "/staff",
}  # fmt: skip


def _standing(stage: Stage) -> dict[str, Any]:
    until = NOW + timedelta(days=30) if stage is Stage.AGAIN else None
    return {**TRACK, "number": SHOWN, "standing": Standing(stage, NOW, until)}


def _shown(state: ProofState, way: Way = Way.PAPERS) -> SimpleNamespace:
    proof = SimpleNamespace(state=state, way=way, papers=PROOF.papers)
    return SimpleNamespace(reference=SEEN.reference, name=SEEN.name, born="", person_id=None, proof=proof)


CITIZEN_SCREENS: dict[str, Screen] = {
    "claim-wrong": Screen(
        "citizen/claim.html", {**WRONG, "errors": [("number", "slip.wrong"), ("slip_code", "")]}, 400
    ),
    "claim-ways": Screen("citizen/ways.html", WAYS),
    "claim-password-short": Screen("citizen/password.html", {**WORD, "errors": [("password", "password_short")]}, 400),
    "claim-done": Screen("citizen/done.html", DONE),
    **{
        f"claim-link-{standing}": Screen("citizen/link.html", {"standing": standing, "action": POST})
        for standing in ("other", "ready")
    },
    "claim-over": Screen("citizen/over.html", {"why": "slip", "again_url": "/preview/home"}),
    "track-again": Screen("citizen/track.html", _standing(Stage.AGAIN)),
    "visit-back-wrong": Screen(
        "citizen/returning.html",
        {**BACK, "reference": "APJ2-S7MG", "errors": [("reference", "visit.wrong"), ("slip_code", "")]},
        400,
    ),
    "officer-visits-unknown": Screen(
        "officer/visits.html",
        {**VISITS, "reference": "0000-0000", "errors": [("reference", "reference_unknown")]},
        400,
    ),
    "officer-slip": Screen("officer/slip.html", {**SLIP, "errors": [("compared", "compared_missing")]}, 400),
    "officer-slip-printed": Screen(
        "officer/slip_printed.html",
        {**PAPER, "shown": SHOWN, "nin": "478 0355 3749", "linked": False, "printed_at": NOW},
    ),
    "officer-visit-no-match": Screen("officer/visit.html", {**VISIT, "errors": [("way", "counter_missing")]}, 400),
    "officer-visit-proven": Screen(
        "officer/visit.html", {**VISIT, "seen": _shown(ProofState.PROVEN), "here_proof": True}
    ),
    "officer-visit-code": Screen("officer/visit_code.html", {**PAPER, "reference": "APJ2-S7MG"}),
    "officer-visits-waiting": Screen(
        "officer/visits_waiting.html",
        {
            **STAFF,
            "rows": [{"url": "/staff", "made_at": NOW, "papers": PROOF.papers, "way": "papers"}],
            "said": "agree",
        },
    ),
    "officer-visit-review": Screen(
        "officer/visit_review.html",
        {**STAFF, "seen": _shown(ProofState.ASKED), "action": POST, "back_url": "/staff"},
    ),
    "officer-visit-review-compared": Screen(
        "officer/visit_review.html",
        {**STAFF, "seen": _shown(ProofState.ASKED, Way.COMPARED), "action": POST, "back_url": "/staff"},
    ),
}
