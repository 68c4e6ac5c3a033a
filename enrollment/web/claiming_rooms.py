"""The rooms of claiming over the session of a request; their caller commits. As `enrollment.web.rooms`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from enrollment.cases import Attempt, Case, Guard
from enrollment.errors import Code, Refusal
from enrollment.issuance import Claiming, Means, Rooms
from enrollment.issuance.journeys import Journeys
from idp.subscribers import Lifecycle
from idp.subscribers.levels import Levels
from idp.web.extensions import db, services
from idp.web.rooms import directory, methods, sessions, trail

__all__ = ["NothingEnters", "claim_proven", "claiming", "issuing_rooms", "journeys"]


class NothingEnters:
    """Nobody is issued a number here."""

    def enter(self, people: Mapping[str, UUID]) -> Refusal | None:
        """Refuses whoever would be: `ENR_GUARD`."""
        return Refusal(Code.ENR_GUARD, "gallery") if people else None


def issuing_rooms() -> Rooms:
    """What came of cases, their slips, and the register behind them."""
    shared = services()
    means = Means(shared.sealer, shared.purpose_keys, shared.clock, shared.entropy)
    return Rooms(db.session(), means, NothingEnters())


def claiming() -> Claiming:
    """Takes slips."""
    held = issuing_rooms()
    lifecycle = Lifecycle(db.session(), services().clock, trail(), sessions())
    return Claiming(held.issuance, held.slips, held.register, directory(), Levels(db.session(), trail()), lifecycle)


def journeys() -> Journeys:
    """Claims that are under way."""
    shared = services()
    return Journeys(shared.ephemeral, shared.sealer, shared.clock, shared.entropy)


def claim_proven(case: Case, _: Attempt) -> Refusal | None:
    """The condition of a claim: the case's slip was used up for its account, and that account can sign in."""
    person = None if case.subscriber_id is None else directory().get(case.subscriber_id)
    if person is None or not person.active or issuing_rooms().slips.spent_by(case.aid) != person.id:
        return Refusal(Code.ENR_GUARD, Guard.CLAIM_PROVEN.value)
    held = methods().held_by(person)
    return None if held.password or held.passkeys else Refusal(Code.ENR_GUARD, Guard.CLAIM_PROVEN.value)
