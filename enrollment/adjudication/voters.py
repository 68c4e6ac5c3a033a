"""Who votes, as a person: whatever one of their accounts did they did, and they vote once.

`accounts` are those proven to be of one person, `linked` those that an application merely named as well: a name that
nobody proved keeps its holder from what would be about themself, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from enrollment.cases.access import Eyes
from enrollment.centres.actors import Actor
from enrollment.register import Accounts

__all__ = ["Voter", "Voters"]


@dataclass(frozen=True, slots=True)
class Voter:
    """An actor with every account of their person; `person_id` is None where nobody of the register is linked."""

    actor: Actor
    accounts: frozenset[UUID]
    linked: frozenset[UUID]
    person_id: UUID | None


class Voters:
    """Reads, in the caller's transaction. `eyes` None: accounts are compared, not people."""

    def __init__(self, accounts: Accounts, eyes: Eyes | None) -> None:
        self._accounts = accounts
        self._eyes = eyes

    def of(self, actor: Actor) -> Voter:
        """The person behind an actor."""
        me = actor.subscriber_id
        mine = frozenset({me}) if self._eyes is None else self._eyes.accounts_of(me)
        person_id = self._accounts.person_of(me)
        named = () if person_id is None else self._accounts.of_person(person_id)
        return Voter(actor, mine, mine | {me, *named}, person_id)

    def told(self, person_id: UUID) -> list[UUID]:
        """The accounts that are told what was done about this person."""
        return self._accounts.of_person(person_id) if self._eyes is None else self._eyes.of_person(person_id)

    def people(self, actors: Iterable[Actor]) -> Iterator[Voter]:
        """Each person once, by the first of their accounts."""
        seen: set[UUID] = set()
        for actor in actors:
            if actor.subscriber_id in seen:
                continue
            voter = self.of(actor)
            seen |= voter.accounts
            yield voter
