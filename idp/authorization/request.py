"""The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1) as values: parameters, refusals, result.

Two kinds of no. Until the client and its redirect URI are known to be good, nothing may be sent anywhere: the person
sees a page (`Stop`). After that every refusal goes back to the client (`Fail`). The order of the checks is the security
property, so it stands in one list at the end of `idp.authorization.checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from idp.authenticators.assurance import level_of
from idp.clients.client import Client
from idp.subscribers.claims import SCOPE_CLAIMS, ClaimsRequest

__all__ = [
    "PERSONAL_SCOPES",
    "UNKNOWN_LEVEL",
    "AuthorizationRequest",
    "Fail",
    "Parameters",
    "Stop",
    "parked_parameters",
    "words_of",
]

MAX_PARAMETERS = 64
MAX_TOTAL_BYTES = 16_384
# What is parked while the person signs in; parameters that mean nothing to us are not kept for anybody.
KNOWN = frozenset(
    {
        "acr_values", "claims", "claims_locales", "client_id", "code_challenge", "code_challenge_method", "display",
        "id_token_hint", "login_hint", "max_age", "nonce", "prompt", "redirect_uri", "resource", "response_mode",
        "response_type", "scope", "state", "ui_locales",
    }
)  # fmt: skip
# Of an essential acr that is none of ours.
UNKNOWN_LEVEL = 4
# Scopes that mean a person; a client on its own account cannot have them.
PERSONAL_SCOPES = frozenset({"openid", "offline_access", *SCOPE_CLAIMS})


@dataclass(frozen=True, slots=True)
class Stop:
    """No, and nowhere to send it: the person gets a page.

    `reason` is a key of the page's texts, `detail` is for the log.
    """

    reason: str
    detail: str = ""
    redirect_mismatch: bool = False


@dataclass(frozen=True, slots=True)
class Fail:
    """No, told to the client at its verified redirect URI with a registered error code."""

    error: str
    description: str
    redirect_uri: str
    response_mode: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Parameters:
    """Raw parameters, each name once, except `resource` (RFC 8707 section 2)."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self | Stop:
        """Refuses repeated, too many or too long parameters before anything looks at their meaning (RFC 6749 3.1)."""
        kept = tuple(pairs)
        if len(kept) > MAX_PARAMETERS or _size(kept) > MAX_TOTAL_BYTES:
            return Stop("request_too_long")
        names = [name for name, _ in kept if name != "resource"]
        if len(set(names)) != len(names):
            return Stop("request_invalid", "a parameter is repeated")
        if any(_is_no_text(text) for pair in kept for text in pair):
            return Stop("request_invalid", "a parameter holds characters that are no text")
        return cls(kept)

    def get(self, name: str) -> str | None:
        """The value of a parameter; an empty one counts as absent (RFC 6749 3.1)."""
        for held, value in self.pairs:
            if held == name:
                return value or None
        return None

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may repeat."""
        return [value for held, value in self.pairs if held == name and value]

    def words(self, name: str) -> list[str]:
        """A space-separated parameter as its words, first mention first, each once."""
        return list(dict.fromkeys(words_of(self.get(name) or "")))


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that passed every check. `client` and `claims` are rebuilt from `raw` when it is parked and resumed."""

    client: Client
    redirect_uri: str
    response_mode: str
    state: str | None
    scope: tuple[str, ...]
    nonce: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    hinted_subject: str | None = None
    code_challenge: str | None = None
    audience: tuple[str, ...] = ()
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)
    scope_level: int = 0
    raw: Parameters = Parameters(())

    @property
    def needed_level(self) -> int:
        """The level without which there is no code, 0 to 3; 4 where one is essential that nobody can reach.

        The client's own, the highest that a scope asks for, and the lowest of the essential ones (OpenID Connect
        Core 5.5.1.1).
        """
        essential = [level_of(acr) for acr in self.essential_acr]
        lowest = min((level for level in essential if level), default=UNKNOWN_LEVEL) if essential else 0
        own = 0 if self.client.min_acr is None else level_of(self.client.min_acr)
        return max(own, self.scope_level, lowest)

    @property
    def wished_level(self) -> int:
        """The lowest of the levels in `acr_values`, 0 to 3: tried, and passed over where it cannot be reached.

        A value that is none of ours wishes for nothing (OpenID Connect Core 3.1.2.1: voluntary).
        """
        return min((level for level in map(level_of, self.acr_values) if level), default=0)

    @property
    def aimed_level(self) -> tuple[int, bool]:
        """The level that a sign-in for this request should reach, 0 to 3, and whether it is only wished for."""
        needed, wished = min(self.needed_level, UNKNOWN_LEVEL - 1), self.wished_level
        return (wished, True) if wished > needed else (needed, False)

    @property
    def offline(self) -> bool:
        """True when access should outlive the session (OpenID Connect Core 11)."""
        return "offline_access" in self.scope

    def to_dict(self) -> dict[str, Any]:
        """What is parked while the person signs in. The raw parameters are the truth; the rest is for the pages."""
        return {
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": list(self.scope),
            "prompt": sorted(self.prompt),
            "max_age": self.max_age,
            "login_hint": self.login_hint,
            "ui_locales": list(self.ui_locales),
            "claims": self.raw.get("claims"),
            "raw": [list(pair) for pair in self.raw.pairs if pair[0] in KNOWN],
        }

    def fail(self, error: str, description: str) -> Fail:
        """A refusal of this request, addressed to its client."""
        return Fail(error, description, self.redirect_uri, self.response_mode, self.state)


def words_of(text: str) -> list[str]:
    """The words of a space-delimited list (RFC 6749 3.3); any other white space is part of a word."""
    return [word for word in text.split(" ") if word]


def _size(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(
        len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) for pair in pairs for text in pair
    )


def _is_no_text(text: str) -> bool:
    if "\0" in text:
        return True
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def parked_parameters(raw: Sequence[Sequence[str]]) -> Parameters:
    """The parameters of a parked request; they passed `Parameters.of` once."""
    return Parameters(tuple((name, value) for name, value in raw))
