"""What a browser sends back from a passkey ceremony, read strictly: sizes first, then shape, nothing believed yet.

The JSON forms are those of Web Authentication Level 3 sections 5.1 (`RegistrationResponseJSON`,
`AuthenticationResponseJSON`) and 5.8.1 (client data).
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from idp.authenticators.passkey_bytes import plain_cbor
from idp.errors import Code, Refusal

__all__ = ["MAX_ANSWER", "Asserted", "ClientData", "Registered", "encoded", "read_assertion", "read_registration"]

MAX_ANSWER = 65_536
MAX_CREDENTIAL_ID = 1023  # section 7.1 step 25
MAX_USER_HANDLE = 64  # section 5.4.3
MAX_CLIENT_DATA = 4096
MAX_SIGNATURE = 1024
MAX_TRANSPORTS = 8
KIND = "public-key"
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ClientData:
    """The client data that an authenticator signed, and its bytes. `framed`: the page stood inside another site's."""

    raw: bytes = field(repr=False)
    type: str
    challenge: bytes = field(repr=False)
    origin: str
    framed: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential as the browser tells of it."""

    credential_id: bytes
    client: ClientData
    attestation_object: bytes = field(repr=False)
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asserted:
    """The use of a credential as the browser tells of it. `user_handle` is absent unless the passkey keeps one."""

    credential_id: bytes
    client: ClientData
    authenticator_data: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    user_handle: bytes | None


class _MalformedError(Exception):
    """Raised inside this module only; its text names the member."""


def read_registration(text: str) -> Registered | Refusal:
    """The answer of `navigator.credentials.create()` as JSON; `PASSKEY_MALFORMED` names the member in its detail."""
    try:
        credential_id, response = _credential(text)
        attestation = _cbor(response, "attestationObject")
        client = _client_data(_bytes(response, "clientDataJSON", MAX_CLIENT_DATA))
        return Registered(credential_id, client, attestation, _transports(response.get("transports")))
    except _MalformedError as error:
        return Refusal(Code.PASSKEY_MALFORMED, str(error))


def read_assertion(text: str) -> Asserted | Refusal:
    """The answer of `navigator.credentials.get()` as JSON; refused as by `read_registration`."""
    try:
        credential_id, response = _credential(text)
        handle = response.get("userHandle")
        return Asserted(
            credential_id,
            _client_data(_bytes(response, "clientDataJSON", MAX_CLIENT_DATA)),
            _bytes(response, "authenticatorData", MAX_CLIENT_DATA),
            _bytes(response, "signature", MAX_SIGNATURE),
            None if handle is None else _bytes(response, "userHandle", MAX_USER_HANDLE),
        )
    except _MalformedError as error:
        return Refusal(Code.PASSKEY_MALFORMED, str(error))


def encoded(value: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5), as all bytes of these documents are written."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _credential(text: str) -> tuple[bytes, dict[str, Any]]:
    if len(text) > MAX_ANSWER:
        raise _MalformedError("size")
    document = _object(text, "json")
    if document.get("type") != KIND or document.get("id") != document.get("rawId"):
        raise _MalformedError("type or id")
    response = document.get("response")
    if not isinstance(response, dict):
        raise _MalformedError("response")
    return _bytes(document, "rawId", MAX_CREDENTIAL_ID), response


def _client_data(raw: bytes) -> ClientData:
    document = _object(raw, "clientDataJSON")
    kind, origin = document.get("type"), document.get("origin")
    if not isinstance(kind, str) or not isinstance(origin, str):
        raise _MalformedError("clientDataJSON")
    framed = document.get("crossOrigin", False) is not False or "topOrigin" in document
    return ClientData(raw, kind, _bytes(document, "challenge", MAX_USER_HANDLE), origin, framed)


def _object(text: str | bytes, member: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _MalformedError(member) from None
    if not isinstance(document, dict):
        raise _MalformedError(member)
    return document


def _bytes(document: dict[str, Any], member: str, most: int) -> bytes:
    """The bytes of a base64url member: not empty, not longer than `most`, and written in the one canonical way."""
    value = document.get(member)
    if not isinstance(value, str) or len(value) > most * 4 // 3 + 1 or _BASE64URL.fullmatch(value) is None:
        raise _MalformedError(member)
    try:
        decoded = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        raise _MalformedError(member) from None
    if len(decoded) > most or encoded(decoded) != value:
        raise _MalformedError(member)
    return decoded


def _cbor(document: dict[str, Any], member: str) -> bytes:
    raw = _bytes(document, member, MAX_ANSWER)
    if not plain_cbor(raw):
        raise _MalformedError(member)
    return raw


def _transports(value: object) -> tuple[str, ...]:
    """The transports that we know of; a hint for later ceremonies, so others are passed over (section 5.8.4)."""
    if not isinstance(value, list):
        return ()
    return tuple(sorted({item for item in value[:MAX_TRANSPORTS] if isinstance(item, str) and item in _TRANSPORTS}))
