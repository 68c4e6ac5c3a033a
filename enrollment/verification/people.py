"""Whom a number that was typed at a counter stands for: a national or old number, an alias, or an application."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enrollment.cases import Kin
from enrollment.cases.aid import aid_of
from enrollment.errors import Code, Refusal
from enrollment.register import Accounts, Aliases, Identifiers, IdentifierType, Register, Status, typed_identifier
from enrollment.verification.enrolled import Enrolled

__all__ = ["Known", "People"]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the register who is alive in it, with the accounts that are theirs, the first linked first."""

    person_id: UUID
    accounts: tuple[UUID, ...]


class People:
    """Finds people, in the caller's transaction. A one-time alias is used up by it."""

    def __init__(
        self,
        identifiers: Identifiers,
        aliases: Aliases,
        register: Register,
        accounts: Accounts,
        enrolled: Enrolled,
        kin: Kin,
    ) -> None:
        self._identifiers = identifiers
        self._aliases = aliases
        self._register = register
        self._accounts = accounts
        self._enrolled = enrolled
        self._kin = kin

    def typed(self, text: str) -> Known | Refusal:
        """Whom it stands for.

        Refused: `NIN_CHECK` (no number of ours), `NIN_UNKNOWN` (nobody's, or retired), `ENR_STATE` about `suspended`.
        """
        aid = aid_of(text)
        person_id = None if aid is None else self._enrolled.person_of_case(aid)
        if person_id is None:
            found = self._numbered(text)
            if isinstance(found, Refusal):
                return Refusal(Code.NIN_UNKNOWN) if aid is not None else found
            person_id = found
        known = self.known(person_id)
        if known is not None:
            return known
        person = self._register.get(person_id)
        suspended = person is not None and person.status is Status.SUSPENDED
        return Refusal(Code.ENR_STATE, "suspended") if suspended else Refusal(Code.NIN_UNKNOWN)

    def known(self, person_id: UUID) -> Known | None:
        """The same person again; None for somebody whose record is no longer active, or who has no account."""
        person = self._register.get(person_id)
        accounts = tuple(self._accounts.of_person(person_id))
        active = person is not None and person.status is Status.ACTIVE
        return Known(person_id, accounts) if active and accounts else None

    def is_own(self, staff_id: UUID, known: Known) -> bool:
        """Whether it is this member of the staff, or of their household."""
        return staff_id in known.accounts or self._kin.related(staff_id, known.person_id)

    def _numbered(self, text: str) -> UUID | Refusal:
        read = typed_identifier(text)
        if isinstance(read, Refusal):
            return read
        alias = read[0] is IdentifierType.ALIAS
        found = self._aliases.use(text) if alias else self._identifiers.find(text)
        if isinstance(found, Refusal):
            return found
        return found.person_id if found.active else Refusal(Code.NIN_UNKNOWN)
