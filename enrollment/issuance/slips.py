"""Activation slips: one code on paper that lets its holder claim an account, once, for a time, in few tries.

The code has 60 random bits and is looked for by the case that stands beside it on the slip, so that guesses count
against that one slip. What is kept is a digest under a key that is not in the database (HMAC-SHA256, RFC 2104), bound
to the case: a copy of the table opens nothing and names no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, insert, literal, null, select, update

from enrollment.errors import Code, Refusal
from enrollment.issuance.models import ActivationSlipRow
from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.spoken_codes import grouped, new_code, typed_code_of
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

__all__ = ["LENGTH", "LIFE", "TRIES", "Slip", "Slips", "is_reference"]

LENGTH = 12
LIFE = timedelta(days=60)
TRIES = 5
MAX_REFERENCE = 32


@dataclass(frozen=True, slots=True)
class Slip:
    """A new slip. `code`, `XXXX-XXXX-XXXX`, is printed or sent this once; nobody can read it again."""

    aid: str
    code: str = field(repr=False)
    expires_at: datetime


class Slips:
    """Makes and spends slips, in the caller's transaction."""

    def __init__(self, session: Session, keys: PurposeKeys, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def make(self, owners: Mapping[str, UUID]) -> list[Slip]:
        """A first slip for each case (AID -> account), in order; audited with the number that it comes with."""
        now = self._clock.now()
        slips = [Slip(aid, grouped(new_code(self._entropy, LENGTH)), now + LIFE) for aid in owners]
        rows = [
            {
                "id": self._entropy.uuid(),
                "aid": slip.aid,
                "subscriber_id": owners[slip.aid],
                "digest": self._digest(slip.aid, slip.code),
                "tries": 0,
                "made_at": now,
                "expires_at": slip.expires_at,
            }
            for slip in slips
        ]
        if rows:
            self._session.execute(insert(ActivationSlipRow), rows)
        return slips

    def print_again(self, aid: str, subscriber_id: UUID, *, actor: str) -> Slip | Refusal:
        """A new slip in place of the one that was lost or had its tries; that one is worthless from now on.

        Refused: `ENR_STATE` about `slip` once one was spent: a slip never leads into an account that is claimed.
        """
        now = self._clock.now()
        row = ActivationSlipRow
        held = select(row.spent_at).where(row.aid == aid).order_by(row.made_at).with_for_update()
        if any(self._session.scalars(held)):
            return Refusal(Code.ENR_STATE, "slip")
        good = row.aid == aid, row.spent_at.is_(None), row.replaced_at.is_(None)
        self._session.execute(update(row).where(*good).values(replaced_at=now))
        [slip] = self.make({aid: subscriber_id})
        self._trail.append(AuditEvent(Event.SLIP_MADE, subscriber_id=subscriber_id, actor=actor, body={"case": aid}))
        return slip

    def retire(self, subscriber_id: UUID) -> None:
        """Make every slip for this account worthless that was not used: another is made for it, by another case."""
        unused = ActivationSlipRow.spent_at.is_(None), ActivationSlipRow.replaced_at.is_(None)
        self._session.execute(
            update(ActivationSlipRow)
            .where(ActivationSlipRow.subscriber_id == subscriber_id, *unused)
            .values(replaced_at=self._clock.now())
            .execution_options(synchronize_session=False)
        )

    def spend(self, aid: str, typed: str) -> UUID | Refusal:
        """Use a slip up; the account that it is for. Of any number of parallel right tries one gets it.

        Refused: `ENR_UNKNOWN` about `slip`, whatever was wrong: code, case, or the slip is spent, replaced, over,
        or has had its five tries. The edge commits after a refusal too: that is what counts the try.
        """
        if not is_reference(aid):
            return Refusal(Code.ENR_UNKNOWN, "slip")
        now = self._clock.now()
        right = ActivationSlipRow.digest == self._digest(aid, typed)
        outcome = self._session.execute(
            update(ActivationSlipRow)
            .where(*_good(aid, now))
            .values(tries=ActivationSlipRow.tries + 1, spent_at=case((right, literal(now)), else_=null()))
            .returning(ActivationSlipRow.subscriber_id, ActivationSlipRow.spent_at)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if outcome is None or outcome.spent_at is None:
            owner = None if outcome is None else outcome.subscriber_id
            self._trail.append(AuditEvent(Event.SLIP_REFUSED, subscriber_id=owner, body={"case": aid}))
            return Refusal(Code.ENR_UNKNOWN, "slip")
        spent = AuditEvent(Event.SLIP_SPENT, subscriber_id=outcome.subscriber_id, body={"case": aid})
        self._trail.append(spent)
        subscriber_id: UUID = outcome.subscriber_id
        return subscriber_id

    def check(self, aid: str, typed: str) -> UUID | Refusal:
        """The account that a slip is for, whose code is typed; it stays good. A wrong code counts as in `spend`.

        Refused as `spend`, and audited; the edge commits in either case.
        """
        if not is_reference(aid):
            return Refusal(Code.ENR_UNKNOWN, "slip")
        row = ActivationSlipRow
        right = row.digest == self._digest(aid, typed)
        outcome = self._session.execute(
            update(row)
            .where(*_good(aid, self._clock.now()))
            .values(tries=case((right, row.tries), else_=row.tries + 1))
            .returning(row.subscriber_id, right.label("right"))
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if outcome is None or not outcome.right:
            owner = None if outcome is None else outcome.subscriber_id
            self._trail.append(AuditEvent(Event.SLIP_REFUSED, subscriber_id=owner, body={"case": aid}))
            return Refusal(Code.ENR_UNKNOWN, "slip")
        subscriber_id: UUID = outcome.subscriber_id
        return subscriber_id

    def spent_by(self, aid: str) -> UUID | None:
        """The account that this case's slip was used up for; None while none was."""
        row = ActivationSlipRow
        return self._session.scalar(select(row.subscriber_id).where(row.aid == aid, row.spent_at.is_not(None)))

    def _digest(self, aid: str, typed: str) -> bytes:
        """What cannot be a code is compared like one that is wrong: no stored digest is of the empty text."""
        return self._keys.mac(Purpose.BLIND_INDEX, f"slip|{aid}|{typed_code_of(typed, LENGTH) or ''}")


def _good(aid: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = ActivationSlipRow
    return row.aid == aid, row.spent_at.is_(None), row.replaced_at.is_(None), row.tries < TRIES, row.expires_at > now


def is_reference(aid: str) -> bool:
    """True for what may be the identifier of a case; anything else is not even looked for."""
    return 0 < len(aid) <= MAX_REFERENCE and aid.isascii() and aid.isalnum()
