"""Everything from the counter to the number, over one session: the bureau with the rooms that issue."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from enrollment.capture import Position
from enrollment.cases.models import EventRow
from enrollment.issuance import Issued, Issuing, Means, Rooms, Written
from enrollment.register import Facts, Person, Version
from tests.factories.deduplication import Bureau

FEW = (Position.FACE, Position.RIGHT_INDEX)
"""Enough to be found by, and quickly compared."""


class Chain(Bureau):
    """A bureau that issues."""

    def __post_init__(self) -> None:
        super().__post_init__()
        held = self.cellar
        self.means = Means(held.sealer, held.keys, held.clock, held.entropy)
        self.rooms = Rooms(self.session, self.means, self.entries)
        self.issuing = Issuing(self.session, self.cases, self.rooms.issuance, self.rooms.renewal, self.entries)

    def approved(self, body: int, impression: int = 0, **more: Any) -> str:
        """An approved application, of few positions where nothing else is said."""
        return super().approved(body, impression, **({"positions": FEW} | more))

    def accepted(self, body: int, impression: int = 0, **more: Any) -> str:
        """An application for which nobody was found."""
        aid = self.validated(body, impression, **more)
        search = self.searched(aid)
        assert search.reason is None, search
        return aid

    def written(self, aid: str) -> Written:
        """What an accepted application led to."""
        outcome = self.issuing.run(aid)
        self.session.commit()
        assert isinstance(outcome, Written), outcome
        return outcome

    def bound(self, body: int, impression: int = 0, **more: Any) -> Written:
        """Somebody of the register with number, account and slip."""
        return self.written(self.accepted(body, impression, **more))

    def outcome(self, aid: str) -> Issued:
        """What issuance wrote down of an application."""
        issued = self.rooms.issuance.of_case(aid)
        assert issued is not None
        return issued

    def person(self, person_id: uuid.UUID) -> Person:
        """Somebody of the register."""
        person = self.rooms.register.get(person_id)
        assert person is not None
        return person

    def version(self, person_id: uuid.UUID) -> Version:
        """What is recorded of somebody now."""
        version = self.rooms.register.current(person_id)
        assert version is not None
        return version

    def facts(self, person_id: uuid.UUID) -> Facts:
        """The same, without what is about the record."""
        return self.version(person_id).facts

    def states(self, aid: str) -> list[str]:
        """Every state in which an application was, in order."""
        return list(self.session.scalars(select(EventRow.to_state).where(EventRow.aid == aid).order_by(EventRow.n)))
