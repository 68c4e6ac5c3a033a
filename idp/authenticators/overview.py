"""Every way to sign in that a person has, with when it was added and last used, for the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from idp.authenticators.methods import Method
from idp.authenticators.models import PasswordRow, RecoveryCodeRow
from idp.authenticators.passkey_store import PasskeyStore
from idp.authenticators.totp import Totp
from idp.database import Session

__all__ = ["Overview", "Way"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign in. `added_at` of a password is its last change; `left` counts printed codes.

    `id` is there where there may be several, `name` where its owner gave one.
    """

    method: Method
    added_at: datetime
    used_at: datetime | None = None
    id: UUID | None = None
    name: str = field(default="", repr=False)
    left: int | None = None


class Overview:
    """Reads what is stored, in the caller's transaction."""

    def __init__(self, session: Session, passkeys: PasskeyStore, totp: Totp) -> None:
        self._session = session
        self._passkeys = passkeys
        self._totp = totp

    def of(self, subscriber_id: UUID) -> list[Way]:
        """The person's stored ways: password, passkeys, code generators, printed codes."""
        return [
            *self._password(subscriber_id),
            *(
                Way(Method.PASSKEY, held.created_at, held.used_at, held.id, self._passkeys.name_of(held))
                for held in self._passkeys.held_by(subscriber_id)
            ),
            *(
                Way(Method.TOTP, held.created_at, held.used_at, held.id, held.name)
                for held in self._totp.held_by(subscriber_id)
            ),
            *self._recovery_codes(subscriber_id),
        ]

    def _password(self, subscriber_id: UUID) -> Iterator[Way]:
        changed = select(PasswordRow.changed_at).where(PasswordRow.subscriber_id == subscriber_id)
        for changed_at in self._session.scalars(changed):
            yield Way(Method.PASSWORD, changed_at)

    def _recovery_codes(self, subscriber_id: UUID) -> Iterator[Way]:
        held = select(func.max(RecoveryCodeRow.created_at), func.count()).where(
            RecoveryCodeRow.subscriber_id == subscriber_id
        )
        made_at, left = self._session.execute(held).one()
        if left:
            yield Way(Method.RECOVERY_CODE, made_at, left=left)
