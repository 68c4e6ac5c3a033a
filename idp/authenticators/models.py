"""Stored authenticators, one-time codes that are under way, and the durable counters of guesses."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = [
    "BiometricLockRow",
    "BiometricSampleRow",
    "OneTimeCodeRow",
    "PasskeyRow",
    "PasswordRow",
    "RecoveryCodeRow",
    "ThrottleRow",
    "TotpRow",
]


class PasswordRow(Base):
    """A person's password as an argon2id string. `stands_alone`: known to be long enough without a second factor."""

    __tablename__ = "password"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[dt.datetime]
    stands_alone: Mapped[bool] = mapped_column(server_default=false())


class TotpRow(Base):
    """A TOTP authenticator: secret and name sealed with the person's key, and the last step accepted."""

    __tablename__ = "totp"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int | None] = mapped_column(BigInteger())
    created_at: Mapped[dt.datetime]
    sealed_name: Mapped[bytes | None]
    used_at: Mapped[dt.datetime | None]


class PasskeyRow(Base):
    """A WebAuthn credential (Web Authentication Level 3, section 4): public, but for the name its owner gave it.

    `user_handle` is the same random value for every passkey of a person, and tells nothing. `backup_eligible` and
    `backed_up` are the flags of section 6.1.3; the first never changes.
    """

    __tablename__ = "passkey"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    user_handle: Mapped[bytes] = mapped_column(index=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger())
    aaguid: Mapped[uuid.UUID]
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    attestation: Mapped[str]
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    sealed_name: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class RecoveryCodeRow(Base):
    """A printed code that is still good. Using it removes the row; `digest` is keyed, and salted by set."""

    __tablename__ = "recovery_code"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    created_at: Mapped[dt.datetime]


class OneTimeCodeRow(Base):
    """A code that went out by e-mail or SMS.

    It is good for one purpose, for what it is `bound_to` (a sign-in transaction, a contact change, ...) and for the
    address it went to (`target`, a blind token), a few tries long.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (
        CheckConstraint("purpose in ('signin', 'contact', 'recovery', 'registration')", name="purpose"),
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        Index("ix_one_time_code_bound", "purpose", "bound_to"),
        # How often an address and a person were sent to is read off the codes.
        Index("ix_one_time_code_target", "target", "created_at"),
        Index("ix_one_time_code_subscriber", "subscriber_id", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    bound_to: Mapped[str]
    subscriber_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    channel: Mapped[str]
    target: Mapped[bytes]
    digest: Mapped[bytes]
    tries: Mapped[int]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    spent_at: Mapped[dt.datetime | None]


class BiometricLockRow(Base):
    """A modality that its owner locked: it proves nothing until the owner unlocks it."""

    __tablename__ = "biometric_lock"
    __table_args__ = (CheckConstraint("modality in ('face', 'finger')", name="modality"),)

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    modality: Mapped[str] = mapped_column(primary_key=True)
    locked_at: Mapped[dt.datetime]


class BiometricSampleRow(Base):
    """A keyed digest of a sample that was shown for a person lately. Nobody can tell the sample from it."""

    __tablename__ = "biometric_sample"

    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    seen_at: Mapped[dt.datetime]


class ThrottleRow(Base):
    """Guesses at one factor of one subject from one kind of device.

    `subject` is an HMAC of the identifier typed (known person or not), `bucket` is `unknown` or a known
    device's id.
    """

    __tablename__ = "throttle"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    factor: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    window_started_at: Mapped[dt.datetime]
    blocked_until: Mapped[dt.datetime | None]
