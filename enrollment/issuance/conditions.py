"""The conditions of the life cycle that issuance answers, from what it wrote down in the same transaction."""

from __future__ import annotations

from sqlalchemy import exists, select

from enrollment.cases import Attempt, Case, Guard
from enrollment.errors import Code, Refusal
from enrollment.issuance.models import IssuanceRow
from enrollment.register.models import PersonAccountRow, PersonVersionRow
from idp.database import Session

__all__ = ["Conditions"]


class Conditions:
    """Fulfils `cases.Check` twice."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def recorded(self, case: Case, attempt: Attempt) -> Refusal | None:
        """`RECORDED`: this case led to this very person, by a number, a slip or a version."""
        person_id = attempt.changes.get("person_id")
        issued = exists().where(IssuanceRow.aid == case.aid, IssuanceRow.person_id == person_id)
        versioned = exists().where(PersonVersionRow.aid == case.aid, PersonVersionRow.person_id == person_id)
        held = person_id is not None and self._session.scalar(select(issued | versioned))
        return None if held else Refusal(Code.ENR_GUARD, Guard.RECORDED.value)

    def linked(self, case: Case, attempt: Attempt) -> Refusal | None:
        """`LINKED`: this very account is the one of the case, and its person's."""
        subscriber_id = attempt.changes.get("subscriber_id")
        linked = exists().where(
            IssuanceRow.aid == case.aid,
            IssuanceRow.subscriber_id == subscriber_id,
            PersonAccountRow.subscriber_id == subscriber_id,
            PersonAccountRow.person_id == IssuanceRow.person_id,
            IssuanceRow.person_id == case.person_id,
        )
        held = subscriber_id is not None and self._session.scalar(select(linked))
        return None if held else Refusal(Code.ENR_GUARD, Guard.LINKED.value)
