"""What a request would share with a service, as values for the screen, the person's real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from idp.clients.client import Client
from idp.clients.metadata import GrantType
from idp.consent.record import Consent
from idp.errors import Code, Refusal
from idp.subscribers import SCOPE_CLAIMS, STANDARD_CLAIMS, ClaimsRequest, claims_for_scopes

__all__ = ["OFFLINE", "REMEMBERED", "Asked", "Offer", "OfferedField", "asked_claims", "lines_of", "make_offer"]

OFFLINE = "offline_access"
REMEMBERED = dt.timedelta(days=365)

# A claim that only says something about another one goes with it instead of being a question of its own.
_FOLLOWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "email_verified": frozenset({"email"}),
        "phone_number_verified": frozenset({"phone_number"}),
        "updated_at": SCOPE_CLAIMS["profile"] - {"updated_at"},
    }
)
_ADDRESS_LINES = ("street_address", "locality", "region", "postal_code", "country")

Shown = str | bool | dt.date | list[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The claims a request asks for, recorded or not, and those without which the service cannot work."""

    fields: frozenset[str]
    essential: frozenset[str]


@dataclass(frozen=True, slots=True)
class OfferedField:
    """One line of the screen. `value` is what people read: text, yes or no, a day, or lines of an address.

    `checked` is true until the person has once said no to this field (docs/adr/0008).
    """

    claim: str
    value: Shown = field(repr=False)
    essential: bool
    checked: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the person decides about: all that this service would hold afterwards, what it holds now included.

    `asked` is the request's part, `claims` are the recorded ones of the whole offer, followers of another included.
    `asked_fields` and `asked_scopes` count as asked afterwards, what is not recorded among them: nothing of
    it is granted. `offline` offers access while the person is away.
    """

    client: Client
    purpose: str | None
    scopes: frozenset[str]
    fields: tuple[OfferedField, ...]
    claims: frozenset[str]
    asked: Asked
    offline: bool
    offline_checked: bool
    expires_at: dt.datetime
    asked_fields: frozenset[str]
    asked_scopes: frozenset[str]

    def granted(self, ticked: Iterable[str]) -> frozenset[str] | Refusal:
        """The claims that may leave when the person ticked these (claim names, and `offline_access`).

        Essential ones are part of every yes. Refused with CONSENT_FIELD: a tick at something that was not
        offered.
        """
        offered = {line.claim for line in self.fields}
        wanted = set(ticked)
        if not wanted <= offered | ({OFFLINE} if self.offline else set()):
            return Refusal(Code.CONSENT_FIELD, "a field that was not offered")
        chosen = (wanted & offered) | {line.claim for line in self.fields if line.essential}
        followers = {claim for claim in self.claims - offered if _FOLLOWS[claim] & chosen}
        return frozenset(chosen | followers)


def lines_of(claims: Iterable[str]) -> list[str]:
    """The claims that are a line of their own, in the order people are shown them: one that follows another is not."""
    given = frozenset(claims)
    return [claim for claim in STANDARD_CLAIMS if claim in given and not _FOLLOWS.get(claim, frozenset()) & given]


def asked_claims(client: Client, scopes: Iterable[str], request: ClaimsRequest) -> Asked:
    """What this request asks for.

    Essential is what the client registered as such or calls so in this request, as far as it asks for it. A
    request without `openid` asks for no claims: there is no place to give them at.
    """
    scopes = frozenset(scopes)
    if "openid" not in scopes:
        return Asked(frozenset(), frozenset())
    fields = claims_for_scopes(scopes) | request.standard()
    return Asked(fields, fields & (client.essential_claims | request.essential()))


def make_offer(
    client: Client,
    scopes: Iterable[str],
    request: ClaimsRequest,
    profile: Mapping[str, Any],
    *,
    held: Consent | None,
    now: dt.datetime,
    remembered: dt.timedelta = REMEMBERED,
) -> Offer:
    """Build the offer. `held` is the consent of this person for this client, if there is one.

    While `held` is in force for the client as it is registered now, what it grants is part of the new offer:
    one decision replaces the other whole, and nothing lasts longer than the person was shown.
    """
    scopes = frozenset(scopes)
    asked = asked_claims(client, scopes, request)
    if held is not None and not (held.in_force(now) and held.client_fingerprint == client.fingerprint):
        held = None
    before = frozenset[str]() if held is None else held.fields
    scopes_before = frozenset[str]() if held is None else held.scopes
    refused_before = frozenset[str]() if held is None else held.asked_fields - held.fields
    claims = (asked.fields | before) & profile.keys()
    all_scopes = scopes | scopes_before
    return Offer(
        client=client,
        purpose=client.purpose,
        scopes=all_scopes,
        fields=tuple(
            OfferedField(claim, _shown(claim, profile[claim]), claim in asked.essential, claim not in refused_before)
            for claim in lines_of(claims)
        ),
        claims=claims,
        asked=asked,
        offline=OFFLINE in all_scopes and GrantType.REFRESH_TOKEN in client.grant_types,
        offline_checked=OFFLINE in scopes_before,
        expires_at=now + remembered,
        asked_fields=asked.fields | (frozenset() if held is None else held.asked_fields),
        asked_scopes=scopes | (frozenset() if held is None else held.asked_scopes),
    )


def _shown(claim: str, value: Any) -> Shown:
    if claim == "address":
        return _address_lines(value)
    if claim == "updated_at":
        return dt.datetime.fromtimestamp(value, dt.UTC).date()
    if claim == "birthdate" and len(value) > len("YYYY") and not value.startswith("0000"):
        return dt.date.fromisoformat(value)
    return value if isinstance(value, bool) else str(value)


def _address_lines(address: Mapping[str, str]) -> list[str]:
    written = address.get("formatted") or "\n".join(address[part] for part in _ADDRESS_LINES if part in address)
    return [line for line in written.split("\n") if line.strip()]
