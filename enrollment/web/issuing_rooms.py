"""Conditions that search, issuance and life events answer, over the session of a request or a job; see `web.rooms`."""

from __future__ import annotations

from collections.abc import Mapping

from enrollment.cases import Attempt, Case, Check, Guard, Kind
from enrollment.deduplication import Searches
from enrollment.errors import Refusal
from enrollment.issuance import Conditions
from enrollment.life_events.deaths import death_recorded
from enrollment.life_events.told import Recognition
from enrollment.register import Register, Seals
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["issuing_checks", "recognition"]


def issuing_checks() -> Mapping[Guard, Check]:
    """That nobody was found, that the register holds the person, that the account is theirs."""
    return {
        Guard.NO_CANDIDATE: Searches(db.session(), services().clock).no_candidate,
        Guard.RECOGNISED: recognition().recognised,
        Guard.RECORDED: _recorded,
        Guard.LINKED: Conditions(db.session()).linked,
    }


def recognition() -> Recognition:
    """Whether what somebody told who lost their number is so."""
    shared, session = services(), db.session()
    seals = Seals(session, shared.sealer, shared.clock)
    register = Register(session, shared.purpose_keys, seals, shared.clock, shared.entropy, trail())
    return Recognition(session, Searches(session, shared.clock), register, shared.purpose_keys)


def _recorded(case: Case, attempt: Attempt) -> Refusal | None:
    if case.kind is Kind.DEATH:
        return death_recorded(db.session(), case, attempt)
    return Conditions(db.session()).recorded(case, attempt)
