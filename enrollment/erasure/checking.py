"""Is a proof true? The signature is ours, the list is what was signed, the keys are gone, the bytes are noise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from enrollment.erasure.material import digest_of
from enrollment.erasure.models import ErasureRow
from enrollment.storage import Kind
from enrollment.storage.placing import Leavings, Left, Placed
from idp.database import Session
from idp.keys.jose import Algorithm, VerifyingKey, decode_segment, public_key
from idp.keys.models import PersonKeyRow, SigningKeyRow

__all__ = ["Checking", "Verdict"]

_TYPE = "erasure+jwt"
MAX_CHARS = 4096


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `reason` says what is wrong, as a closed word; None where nothing is.

    `keys_left` are keys that were to be destroyed and are there, `readable` objects that still open; `sealed` are
    there without a key that opens them, `gone` are not there.
    """

    reason: str | None
    claims: Mapping[str, Any]
    keys: int = 0
    keys_left: int = 0
    gone: int = 0
    sealed: int = 0
    readable: int = 0

    @property
    def valid(self) -> bool:
        """True when everything that the statement says is so."""
        return self.reason is None


class Checking:
    """Reads and changes nothing, in the caller's transaction. `leavings` None: there is no object store to ask."""

    def __init__(self, session: Session, leavings: Leavings | None) -> None:
        self._session = session
        self._leavings = leavings

    def check(self, proof: str) -> Verdict:
        """Whether the statement holds, now.

        Reasons: `malformed`, `unknown_key`, `signature`, `unknown` (no such erasure here), `list` (it is not what
        was signed), `keys` (one is there), `objects` (one opens), `no_store` (objects could not be asked for).
        """
        claims = self._claims(proof)
        if isinstance(claims, str):
            return Verdict(claims, {})
        row = self._row(claims)
        if row is None or row.material is None:
            return Verdict("unknown", claims)
        material = row.material
        counts = len(material["keys"]) == claims.get("keys"), len(material["objects"]) == claims.get("objects")
        if digest_of(material) != claims.get("digest") or not all(counts) or row.scope != claims.get("scope"):
            return Verdict("list", claims)
        left = sum(self._there(*key) for key in material["keys"])
        found = [self._left(one) for one in material["objects"]] if self._leavings is not None else []
        states = {state: found.count(state) for state in Left}
        reason = "keys" if left else "objects" if states[Left.READABLE] else None
        if reason is None and self._leavings is None and material["objects"]:
            reason = "no_store"
        counted = states[Left.NOTHING], states[Left.SEALED], states[Left.READABLE]
        return Verdict(reason, claims, len(material["keys"]), left, *counted)

    def _claims(self, proof: str) -> dict[str, Any] | str:
        """What is signed, with whichever key of ours, also one that signs no more; else what is wrong."""
        header, _, rest = proof.partition(".")
        payload, _, signature = rest.partition(".")
        if len(proof) > MAX_CHARS:
            return "malformed"
        try:
            said, signed, raw = json.loads(decode_segment(header)), decode_segment(payload), decode_segment(signature)
        except ValueError:
            return "malformed"
        if not isinstance(said, dict) or said.get("typ") != _TYPE or not isinstance(said.get("kid"), str):
            return "malformed"
        row = self._session.get(SigningKeyRow, said["kid"])
        if row is None or said.get("alg") != row.algorithm:
            return "unknown_key"
        key = VerifyingKey(row.kid, Algorithm(row.algorithm), public_key(row.public_jwk))
        if not key.verifies(raw, f"{header}.{payload}".encode()):
            return "signature"
        claims = json.loads(signed)
        return claims if isinstance(claims, dict) else "malformed"

    def _row(self, claims: Mapping[str, Any]) -> ErasureRow | None:
        try:
            wanted = UUID(str(claims.get("jti")))
        except ValueError:
            return None
        return self._session.get(ErasureRow, wanted, populate_existing=True)

    def _there(self, owner: str, purpose: str, digest: str) -> bool:
        """Whether that very key is stored; one that was made since is another."""
        wanted = select(PersonKeyRow.wrapped).where(
            PersonKeyRow.person_id == UUID(owner), PersonKeyRow.purpose == purpose
        )
        wrapped = self._session.scalar(wanted)
        return wrapped is not None and sha256(wrapped).hexdigest() == digest

    def _left(self, listed: list[Any]) -> Left:
        assert self._leavings is not None, "asked before"  # noqa: S101 - for the type checker
        object_id, owner, kind, version, store_version, _ = listed
        return self._leavings.of(Placed(UUID(object_id), UUID(owner), Kind(kind), version, store_version))
