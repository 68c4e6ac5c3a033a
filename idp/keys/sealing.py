"""Envelope encryption: root key -> key per purpose -> key per person and purpose -> sealed bytes.

AES-256-GCM throughout (NIST SP 800-38D) with a random 96-bit nonce in front. What a ciphertext belongs to is
associated data, so bytes moved to another person, purpose or version do not open. Rotating the root or a purpose
key rewraps only keys; destroying a person's key erases everything sealed under it, backups included.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = [
    "FileRootKey",
    "KeysMissingError",
    "PersonKey",
    "Purpose",
    "PurposeKeys",
    "RootKey",
    "SealBrokenError",
    "Sealer",
]

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBrokenError(Exception):
    """Sealed bytes did not open: wrong key, wrong owner, or changed. Always an alarm, never an expected refusal."""


class Purpose(StrEnum):
    """What a key may be used for. A key of one purpose opens nothing of another."""

    IDENTITY = "identity"
    AUTHENTICATOR = "authenticator"
    SIGNING = "signing"
    PAIRWISE = "pairwise"
    BLIND_INDEX = "blind-index"
    REFRESH = "refresh"
    SESSION = "session"
    THROTTLE = "throttle"
    MESSAGE = "message"
    ENROLMENT = "enrolment"
    SAMPLE = "sample"
    TEMPLATE = "template"
    CARD = "card"


class RootKey(Protocol):
    """The top of the hierarchy: a file in development, hardware or a key service elsewhere."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt `key`, bound to `context`."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt; raises `SealBrokenError` unless made by `wrap` with the same context."""
        ...


class FileRootKey:
    """A root key of 32 bytes in a file; production refuses it (see `config.settings`)."""

    def __init__(self, key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        if len(key) != KEY_BYTES:
            message = f"a root key has {KEY_BYTES} bytes, this one {len(key)}"
            raise ValueError(message)
        self._key = key
        self._random_bytes = random_bytes

    @classmethod
    def from_file(cls, path: Path, random_bytes: Callable[[int], bytes]) -> FileRootKey:
        """Read the key; raises OSError when the file is not readable, ValueError when its size is wrong."""
        return cls(path.read_bytes(), random_bytes)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt `key`, bound to `context`."""
        return _seal(self._key, key, context, self._random_bytes(NONCE_BYTES))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt; raises `SealBrokenError` unless made by `wrap` with the same context."""
        return _open(self._key, wrapped, context)


class KeysMissingError(Exception):
    """The installation has no keys yet: `./wangov keys init` makes them."""


OpenedKeys = Mapping[tuple["Purpose", int], bytes]


class PurposeKeys:
    """The opened keys by purpose. Read at the first use and then held in memory for the life of the process.

    Takes the keys themselves, or a function that fetches them. Every method raises `KeysMissingError` while there
    are none.
    """

    def __init__(self, keys: OpenedKeys | Callable[[], OpenedKeys]) -> None:
        self._fetch = keys if callable(keys) else lambda: keys
        self._held: dict[tuple[Purpose, int], bytes] = {}

    @property
    def _keys(self) -> dict[tuple[Purpose, int], bytes]:
        if not self._held:
            self._held = dict(self._fetch())
            if not self._held:
                raise KeysMissingError
        return self._held

    def newest(self, purpose: Purpose) -> tuple[int, bytes]:
        """Version and key to seal with; raises `KeysMissingError` when there is none for it.

        A purpose that came with a later version of the software gets its key from `keys init`: looked for once more.
        """
        versions = [version for held, version in self._keys if held is purpose]
        if not versions:
            self._held = dict(self._fetch()) or self._held
            versions = [version for held, version in self._keys if held is purpose]
        if not versions:
            raise KeysMissingError
        return max(versions), self._keys[purpose, max(versions)]

    def key(self, purpose: Purpose, version: int) -> bytes:
        """The key to open with; raises KeyError for a version that does not exist."""
        return self._keys[purpose, version]

    def mac(self, purpose: Purpose, text: str) -> bytes:
        """HMAC-SHA256 (RFC 2104) of `text` under version 1 of a purpose whose key never rotates, 32 bytes."""
        return hmac.digest(self._keys[purpose, 1], text.encode("utf-8", "surrogatepass"), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's wrapped key for one purpose, as stored."""

    person_id: UUID
    purpose: Purpose
    version: int
    purpose_version: int
    wrapped: bytes


class Sealer:
    """Seals and opens what belongs to a person, and the private halves of signing keys."""

    def __init__(self, keys: PurposeKeys, random_bytes: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._random_bytes = random_bytes

    def new_person_key(self, person_id: UUID, purpose: Purpose) -> PersonKey:
        """A fresh key for this person and purpose, ready to be stored."""
        purpose_version, outer = self._keys.newest(purpose)
        context = _person_context(person_id, purpose, 1, purpose_version)
        wrapped = _seal(outer, self._random_bytes(KEY_BYTES), context, self._random_bytes(NONCE_BYTES))
        return PersonKey(person_id, purpose, 1, purpose_version, wrapped)

    def seal(self, key: PersonKey, plaintext: bytes, about: str = "") -> bytes:
        """Seal for this person and purpose; 28 bytes longer than the plaintext.

        `about` says what it is (an object and its version): nothing else of the same person's can take its place.
        """
        return _seal(self._unwrapped(key), plaintext, _content_context(key, about), self._random_bytes(NONCE_BYTES))

    def open(self, key: PersonKey, sealed: bytes, about: str = "") -> bytes:
        """Open; raises `SealBrokenError` unless sealed for this very person, purpose, version and `about`."""
        return _open(self._unwrapped(key), sealed, _content_context(key, about))

    def seal_system(self, purpose: Purpose, label: str, plaintext: bytes) -> bytes:
        """Seal something of the installation itself (a signing key), bound to its `label`."""
        version, key = self._keys.newest(purpose)
        sealed = _seal(key, plaintext, f"{purpose}|{version}|{label}".encode(), self._random_bytes(NONCE_BYTES))
        return version.to_bytes(2, "big") + sealed

    def open_system(self, purpose: Purpose, label: str, sealed: bytes) -> bytes:
        """Open what `seal_system` sealed under the same label; raises `SealBrokenError` otherwise."""
        version = int.from_bytes(sealed[:2], "big")
        key = self._outer(purpose, version)
        return _open(key, sealed[2:], f"{purpose}|{version}|{label}".encode())

    def _outer(self, purpose: Purpose, version: int) -> bytes:
        try:
            return self._keys.key(purpose, version)
        except KeyError:
            message = "sealed under a key that does not exist"
            raise SealBrokenError(message) from None

    def _unwrapped(self, key: PersonKey) -> bytes:
        outer = self._outer(key.purpose, key.purpose_version)
        return _open(outer, key.wrapped, _person_context(key.person_id, key.purpose, key.version, key.purpose_version))


def _person_context(person_id: UUID, purpose: Purpose, version: int, purpose_version: int) -> bytes:
    return f"key|{person_id}|{purpose}|{version}|{purpose_version}".encode()


def _content_context(key: PersonKey, about: str) -> bytes:
    context = f"content|{key.person_id}|{key.purpose}|{key.version}"
    return (f"{context}|{about}" if about else context).encode()


def _seal(key: bytes, plaintext: bytes, context: bytes, nonce: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        message = "sealed bytes did not open"
        raise SealBrokenError(message) from error
