"""Standard claims: which scope asks for which (OIDC Core 5.4), and the `claims` request parameter (5.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from idp.errors import Code, Refusal

__all__ = [
    "SCOPE_CLAIMS",
    "STANDARD_CLAIMS",
    "ClaimsRequest",
    "Requested",
    "claims_for_scopes",
]

MAX_BYTES = 8192
MAX_DEPTH = 4
MAX_ENTRIES = 64

SCOPE_CLAIMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "profile": frozenset(
            {
                "name", "given_name", "middle_name", "family_name", "nickname", "preferred_username",
                "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
            }
        ),
        "email": frozenset({"email", "email_verified"}),
        "phone": frozenset({"phone_number", "phone_number_verified"}),
        "address": frozenset({"address"}),
    }
)  # fmt: skip
"""Scope -> the claims it asks for (OIDC Core 5.4)."""

STANDARD_CLAIMS: tuple[str, ...] = (
    "name", "given_name", "middle_name", "family_name", "nickname", "preferred_username",
    "birthdate", "gender", "email", "email_verified", "phone_number", "phone_number_verified", "address",
    "profile", "picture", "website", "zoneinfo", "locale", "updated_at",
)  # fmt: skip
"""Every claim that is recorded about a person (OIDC Core 5.1), in the order in which people are shown them.

A claim's name is also the key under which its label for people is looked up."""


def claims_for_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The claims that these scopes ask for; a scope that asks for none adds none."""
    return frozenset[str]().union(*(SCOPE_CLAIMS.get(scope, frozenset()) for scope in scopes))


@dataclass(frozen=True, slots=True)
class Requested:
    """How one claim was asked for (OIDC Core 5.5.1); `values` are the acceptable ones, most wanted first."""

    essential: bool = False
    value: Any = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What the `claims` parameter asks for at userinfo and in the ID token.

    Names that mean nothing to us are kept and match nothing, which is how they are ignored (OIDC Core 5.5).
    """

    userinfo: Mapping[str, Requested] = field(default_factory=dict)
    id_token: Mapping[str, Requested] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> ClaimsRequest | Refusal:
        """Read the parameter; None asks for nothing.

        Refused before any JSON is parsed: more than 8 192 bytes, nesting deeper than 4. Refused after: more
        than 64 claims, a member said twice, anything that is not of the form of OIDC Core 5.5.
        """
        if text is None:
            return cls()
        if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            return _refused("too long")
        if _too_deep(text):
            return _refused("nested too deeply")
        try:
            document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        except ValueError:
            return _refused("not JSON, or a member said twice")
        if not isinstance(document, dict):
            return _refused("not an object")
        userinfo, id_token = _target(document.get("userinfo", {})), _target(document.get("id_token", {}))
        if userinfo is None or id_token is None:
            return _refused("a claim is asked for in a form that is not defined")
        if len(userinfo) + len(id_token) > MAX_ENTRIES:
            return _refused("too many claims")
        return cls(userinfo, id_token)

    def standard(self) -> frozenset[str]:
        """The standard claims asked for at either place."""
        return frozenset(STANDARD_CLAIMS) & (self.userinfo.keys() | self.id_token.keys())

    def essential(self) -> frozenset[str]:
        """Those of them that the request calls essential at either place."""
        wanted = [*self.userinfo.items(), *self.id_token.items()]
        return frozenset(STANDARD_CLAIMS) & {name for name, asked in wanted if asked.essential}


def _refused(detail: str) -> Refusal:
    return Refusal(Code.SUBSCRIBER_INVALID, f"claims parameter: {detail}")


def _too_deep(text: str) -> bool:
    depth = 0
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "}]":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member stands twice"
        raise ValueError(message)
    return members


def _no_constant(_name: str) -> Any:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


def _target(members: object) -> dict[str, Requested] | None:
    if not isinstance(members, dict):
        return None
    entries = {name: _requested(form) for name, form in members.items()}
    read = {name: entry for name, entry in entries.items() if entry is not None}
    return read if len(read) == len(entries) else None


def _requested(form: object) -> Requested | None:
    if form is None:
        return Requested()
    if not isinstance(form, dict):
        return None
    essential, values = form.get("essential", False), form.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        return None
    return Requested(essential, form.get("value"), tuple(values))
