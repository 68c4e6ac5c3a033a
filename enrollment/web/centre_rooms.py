"""The rooms behind the pages of administrators and supervisors, over the session of a request; their caller commits."""

from __future__ import annotations

from enrollment.capture.figures import CaptureFigures
from enrollment.cases.figures import Figures
from enrollment.centres import Approvals, HandOvers
from enrollment.centres.permissions import Desk
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.register import Accounts, Identifiers, Register, Seals
from enrollment.web.rooms import cases, colleagues, members
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = [
    "accounts",
    "approvals",
    "capture_figures",
    "desk",
    "figures",
    "hand_overs",
    "identifiers",
    "proven_accounts",
    "register",
]


def approvals() -> Approvals:
    """Requests for roles."""
    shared = services()
    return Approvals(db.session(), shared.clock, shared.entropy, trail(), are_one=colleagues().are_one)


def hand_overs() -> HandOvers:
    """Work that one officer gives to another, with the applications in hand."""
    shared = services()
    means = shared.clock, shared.entropy, trail()
    return HandOvers(db.session(), members(), *means, are_one=colleagues().are_one, cases=cases().in_hand)


def desk() -> Desk:
    """What each role may do with centres and staff."""
    return Desk(trail())


def figures() -> Figures:
    """What each officer of a centre did."""
    return Figures(db.session(), services().clock)


def capture_figures() -> CaptureFigures:
    """How well each officer of a centre captures."""
    return CaptureFigures(db.session())


def register() -> Register:
    """The records of people, in versions."""
    shared = services()
    seals = Seals(db.session(), shared.sealer, shared.clock)
    return Register(db.session(), shared.purpose_keys, seals, shared.clock, shared.entropy, trail())


def identifiers() -> Identifiers:
    """Whose number is whose."""
    shared = services()
    seals = Seals(db.session(), shared.sealer, shared.clock)
    return Identifiers(db.session(), shared.purpose_keys, seals, shared.clock, shared.entropy)


def accounts() -> Accounts:
    """Which account is linked to whom: for whatever keeps somebody away."""
    return Accounts(db.session(), services().clock)


def proven_accounts() -> ProvenAccounts:
    """Which account is whose: for whatever is told to somebody, or done for them."""
    return ProvenAccounts(db.session(), services().clock)
