"""Is this card good? Asked of a QR text: by whom signed, whether in its time, what it says. No store is asked.

Whether it was taken back since, or its person died, is asked of `enrollment.card.standing` or of the published list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from enrollment.card.cbor import MalformedError, Tagged
from enrollment.card.envelope import Envelope, Fault, opened
from enrollment.card.identity import identity_of, picture_of
from enrollment.card.trust import Trusted, signer_of

__all__ = ["Checked", "Reason", "check"]

CLAIM = 169
_ISSUER, _SUBJECT, _EXPIRES, _NOT_BEFORE, _ISSUED, _SERIAL = 1, 2, 4, 5, 6, 7
_EPOCH = 1


class Reason(StrEnum):
    """Why a card is not good; closed, as printed."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    ENCRYPTED = "encrypted"
    COMPRESSION = "compression"
    ALGORITHM = "algorithm"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    DECEASED = "deceased"
    UNKNOWN_CARD = "unknown-card"


@dataclass(frozen=True, slots=True)
class Checked:
    """A card that was looked at. `claims` is what it says: to be believed only where `reason` is None.

    `serial` and `own` tell which of our own cards it is, where our own key signed it.
    """

    reason: Reason | None
    claims: dict[str, Any] | None = field(default=None, repr=False)
    meta: dict[str, Any] = field(default_factory=dict, repr=False)
    serial: bytes | None = field(default=None, repr=False)
    own: bool = False
    picture: tuple[str, bytes] | None = field(default=None, repr=False)

    @property
    def valid(self) -> bool:
        """True where it may be believed."""
        return self.reason is None


def check(text: str, trusted: Iterable[Trusted], now: datetime, secrets: Collection[bytes] = ()) -> Checked:
    """Look at a QR text. The signature comes before the time, so that `expired` is said of genuine cards only.

    `secrets` open cards that their issuer locked; ours never are.
    """
    envelope = opened(text, secrets)
    if isinstance(envelope, Fault):
        return Checked(Reason(envelope.value))
    try:
        claim = envelope.claims.get(CLAIM)
        claims, meta = identity_of(claim), _meta(envelope.claims)
        picture = picture_of(claim) if isinstance(claim, Mapping) else None
    except MalformedError:
        return Checked(Reason.MALFORMED)
    found = signer_of(envelope, trusted)
    own = found.signer is not None and found.signer.own
    serial = envelope.claims.get(_SERIAL)
    reason = _fault(envelope, known=found.known, signed=found.signer is not None) or _out_of_time(meta, now)
    return Checked(reason, claims, meta, serial if isinstance(serial, bytes) else None, own, picture)


def _fault(envelope: Envelope, *, known: bool, signed: bool) -> Reason | None:
    if not envelope.signature:
        return Reason.UNSIGNED
    if envelope.algorithm is None:
        return Reason.ALGORITHM
    if signed:
        return None
    return Reason.SIGNATURE if known else Reason.UNKNOWN_KEY


def _out_of_time(meta: Mapping[str, Any], now: datetime) -> Reason | None:
    moment = now.timestamp()
    if "expiresAt" in meta and moment >= meta["expiresAt"]:
        return Reason.EXPIRED
    if "notBefore" in meta and moment < meta["notBefore"]:
        return Reason.NOT_YET_VALID
    return None


def _meta(claims: Mapping[int | str, Any]) -> dict[str, Any]:
    """The registered claims that are there (RFC 8392 section 3). Raises `MalformedError` for one of a wrong type."""
    found: dict[str, Any] = {}
    for key, name in ((_ISSUER, "issuer"), (_SUBJECT, "subject")):
        if key in claims:
            if not isinstance(claims[key], str):
                raise MalformedError
            found[name] = claims[key]
    for key, name in ((_EXPIRES, "expiresAt"), (_NOT_BEFORE, "notBefore"), (_ISSUED, "issuedAt")):
        if key in claims:
            found[name] = _moment(claims[key])
    return found


def _moment(value: Any) -> int | float:
    if isinstance(value, Tagged) and value.tag == _EPOCH:
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedError
    return value
