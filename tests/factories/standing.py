"""What registrars do with whole records of a village: suspended, given back, erased."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from enrollment.cases.models import ApplicationRow
from enrollment.erasure import RecordErasures
from enrollment.erasure.forgetting import forget_records
from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import Erasure
from enrollment.errors import Refusal
from enrollment.gallery.models import GalleryEntryRow
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.life_events import absorbed
from enrollment.register import Status
from enrollment.standing import PersonAccounts, Returns, Rooms, SuspensionDesk, Suspensions
from enrollment.standing.suspending import Letter
from idp.subscribers import MoveReason
from idp.subscribers import State as AccountState
from tests.factories.life import Village


class Standing:
    """The rooms over the village's session."""

    def __init__(self, village: Village) -> None:
        self.village = village
        session, clock, trail = village.session, village.clock, village.trail
        accounts = ProvenAccounts(session, clock)
        rooms = Rooms(
            village.register, village.identifiers, village.life.statuses,
            PersonAccounts(accounts, village.directory, village.lifecycle), village.kin, village.life.announcing,
            village.colleagues,
        )  # fmt: skip
        self.desk = SuspensionDesk(session, rooms, village.keys, clock, village.entropy, trail)
        self.returns = Returns(session, rooms, clock, trail)
        self.suspensions = Suspensions(session, trail)
        over = village.kin, village.colleagues, clock, village.entropy, trail
        self.erasures = RecordErasures(session, village.register, accounts, *over)

    def suspend(self, number: str) -> Letter | Refusal:
        """By the first registrar, who types the number, good or not."""
        return self.desk.suspend(self.village.first, number, "suspected_misuse")

    def reinstate(self, person_id: uuid.UUID) -> bool:
        """By two registrars; whether it is given back."""
        held = self.suspensions.in_force(person_id)
        if held is None:
            return False
        self.returns.ask(self.village.first, held.id, "settled")
        return not isinstance(self.returns.approve(self.village.second, held.id), Refusal)

    def ask_to_erase(self, person_id: uuid.UUID) -> Erasure | Refusal:
        """By two registrars."""
        asked = self.erasures.ask(self.village.first, person_id, "court_order")
        return asked if isinstance(asked, Refusal) else self.erasures.approve(self.village.second, asked.id)

    def erase(self, person_id: uuid.UUID) -> None:
        """What the worker leaves of a record, and of those that were merged into it, of what has no object store."""
        session, now = self.village.session, self.village.clock.now()
        people = [person_id, *absorbed(session, person_id)]
        gone = {"removed": GalleryEntryRow.added + 1, "removed_at": now}
        assert not isinstance(self.village.life.statuses.move(person_id, Status.ERASED, "court_order"), Refusal)
        session.execute(update(GalleryEntryRow).where(GalleryEntryRow.person_id.in_(people)).values(gone))
        accounts = self.village.accounts.of_person(person_id)
        for account in accounts:
            self.village.lifecycle.move(account, AccountState.CLOSED, MoveReason.LEGAL_ORDER, actor="system")
        aids = session.scalars(select(ApplicationRow.aid).where(ApplicationRow.person_id.in_(people))).all()
        forget_records(session, people, aids, accounts, now)
        ended = {"ended_at": now, "outcome": "done", "proof": "-", "material": {}}
        session.execute(update(ErasureRow).where(ErasureRow.person_id == person_id).values(ended))
