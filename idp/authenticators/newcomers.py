"""Ways to sign in that were added lately, and taking them away again: a stranger may have added them.

Whoever reads a mailbox can ask for this by a link, so it never reaches what has long stood: `NEW_FOR` bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import Method
from idp.authenticators.models import RecoveryCodeRow
from idp.authenticators.passkey_store import PasskeyStore
from idp.authenticators.recovery_codes import RECOVERY_CODE
from idp.authenticators.totp import Totp
from idp.clock import Clock
from idp.database import Session

__all__ = ["NEW_FOR", "Newcomer", "Newcomers"]

# As long as the links of notices about it are good.
NEW_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A way to sign in that was added lately. `id` of printed codes names the sheet."""

    id: UUID
    method: Method
    added_at: datetime
    name: str = field(default="", repr=False)


class Newcomers:
    """Finds and removes them, in the caller's transaction. A password is none: it takes another's place."""

    def __init__(self, session: Session, passkeys: PasskeyStore, totp: Totp, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._passkeys = passkeys
        self._totp = totp
        self._clock = clock
        self._trail = trail

    def remove_since(self, subscriber_id: UUID, moment: datetime) -> list[Newcomer]:
        """Take away what was added at `moment` or later, and within `NEW_FOR`; what that was."""
        earliest = max(moment, self._clock.now() - NEW_FOR)
        added = [held for held in self._all(subscriber_id) if held.added_at >= earliest]
        return [held for held in added if self.remove(subscriber_id, held)]

    def find(self, subscriber_id: UUID, method_id: UUID) -> Newcomer | None:
        """The one of this identifier; None where it is gone, somebody else's or no newcomer any more."""
        earliest = self._clock.now() - NEW_FOR
        return next((one for one in self._all(subscriber_id) if one.id == method_id and one.added_at >= earliest), None)

    def newest(self, subscriber_id: UUID) -> datetime | None:
        """When the newest of the person's ways to sign in beside the password was added; None for who has none."""
        return max((held.added_at for held in self._all(subscriber_id)), default=None)

    def sheet(self, subscriber_id: UUID) -> UUID | None:
        """What names the person's sheet of printed codes; None for somebody without one."""
        found = next((one for one in self._all(subscriber_id) if one.method is Method.RECOVERY_CODE), None)
        return None if found is None else found.id

    def remove(self, subscriber_id: UUID, newcomer: Newcomer) -> bool:
        """Take it away; False where another request was faster."""
        if newcomer.method is Method.PASSKEY:
            return self._passkeys.remove(subscriber_id, newcomer.id, keep_one=False) is None
        if newcomer.method is Method.TOTP:
            return self._totp.remove(subscriber_id, newcomer.id) is None
        gone = delete(RecoveryCodeRow).where(
            RecoveryCodeRow.subscriber_id == subscriber_id, RecoveryCodeRow.salt == newcomer.id.bytes
        )
        if not self._session.execute(gone.returning(RecoveryCodeRow.digest)).all():
            return False
        body = {"factor": RECOVERY_CODE}
        self._trail.append(AuditEvent(Event.AUTHENTICATOR_REMOVED, subscriber_id=subscriber_id, body=body))
        return True

    def _all(self, subscriber_id: UUID) -> Iterator[Newcomer]:
        for passkey in self._passkeys.held_by(subscriber_id):
            yield Newcomer(passkey.id, Method.PASSKEY, passkey.created_at, self._passkeys.name_of(passkey))
        for generator in self._totp.held_by(subscriber_id):
            yield Newcomer(generator.id, Method.TOTP, generator.created_at, generator.name)
        sheets = select(RecoveryCodeRow.salt, func.max(RecoveryCodeRow.created_at)).where(
            RecoveryCodeRow.subscriber_id == subscriber_id
        )
        for salt, made_at in self._session.execute(sheets.group_by(RecoveryCodeRow.salt)):
            yield Newcomer(UUID(bytes=salt), Method.RECOVERY_CODE, made_at)
