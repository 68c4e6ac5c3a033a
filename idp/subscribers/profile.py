"""The sealed record of a person: what is in it, and how it is opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.keys import PersonKey, Sealer

__all__ = ["Identity", "display_name", "open_identity", "open_profile", "seal_identity", "words_about"]


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A person's user name (folded) and recorded claims. No `repr`: no log or failure shows it."""

    username: str
    claims: Mapping[str, Any]


def seal_identity(sealer: Sealer, key: PersonKey, identity: Identity) -> bytes:
    """The record as it is stored."""
    document = {"username": identity.username, "claims": identity.claims}
    return sealer.seal(key, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def open_identity(sealer: Sealer, key: PersonKey, sealed: bytes) -> Identity:
    """The reverse; raises `SealBrokenError` for a record of anybody else."""
    document = json.loads(sealer.open(key, sealed))
    return Identity(document["username"], document["claims"])


def open_profile(sealer: Sealer, key: PersonKey, sealed: bytes) -> dict[str, Any]:
    """The recorded claims alone, as userinfo needs them."""
    return dict(open_identity(sealer, key, sealed).claims)


def words_about(identity: Identity) -> list[str]:
    """What others may know of the person, which a password must not contain: names, contacts, birth date."""
    told = ("name", "given_name", "middle_name", "family_name", "nickname", "email", "phone_number", "birthdate")
    claims = identity.claims
    return [identity.username, *(value for name in told if isinstance(value := claims.get(name), str))]


def display_name(identity: Identity) -> str:
    """What to call the person on a page: the recorded full name, its parts, else the user name."""
    claims = identity.claims
    parts = (claims.get(part) for part in ("given_name", "middle_name", "family_name"))
    return claims.get("name") or " ".join(filter(None, parts)) or identity.username
