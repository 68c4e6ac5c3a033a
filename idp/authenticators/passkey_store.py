"""People's passkeys as they are stored: found, named, used, removed, in the caller's transaction."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.models import PasskeyRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer
from idp.keys.person_keys import PersonKeys

__all__ = ["FACTOR", "MAX_NAME", "MAX_PASSKEYS", "NewPasskey", "Passkey", "PasskeyStore", "typed_name"]

FACTOR = "passkey"
MAX_NAME = 60
MAX_PASSKEYS = 20


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A credential whose registration was verified."""

    credential_id: bytes
    user_handle: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    aaguid: UUID
    transports: tuple[str, ...]
    attestation: str
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    """A stored passkey, but for its name."""

    id: UUID
    subscriber_id: UUID
    credential_id: bytes
    user_handle: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    aaguid: UUID
    transports: tuple[str, ...]
    attestation: str
    backup_eligible: bool
    backed_up: bool
    sealed_name: bytes = field(repr=False)
    created_at: datetime
    used_at: datetime | None


class PasskeyStore:
    """Stored passkeys."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._keys = PersonKeys(session, sealer, clock)
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def held_by(self, subscriber_id: UUID) -> list[Passkey]:
        """The passkeys of a person, oldest first."""
        wanted = select(*_COLUMNS).where(PasskeyRow.subscriber_id == subscriber_id)
        rows = self._session.execute(wanted.order_by(PasskeyRow.created_at, PasskeyRow.id))
        return [_passkey(row) for row in rows]

    def find(self, credential_id: bytes) -> Passkey | None:
        """The passkey of this credential identifier, whoever owns it."""
        row = self._session.execute(select(*_COLUMNS).where(PasskeyRow.credential_id == credential_id)).one_or_none()
        return None if row is None else _passkey(row)

    def own(self, subscriber_id: UUID, passkey_id: UUID) -> Passkey | Refusal:
        """This person's passkey; `PASSKEY_UNKNOWN` for nobody's and for somebody else's alike (AC-090)."""
        for passkey in self.held_by(subscriber_id):
            if passkey.id == passkey_id:
                return passkey
        return Refusal(Code.PASSKEY_UNKNOWN, "not theirs")

    def name_of(self, passkey: Passkey) -> str:
        """The name its owner gave it; empty once the owner's key is destroyed."""
        opened = self._keys.open(passkey.subscriber_id, Purpose.AUTHENTICATOR, passkey.sealed_name)
        return "" if opened is None else opened.decode()

    def add(self, subscriber_id: UUID, new: NewPasskey, name: str) -> UUID | Refusal:
        """Store a passkey; `PASSKEY_EXISTS` when anybody has this credential, `PASSKEY_LIMIT` for the 21st."""
        if len(self._locked(subscriber_id)) >= MAX_PASSKEYS:
            return Refusal(Code.PASSKEY_LIMIT)
        made: UUID | None = self._session.scalar(
            insert(PasskeyRow)
            .values(
                id=self._entropy.opaque_uuid(),
                subscriber_id=subscriber_id,
                credential_id=new.credential_id,
                user_handle=new.user_handle,
                public_key=new.public_key,
                sign_count=new.sign_count,
                aaguid=new.aaguid,
                transports=list(new.transports),
                attestation=new.attestation,
                backup_eligible=new.backup_eligible,
                backed_up=new.backed_up,
                sealed_name=self._sealed(subscriber_id, name),
                created_at=self._clock.now(),
            )
            .on_conflict_do_nothing(index_elements=[PasskeyRow.credential_id])
            .returning(PasskeyRow.id)
        )
        if made is None:
            return Refusal(Code.PASSKEY_EXISTS)
        self._trail.append(
            AuditEvent(
                Event.AUTHENTICATOR_BOUND,
                subscriber_id=subscriber_id,
                body={
                    "factor": FACTOR,
                    "passkey": str(made),
                    "model": str(new.aaguid),
                    "attestation": new.attestation,
                    "synced": new.backup_eligible,
                },
            )
        )
        return made

    def rename(self, subscriber_id: UUID, passkey_id: UUID, name: str) -> Refusal | None:
        """Give it another name; `PASSKEY_UNKNOWN` as for `own`."""
        renamed = self._session.scalar(
            update(PasskeyRow)
            .where(PasskeyRow.id == passkey_id, PasskeyRow.subscriber_id == subscriber_id)
            .values(sealed_name=self._sealed(subscriber_id, name))
            .returning(PasskeyRow.id)
        )
        if renamed is None:
            return Refusal(Code.PASSKEY_UNKNOWN, "not theirs")
        body = {"passkey": str(passkey_id)}
        self._trail.append(AuditEvent(Event.PASSKEY_RENAMED, subscriber_id=subscriber_id, body=body))
        return None

    def remove(self, subscriber_id: UUID, passkey_id: UUID, *, keep_one: bool) -> Refusal | None:
        """Remove it; `PASSKEY_UNKNOWN` as for `own`, `PASSKEY_LAST` for the last one while `keep_one`.

        Removals of one person wait for each other, so that two at once do not both find another one left.
        """
        held = self._locked(subscriber_id)
        if passkey_id not in held:
            return Refusal(Code.PASSKEY_UNKNOWN, "not theirs")
        if keep_one and len(held) == 1:
            return Refusal(Code.PASSKEY_LAST)
        self._session.execute(delete(PasskeyRow).where(PasskeyRow.id == passkey_id))
        body = {"factor": FACTOR, "passkey": str(passkey_id)}
        self._trail.append(AuditEvent(Event.AUTHENTICATOR_REMOVED, subscriber_id=subscriber_id, body=body))
        return None

    def used(self, passkey: Passkey, sign_count: int, *, backed_up: bool) -> bool:
        """Note a use; False when the counter did not move on (section 7.2 step 22): a copy may be about.

        One statement, so that of two uses with one count the second is refused.
        """
        moved_on = PasskeyRow.sign_count < sign_count
        if sign_count == 0:
            moved_on = or_(moved_on, PasskeyRow.sign_count == 0)
        noted = self._session.scalar(
            update(PasskeyRow)
            .where(PasskeyRow.id == passkey.id, moved_on)
            .values(sign_count=sign_count, backed_up=backed_up, used_at=self._clock.now())
            .returning(PasskeyRow.id)
        )
        return noted is not None

    def _locked(self, subscriber_id: UUID) -> Sequence[UUID]:
        wanted = select(PasskeyRow.id).where(PasskeyRow.subscriber_id == subscriber_id).order_by(PasskeyRow.id)
        return self._session.scalars(wanted.with_for_update()).all()

    def _sealed(self, subscriber_id: UUID, name: str) -> bytes:
        return self._keys.seal(subscriber_id, Purpose.AUTHENTICATOR, name.encode())


def typed_name(text: str) -> str | Refusal:
    """A name as typed, on one line, of 1 to 60 characters; `PASSKEY_NAME` (detail `missing` or `long`) otherwise."""
    shown = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text[: MAX_NAME * 10]))
    name = " ".join(shown.split())
    if not name:
        return Refusal(Code.PASSKEY_NAME, "missing")
    return name if len(name) <= MAX_NAME else Refusal(Code.PASSKEY_NAME, "long")


_COLUMNS = (
    PasskeyRow.id,
    PasskeyRow.subscriber_id,
    PasskeyRow.credential_id,
    PasskeyRow.user_handle,
    PasskeyRow.public_key,
    PasskeyRow.sign_count,
    PasskeyRow.aaguid,
    PasskeyRow.transports,
    PasskeyRow.attestation,
    PasskeyRow.backup_eligible,
    PasskeyRow.backed_up,
    PasskeyRow.sealed_name,
    PasskeyRow.created_at,
    PasskeyRow.used_at,
)


def _passkey(row: Row[*tuple[object, ...]]) -> Passkey:
    values = row._asdict()
    return Passkey(**{**values, "transports": tuple(values["transports"])})
