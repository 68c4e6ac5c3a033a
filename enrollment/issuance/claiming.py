"""Claiming: whoever holds the slip takes the account over, and the account gets the level of the enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enrollment.errors import Code, Refusal
from enrollment.issuance.claims import proven_claims_of
from enrollment.issuance.issue import Issuance, Issued
from enrollment.issuance.slips import Slips
from enrollment.register import Register, Status
from idp.errors import Refusal as AccountRefusal
from idp.subscribers import Directory, Lifecycle, MoveReason, State
from idp.subscribers.levels import Levels

__all__ = ["Claimed", "Claiming"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An account that is its owner's from now on. `opened`: it is new and has no factor yet, so one is set up now."""

    subscriber_id: UUID
    person_id: UUID
    opened: bool


class Claiming:
    """Takes slips, in the caller's transaction."""

    def __init__(
        self,
        issuance: Issuance,
        slips: Slips,
        register: Register,
        directory: Directory,
        levels: Levels,
        lifecycle: Lifecycle,
    ) -> None:
        self._issuance = issuance
        self._slips = slips
        self._register = register
        self._directory = directory
        self._levels = levels
        self._lifecycle = lifecycle

    def needs_sign_in(self, aid: str) -> bool:
        """True when the case is linked to an account that existed before: its owner signs in first."""
        issued = self._issuance.of_case(aid)
        return issued is not None and not issued.opened

    def claim(self, aid: str, typed: str, *, signed_in: UUID | None = None) -> Claimed | Refusal:
        """Use the slip up: a new account becomes active, a linked one gets the level and the proven details.

        A linked account is claimed by whoever is signed in to it: the slip shows who was enrolled, the factor whose
        account it is. Refused: `ENR_GUARD` about `account` (somebody else, or nobody, is signed in; no try is counted),
        `ENR_UNKNOWN` about `slip` (whatever was wrong; the edge commits, which counts the try), `ENR_STATE` about
        `account` (it was closed or suspended meanwhile; the edge rolls back, so that the slip stays good).
        """
        issued = self._issuance.of_case(aid)
        if issued is not None and not issued.opened and signed_in != issued.subscriber_id:
            return Refusal(Code.ENR_GUARD, "account")
        spent = self._slips.spend(aid, typed)
        if isinstance(spent, Refusal):
            return spent
        if issued is None or spent != issued.subscriber_id:
            return Refusal(Code.ENR_UNKNOWN, "slip")
        problem = self._activated(issued) if issued.opened else self._raised(issued)
        return Claimed(issued.subscriber_id, issued.person_id, issued.opened) if problem is None else problem

    def _activated(self, issued: Issued) -> Refusal | None:
        """Only from pending: a slip never leads into an account that is in use, or was closed meanwhile."""
        # Held first: a suspension or a death at this moment finds the account as this leaves it.
        person = self._register.lock(issued.person_id)
        account = self._directory.get(issued.subscriber_id)
        if account is None or account.state is not State.PENDING:
            return Refusal(Code.ENR_STATE, "account")
        if person is not None and person.status is not Status.ACTIVE:
            return Refusal(Code.ENR_STATE, "account")
        moved = self._lifecycle.move(issued.subscriber_id, State.ACTIVE, MoveReason.ACTIVATED)
        # Opened at the level of an older register, and the person was seen since.
        raised = None if person is None else self._levels.raise_level(issued.subscriber_id, person.ial)
        return None if moved is None and raised is None else Refusal(Code.ENR_STATE, "account")

    def _raised(self, issued: Issued) -> Refusal | None:
        person, version = self._register.lock(issued.person_id), self._register.current(issued.person_id)
        account = self._directory.get(issued.subscriber_id)
        if (
            account is None
            or not account.active
            or person is None
            or version is None
            or person.status is not Status.ACTIVE
        ):
            return Refusal(Code.ENR_STATE, "account")
        raised = self._levels.raise_level(issued.subscriber_id, person.ial)
        recorded = self._directory.record(issued.subscriber_id, proven_claims_of(version.facts))
        unfit = isinstance(raised, AccountRefusal) or isinstance(recorded, AccountRefusal)
        return Refusal(Code.ENR_STATE, "account") if unfit else None
