"""Who is meant by a typed user name, found so that nobody can tell by the clock whether there is anybody."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from idp.clock import Clock
from idp.database import Session
from idp.entropy import SecretKind, digest, has_kind
from idp.keys import Purpose, Sealer
from idp.sessions.devices import KNOWN_FOR, MAX_PEOPLE
from idp.sessions.models import DeviceRow
from idp.subscribers.directory import Directory, Subscriber
from idp.subscribers.profile import Identity, seal_identity
from idp.subscribers.usernames import MAX_TYPED, fold_username

__all__ = ["Known"]

_NOBODY = UUID(int=0)


class Known:
    """Looks people up for a recovery, in the caller's transaction."""

    def __init__(self, session: Session, directory: Directory, sealer: Sealer, clock: Clock) -> None:
        self._session = session
        self._directory = directory
        self._sealer = sealer
        self._clock = clock

    def person(self, typed: str) -> Subscriber | None:
        """Whoever has this user name. For nobody, the same sealing work is done in vain (AC-064)."""
        person = self._directory.by_username(typed)
        if person is None:
            key = self._sealer.new_person_key(_NOBODY, Purpose.IDENTITY)
            seal_identity(self._sealer, key, Identity(typed[:MAX_TYPED], {}))
        return person

    def device(self, cookie: str | None, typed: str) -> UUID | None:
        """The device of this cookie, if the person of this user name is known on it.

        Asks from the cookie's side: what it costs depends on whom the browser is known to, never on the name.
        """
        secrets = [part for part in (cookie or "").split(".")[:MAX_PEOPLE] if has_kind(SecretKind.DEVICE, part)]
        name = fold_username(typed)
        if not secrets or name is None:
            return None
        known = select(DeviceRow.id, DeviceRow.subscriber_id).where(
            DeviceRow.secret_digest.in_([digest(SecretKind.DEVICE, secret) for secret in secrets]),
            DeviceRow.revoked_at.is_(None),
            DeviceRow.seen_at > self._clock.now() - KNOWN_FOR,
        )
        for device_id, subscriber_id in self._session.execute(known).all():
            person = self._directory.get(subscriber_id)
            identity = None if person is None else self._directory.identity(person)
            if identity is not None and identity.username == name:
                return UUID(str(device_id))
        return None
