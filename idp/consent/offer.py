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

__all__ = ["OFFLINE", "REMEMBERED", "Asked", "Offer", "OfferedField", "asked_claims", "make_offer"]

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
    """The claims a request asks for and the person has, and those without which the service cannot work.

    `named` are all that it asks for, recorded about the person or not: the question has been put for them, too.
    """

    fields: frozenset[str]
    essential: frozenset[str]
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OfferedField:
    """One line of the screen. `value` is what people read: text, yes or no, a day, or lines of an address.

    `checked` is true where the person had granted this before.
    """

    claim: str
    value: Shown = field(repr=False)
    essential: bool
    checked: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the person decides about: all that this service would hold afterwards, what it holds now included.

    `asked` names the claims of the request, `claims` all of the offer, those that follow another one
    included. `offline` offers access while the person is away.
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
    asked_before: frozenset[str]

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


def asked_claims(client: Client, scopes: Iterable[str], request: ClaimsRequest, profile: Mapping[str, Any]) -> Asked:
    """What this request asks for, of what is recorded about the person.

    Essential is what the client registered as such or calls so in this request, as far as it asks for it. A
    request without `openid` asks for no claims: there is no place to give them at.
    """
    scopes = frozenset(scopes)
    if "openid" not in scopes:
        return Asked(frozenset(), frozenset())
    named = claims_for_scopes(scopes) | request.standard()
    fields = named & profile.keys()
    return Asked(fields, fields & (client.essential_claims | request.essential()), named)


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
    asked = asked_claims(client, scopes, request, profile)
    valid = held is not None and held.in_force(now) and held.client_fingerprint == client.fingerprint
    before = held.fields if held is not None and valid else frozenset[str]()
    scopes_before = held.scopes if held is not None and valid else frozenset[str]()
    claims = (asked.fields | before) & profile.keys()
    all_scopes = scopes | scopes_before
    lines = [claim for claim in STANDARD_CLAIMS if claim in claims and not _FOLLOWS.get(claim, frozenset()) & claims]
    return Offer(
        client=client,
        purpose=client.purpose,
        scopes=all_scopes,
        fields=tuple(
            OfferedField(claim, _shown(claim, profile[claim]), claim in asked.essential, claim in before)
            for claim in lines
        ),
        claims=claims,
        asked=asked,
        offline=OFFLINE in all_scopes and GrantType.REFRESH_TOKEN in client.grant_types,
        offline_checked=OFFLINE in scopes_before,
        expires_at=now + remembered,
        asked_before=held.asked_fields if held is not None and valid else frozenset(),
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
