"""Conditions that search and issuance answer, over the session of a request or a job. As `enrollment.web.rooms`."""

from __future__ import annotations

from collections.abc import Mapping

from enrollment.cases import Check, Guard
from enrollment.deduplication import Searches
from enrollment.issuance import Conditions
from idp.web.extensions import db, services

__all__ = ["issuing_checks"]


def issuing_checks() -> Mapping[Guard, Check]:
    """That nobody was found, that the register holds the person, that the account is theirs."""
    conditions = Conditions(db.session())
    return {
        Guard.NO_CANDIDATE: Searches(db.session(), services().clock).no_candidate,
        Guard.RECORDED: conditions.recorded,
        Guard.LINKED: conditions.linked,
    }
