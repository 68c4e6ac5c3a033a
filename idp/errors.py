"""Refusals: the closed list of reasons for which the house says no, as values.

A service that expects to say no returns a `Refusal`; an exception means a broken rule or a bug.
The edges translate: people get a page, OAuth callers the registered error code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Code", "OutcomeUnknownError", "Refusal", "StoreUnavailableError"]


class Code(StrEnum):
    """Every reason to refuse. The part before the dot names the room that says it."""

    CLIENT_UNKNOWN = "client.unknown"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_CREDENTIALS = "client.credentials"
    CLIENT_METHOD = "client.method"
    CLIENT_THROTTLED = "client.throttled"
    CLIENT_METADATA = "client.metadata"
    CLIENT_REDIRECT_URI = "client.redirect_uri"
    CLIENT_EXISTS = "client.exists"
    AUDIT_REQUEST = "audit.request"
    RESOURCE_UNKNOWN = "resource.unknown"
    RESOURCE_NOT_ALLOWED = "resource.not_allowed"
    SUBSCRIBER_UNKNOWN = "subscriber.unknown"
    SUBSCRIBER_EXISTS = "subscriber.exists"
    SUBSCRIBER_INVALID = "subscriber.invalid"
    SUBSCRIBER_STATE = "subscriber.state"
    CONTACT_INVALID = "contact.invalid"
    CONTACT_SAME = "contact.same"
    CONTACT_OVER = "contact.over"
    CONTACT_LAST = "contact.last"
    CORRECTION_CLAIM = "correction.claim"
    CORRECTION_VALUE = "correction.value"
    CORRECTION_SAME = "correction.same"
    CORRECTION_REASON = "correction.reason"
    CORRECTION_LIMIT = "correction.limit"
    CORRECTION_STATE = "correction.state"
    CONCERN_TEXT = "concern.text"
    CONCERN_LIMIT = "concern.limit"
    CONCERN_STATE = "concern.state"
    EXPORT_WAIT = "export.wait"
    CLOSING_STATE = "closing.state"
    INVITATION_UNKNOWN = "mandate.invitation"
    MANDATE_UNKNOWN = "mandate.unknown"
    MANDATE_STATE = "mandate.state"
    MANDATE_POWERS = "mandate.powers"
    MANDATE_LIMIT = "mandate.limit"
    MANDATE_EXISTS = "mandate.exists"
    MANDATE_SELF = "mandate.self"
    PASSWORD_WRONG = "password.wrong"
    PASSWORD_WEAK = "password.weak"
    PASSWORD_BUSY = "password.busy"
    TOTP_WRONG = "totp.wrong"
    TOTP_REPLAYED = "totp.replayed"
    FACTOR_MISSING = "factor.missing"
    FACTOR_LIMIT = "factor.limit"
    FACTOR_ATTEMPT = "factor.attempt"
    PASSKEY_MALFORMED = "passkey.malformed"
    PASSKEY_CHALLENGE = "passkey.challenge"
    PASSKEY_ORIGIN = "passkey.origin"
    PASSKEY_TYPE = "passkey.type"
    PASSKEY_UNVERIFIED = "passkey.unverified"
    PASSKEY_UNKNOWN = "passkey.unknown"
    PASSKEY_SIGNATURE = "passkey.signature"
    PASSKEY_COUNTER = "passkey.counter"
    PASSKEY_BACKUP = "passkey.backup"
    PASSKEY_ALGORITHM = "passkey.algorithm"
    PASSKEY_MODEL = "passkey.model"
    PASSKEY_EXISTS = "passkey.exists"
    PASSKEY_LIMIT = "passkey.limit"
    PASSKEY_LAST = "passkey.last"
    PASSKEY_NAME = "passkey.name"
    RECOVERY_CODE_WRONG = "recovery_code.wrong"
    MESSAGE_CODE_WRONG = "message_code.wrong"
    MESSAGE_CODE_OVER = "message_code.over"
    BIOMETRIC_SIZE = "biometric.size"
    BIOMETRIC_CHALLENGE = "biometric.challenge"
    BIOMETRIC_REPLAY = "biometric.replay"
    BIOMETRIC_NO_MATCH = "biometric.no_match"
    BIOMETRIC_CAPTURE = "biometric.capture"
    THROTTLED = "throttling.wait"
    SESSION_MISSING = "session.missing"
    SESSION_ENDED = "session.ended"
    TRANSACTION_MISSING = "signin.transaction_missing"
    TRANSACTION_EXPIRED = "signin.transaction_expired"
    TRANSACTION_FOREIGN = "signin.transaction_foreign"
    TRANSACTION_STATE = "signin.transaction_state"
    CONSENT_MISSING = "consent.missing"
    CONSENT_UNKNOWN = "consent.unknown"
    CONSENT_FIELD = "consent.field"
    TOKEN_MALFORMED = "token.malformed"
    TOKEN_SIGNATURE = "token.signature"
    TOKEN_EXPIRED = "token.expired"
    TOKEN_AUDIENCE = "token.audience"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_TYPE = "token.type"
    GRANT_UNKNOWN = "grant.unknown"
    GRANT_REPLAYED = "grant.replayed"
    GRANT_EXPIRED = "grant.expired"
    GRANT_CLIENT = "grant.client"
    GRANT_REDIRECT_URI = "grant.redirect_uri"
    GRANT_VERIFIER = "grant.verifier"
    GRANT_REUSED = "grant.reused"
    GRANT_SCOPE = "grant.scope"
    KEY_STATE = "keys.state"
    MESSAGE_ADDRESS = "message.address"
    MESSAGE_BUDGET = "message.budget"
    MESSAGE_STATE = "message.state"
    LINK_UNKNOWN = "notice.link"
    RECOVERY_UNKNOWN = "recovery.unknown"
    RECOVERY_STATE = "recovery.state"
    RECOVERY_CHANGED = "recovery.changed"
    RECOVERY_LOCKED = "recovery.locked"
    REGISTRATION_UNKNOWN = "registration.unknown"
    REGISTRATION_STATE = "registration.state"
    REGISTRATION_TAKEN = "registration.taken"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected no.

    `detail` is for logs and operators, never for the public, and holds no personal data or secret.
    `retry_after` is in whole seconds where waiting helps.
    """

    code: Code
    detail: str = ""
    retry_after: int | None = None


class StoreUnavailableError(Exception):
    """A store did not answer in time or turned the request away; nothing was done. The edge answers 503."""


class OutcomeUnknownError(StoreUnavailableError):
    """The connection was lost while committing: it may or may not have happened.

    Counts as spent; the edge answers 503.
    """
