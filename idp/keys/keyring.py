"""The ring of signing keys as one process sees it: who signs now, who may verify, and JWKS as ready bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys.jose import Algorithm, SigningKey, TokenType, VerifyingKey, decode_segment, header_segment, public_key

__all__ = ["Keyring", "RingKey"]

MAX_TOKEN_CHARS = 16_384
# About a kilobyte each.
MAX_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class RingKey:
    """A published key: its moments decide whether it signs (`signing` is None once the private half is destroyed)."""

    kid: str
    algorithm: Algorithm
    jwk: dict[str, str]
    activate_at: datetime
    retire_at: datetime | None
    signing: SigningKey | None


class Keyring:
    """Immutable but for its memory of at most `remembering` tokens; built anew when keys change or moments pass."""

    def __init__(self, keys: Iterable[RingKey], *, remembering: int = MAX_REMEMBERED) -> None:
        self._keys = tuple(sorted(keys, key=lambda key: (key.activate_at, key.kid)))
        self._verifying: dict[str, tuple[TokenType, VerifyingKey]] = {}
        for key in self._keys:
            verifying = VerifyingKey(key.kid, key.algorithm, public_key(key.jwk))
            for kind in TokenType:
                self._verifying[header_segment(key.algorithm, kind, key.kid)] = (kind, verifying)
        self._remembering = remembering
        self._remembered: dict[tuple[TokenType, str], dict[str, Any]] = {}
        document = {"keys": [key.jwk for key in self._keys]}
        self.jwks = json.dumps(document, separators=(",", ":")).encode()
        self.jwks_etag = f'"{hashlib.sha256(self.jwks).hexdigest()[:32]}"'

    def algorithms(self, now: datetime) -> list[Algorithm]:
        """What can be signed with at this moment, in a stable order."""
        return [algorithm for algorithm in Algorithm if self.signer(algorithm, now) is not None]

    def signer(self, algorithm: Algorithm, now: datetime) -> SigningKey | None:
        """The key that signs: of those active at `now` the one activated last; None when there is none."""
        for key in reversed(self._keys):
            active = key.activate_at <= now and (key.retire_at is None or now < key.retire_at)
            if active and key.algorithm == algorithm and key.signing is not None:
                return key.signing
        return None

    def signer_at(self, algorithm: Algorithm, epoch: int) -> SigningKey:
        """The key that signs at a moment in seconds.

        Raises `StoreUnavailableError` when no key of the algorithm is active then, as where the clock is wrong.
        """
        # `epoch` is cut to whole seconds; a key that became active within this one may sign already.
        key = self.signer(algorithm, datetime.fromtimestamp(epoch + 1, UTC))
        if key is None:
            message = f"no active signing key for {algorithm}"
            raise StoreUnavailableError(message)
        return key

    def read(self, kind: TokenType, token: str) -> dict[str, Any] | Refusal:
        """The claims of a token of ours whose signature holds; says nothing of its time, audience or revocation.

        Size is checked before anything else, the header before the signature, the signature before the payload. Tokens
        that held are remembered, to the letter and for the life of this ring: a resource server shows the same one
        again and again. Callers must not change the claims.
        """
        if len(token) > MAX_TOKEN_CHARS:
            return Refusal(Code.TOKEN_MALFORMED, "longer than any token of ours")
        remembered = self._remembered.get((kind, token))
        if remembered is not None:
            return remembered
        claims = self._verified(kind, token)
        if not isinstance(claims, Refusal):
            if len(self._remembered) >= self._remembering:
                self._remembered.clear()
            self._remembered[kind, token] = claims
        return claims

    def _verified(self, kind: TokenType, token: str) -> dict[str, Any] | Refusal:
        header, _, rest = token.partition(".")
        payload, _, signature = rest.partition(".")
        known = self._verifying.get(header)
        if known is None:
            return Refusal(Code.TOKEN_SIGNATURE, "not a header of ours")
        found, key = known
        if found is not kind:
            return Refusal(Code.TOKEN_TYPE, f"a {found} where a {kind} belongs")
        try:
            raw_signature = decode_segment(signature)
            raw_payload = decode_segment(payload)
        except ValueError:
            return Refusal(Code.TOKEN_MALFORMED, "not base64url")
        if not key.verifies(raw_signature, f"{header}.{payload}".encode()):
            return Refusal(Code.TOKEN_SIGNATURE, "the signature does not hold")
        claims: dict[str, Any] = json.loads(raw_payload)
        return claims
