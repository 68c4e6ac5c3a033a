"""Which level of assurance a request asks for, and which one its scopes need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from idp.clients.client import Client
from idp.subscribers.claims import ClaimsRequest

__all__ = ["NO_LEVELS", "essential_acr", "level_of_scopes", "wished_acr"]

NO_LEVELS: Mapping[str, int] = MappingProxyType({})
MAX_ACR_VALUES = 10


def level_of_scopes(levels: Mapping[str, int], scope: Iterable[str]) -> int:
    """The highest level, 0 to 3, that one of these scopes needs."""
    return max((levels.get(word, 0) for word in scope), default=0)


def essential_acr(claims: ClaimsRequest) -> tuple[str, ...]:
    """The levels of which one must be reached (OpenID Connect Core 5.5.1.1); empty when acr is not essential."""
    asked = claims.id_token.get("acr")
    if asked is None or not asked.essential:
        return ()
    wanted = asked.values or (asked.value,)
    return tuple(str(value) for value in wanted if value is not None)


def wished_acr(acr_values: Sequence[str], claims: ClaimsRequest, client: Client) -> tuple[str, ...]:
    """The levels wished for: `acr_values`, an acr claim that is not essential, else what the client registered.

    OpenID Connect Core 3.1.2.1 and 5.5.1.1, Dynamic Registration 2 (`default_acr_values`).
    """
    asked = claims.id_token.get("acr")
    by_claim = () if asked is None or asked.essential else asked.values or (asked.value,)
    words = [*acr_values, *(str(value) for value in by_claim if value is not None)]
    return tuple(words[:MAX_ACR_VALUES]) or client.default_acr_values
