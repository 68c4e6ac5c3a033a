"""The card in somebody's hand: printed at whatever centre the person comes to, by an officer who compared them."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from enrollment.card.cards import Asked, Card, Cards
from enrollment.cases.access import Access, Wish
from enrollment.cases.case import Case, State
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.register import Accounts, Facts, Register, Status
from enrollment.register.models import PersonVersionRow
from idp.audit import AuditEvent, Event, Trail
from idp.database import Session

__all__ = ["Handing", "Waiting"]

_NUMBERED = (State.ISSUED, State.BOUND, State.CLAIMED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom the officer compares with who stands there."""

    aid: str
    facts: Facts = field(repr=False)


class Handing:
    """Prints cards, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self, session: Session, access: Access, cards: Cards, register: Register, accounts: Accounts, trail: Trail
    ) -> None:
        self._session = session
        self._access = access
        self._cards = cards
        self._register = register
        self._accounts = accounts
        self._trail = trail

    def look(self, by: Actor, aid: str) -> Waiting | Refusal:
        """Who it is; the citizen sees that it was read for the card.

        Refused: as `Access.reach` (an officer of any centre may, once there is a number: the person stands there),
        `ENR_STATE` where there is no number, or the person is no longer active.
        """
        found = self._found(by, aid, "read")
        if isinstance(found, Refusal):
            return found
        case, person_id, facts = found
        self._shown(by, case, person_id, None)
        return Waiting(case.aid, facts)

    def print(self, by: Actor, aid: str, *, new: bool = False) -> Card | Refusal:
        """The card, made where there is none; `new` makes another, and the earlier one worthless.

        The edge asked for a fresh factor, and whether they were compared. Refused: as `look`, and as `Cards.issue`.
        """
        found = self._found(by, aid, "card")
        if isinstance(found, Refusal):
            return found
        case, person_id, _ = found
        made = self._cards.issue(person_id, Asked(self._owner(person_id), actor=by.reference, new=new))
        if isinstance(made, Refusal):
            return self._access.refuse(by, aid, "card", made, case)
        self._shown(by, case, person_id, made)
        return made

    def _found(self, by: Actor, aid: str, wanted: str) -> tuple[Case, UUID, Facts] | Refusal:
        case = self._access.reach(by, aid, Wish(wanted, (Role.OFFICER,), anywhere=_NUMBERED))
        if isinstance(case, Refusal):
            return case
        owner = select(PersonVersionRow.person_id).where(PersonVersionRow.aid == case.aid).limit(1)
        person_id = self._session.scalar(owner) if case.state in _NUMBERED else None
        person = None if person_id is None else self._register.get(person_id)
        version = None if person is None else self._register.current(person.id)
        if person is None or version is None or person.status is not Status.ACTIVE:
            return self._access.refuse(by, aid, wanted, Refusal(Code.ENR_STATE, case.state.value), case)
        return case, person.id, version.facts

    def _owner(self, person_id: UUID) -> UUID | None:
        """The account in whose history it stands."""
        return next(iter(self._accounts.of_person(person_id)), None)

    def _shown(self, by: Actor, case: Case, person_id: UUID, card: Card | None) -> None:
        body = {"aid": case.aid, "card": None if card is None else str(card.id)}
        owner = self._owner(person_id)
        self._trail.append(AuditEvent(Event.CARD_SHOWN, subscriber_id=owner, actor=by.reference, body=body))
