"""Two records of one person become one, and two again where that was wrong: both numbers, histories and `sub` stay.

Only what can be split is merged: everything that moves is written down with the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from enrollment.cases import State as CaseState
from enrollment.cases.models import ApplicationRow
from enrollment.cases.transitions import FINAL
from enrollment.errors import Code, Refusal
from enrollment.life_events.announcing import Change
from enrollment.life_events.events import Kind, LifeEvent
from enrollment.life_events.ledger import Ledger
from enrollment.life_events.parts import Parts
from enrollment.register import Status
from idp.database import Session
from idp.subscribers import State

__all__ = ["Merge", "Split"]

# What is done with: nothing of it will be recorded any more.
_ENDED = FINAL | {
    CaseState.ISSUED, CaseState.BOUND, CaseState.REJECTED_CENTRE, CaseState.REJECTED_DUPLICATE,
    CaseState.REJECTED_FRAUD,
}  # fmt: skip


class Merge:
    """Fulfils `Act`: `other_id` is closed, and points to `person_id`, which goes on."""

    def __init__(self, session: Session, parts: Parts) -> None:
        self._session = session
        self._parts = parts

    def refusal(self, event: LifeEvent) -> Refusal | None:
        """`ENR_GUARD` about `itself`, `version` (unreadable, could not be split), `erasure` or `case` (one waits).

        `ENR_UNKNOWN`, and `ENR_STATE` about `status` for whoever is suspended, dead, merged or erased.
        """
        if event.other_id is None or event.other_id == event.person_id:
            return Refusal(Code.ENR_GUARD, "itself")
        for person_id in event.people:
            person = self._parts.register.get(person_id)
            if person is None:
                return Refusal(Code.ENR_UNKNOWN, "person")
            if person.status is not Status.ACTIVE:
                return Refusal(Code.ENR_STATE, "status")
            if self._parts.register.current(person_id) is None:
                return Refusal(Code.ENR_GUARD, "version")
            if self._parts.erasures.waits(person_id):
                return Refusal(Code.ENR_GUARD, "erasure")
        return _under_way(self._session, event)

    def do(self, event: LifeEvent, actor: str) -> Mapping[str, Any] | Refusal:
        """Merge. What moved is what a split moves back. Refused: `refusal`."""
        assert event.other_id is not None, "asked before"  # noqa: S101 - for the type checker
        kept, closed = event.person_id, event.other_id
        staying = self._parts.accounts.of_person(kept)
        moved = self._parts.statuses.move(closed, Status.MERGED, event.ground, actor=actor, into=kept)
        if isinstance(moved, Refusal):
            return moved
        theirs = self._parts.accounts.of_person(closed)
        details = {
            "numbers": _texts(self._parts.belongings.retire_numbers(closed)),
            "entries": _texts(self._parts.belongings.hand_entries(closed, kept)),
            "accounts": _texts(self._parts.belongings.hand_accounts(closed, kept)),
        }
        for account in theirs:
            self._parts.announcing.tell_account(account, Change.MERGED)
            for other in staying:
                self._parts.announcing.tell_joined(other, account, Change.MERGED)
        for account in staying:
            self._parts.announcing.tell_account(account, Change.MERGED)
        return details


class Split:
    """Fulfils `Act`: takes a merge back. `details` of the merge say what was whose."""

    def __init__(self, session: Session, parts: Parts) -> None:
        self._session = session
        self._ledger = Ledger(session)
        self._parts = parts

    def refusal(self, event: LifeEvent) -> Refusal | None:
        """`ENR_STATE` about `status`: the record that goes on is suspended, or was itself merged since.

        Merges are taken back in the order opposite to theirs; `ENR_GUARD` about `case` where one is under way. That
        the person died whose record goes on holds nobody in it who lives.
        """
        kept = self._parts.register.get(event.person_id)
        closed = None if event.other_id is None else self._parts.register.get(event.other_id)
        if kept is None or closed is None:
            return Refusal(Code.ENR_UNKNOWN, "person")
        merged = closed.status is Status.MERGED and closed.merged_into == kept.id
        if kept.status not in {Status.ACTIVE, Status.DECEASED} or not merged:
            return Refusal(Code.ENR_STATE, "status")
        return _under_way(self._session, event)

    def do(self, event: LifeEvent, actor: str) -> Mapping[str, Any] | Refusal:
        """Split. What was asked to be erased of the two as one is kept. Refused: `refusal`."""
        assert event.other_id is not None, "asked before"  # noqa: S101 - for the type checker
        kept, closed = event.person_id, event.other_id
        moved = self._parts.statuses.move(closed, Status.ACTIVE, event.ground, actor=actor)
        if isinstance(moved, Refusal):
            return moved
        self._parts.erasures.set_aside(kept, actor)
        what = event.details
        self._parts.belongings.restore_numbers(closed, _ids(what["numbers"]))
        self._parts.belongings.hand_entries(kept, closed, _ids(what["entries"]))
        accounts = self._parts.belongings.hand_accounts(kept, closed, _ids(what["accounts"]))
        self._reopened(kept, accounts, actor)
        for person_id in (closed, kept):
            self._parts.announcing.tell(person_id, Change.SPLIT)
        return what

    def _reopened(self, kept: UUID, accounts: list[UUID], actor: str) -> None:
        """What the other's death shut is what it was before; what the other's suspension shut is in use.

        An account that was shut for a reason of its own stays so.
        """
        death = self._ledger.in_force(Kind.DEATH, kept)
        shut = {} if death is None else {UUID(name): State(state) for name, state in death.details["accounts"].items()}
        theirs = self._parts.leave(kept, accounts)
        shut |= dict.fromkeys(theirs & shut.keys(), State.ACTIVE)
        self._parts.belongings.open_accounts({one: shut[one] for one in accounts if one in shut}, actor)


def _under_way(session: Session, event: LifeEvent) -> Refusal | None:
    """An application about either of them would be recorded into a record that is another by then."""
    open_case = select(ApplicationRow.aid).where(
        ApplicationRow.person_id.in_(event.people), ApplicationRow.state.not_in([state.value for state in _ENDED])
    )
    return Refusal(Code.ENR_GUARD, "case") if session.scalars(open_case.limit(1)).first() else None


def _texts(ids: list[UUID]) -> list[str]:
    return [str(one) for one in ids]


def _ids(texts: list[str]) -> list[UUID]:
    return [UUID(one) for one in texts]
