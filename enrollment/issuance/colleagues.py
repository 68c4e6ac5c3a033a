"""Whose second pair of eyes somebody of the staff is: people are compared, not accounts, and those in office alone.

Four eyes (design section 1) are two people. Somebody may hold two accounts: one from before they were enrolled, one of
a record that was merged into theirs. What somebody asked for who has left the office since is asked for by nobody.
"""

from __future__ import annotations

from uuid import UUID

from enrollment.centres import Actor, Role, Staff
from enrollment.errors import Code, Refusal
from enrollment.issuance.ownership import ProvenAccounts
from idp.clock import Clock

__all__ = ["Colleagues"]


class Colleagues:
    """Reads, in the caller's transaction."""

    def __init__(self, accounts: ProvenAccounts, staff: Staff, clock: Clock) -> None:
        self._accounts = accounts
        self._staff = staff
        self._clock = clock

    def are_one(self, one: UUID, other: UUID) -> bool:
        """Whether two accounts are of one person: the same, or both proven to be of one record of the register.

        Of an account that nobody of the register is proven to hold nothing more than itself is known.
        """
        return one == other or other in self.accounts_of(one)

    def accounts_of(self, account: UUID) -> frozenset[UUID]:
        """This account and, where it is proven to be somebody's of the register, every other proven to be theirs."""
        person_id = self._accounts.person_of(account)
        held = frozenset(() if person_id is None else self._accounts.of_person(person_id))
        return held if account in held else frozenset({account})

    def of_person(self, person_id: UUID) -> list[UUID]:
        """The accounts that are proven to be of this person of the register."""
        return self._accounts.of_person(person_id)

    def in_office(self, account: UUID, role: Role) -> bool:
        """Whether this account holds the role now, and is in use."""
        actor = self._staff.actor(account, self._clock.now())
        return not isinstance(actor, Refusal) and actor.holds(role)

    def refusal(self, first: UUID, second: Actor, role: Role) -> Refusal | None:
        """Why `second` cannot agree to what `first` asked for; None where they can.

        `ENR_FOUREYES` about `asked` (they are one person), `ENR_STATE` about `asker` (who asked holds the role no more,
        or their account is shut: it can only be declined, and asked for anew).
        """
        if self.are_one(first, second.subscriber_id):
            return Refusal(Code.ENR_FOUREYES, "asked")
        return None if self.in_office(first, role) else Refusal(Code.ENR_STATE, "asker")
