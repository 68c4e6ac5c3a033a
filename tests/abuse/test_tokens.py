"""Tokens that were forged, meant for others, or outlived their session: worth nothing anywhere, and counted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.abuse.bait import Bait
from tests.abuse.conftest import RECORDS
from tests.abuse.watch import Watch
from tests.protocol.driver import Person, RelyingParty, shown
from tests.protocol.expectations import soon
from tests.protocol.forgery import forgeries, segment
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def guardian(provider: Provider) -> RelyingParty:
    """The client that stands for the records API."""
    party = provider.register(
        client_name="Records", redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"]
    )
    document = {"audience": RECORDS, "name": "Records", "scopes": ["records.read"], "client_ids": [party.client_id]}
    provider.operate("resource", "create", document=document)
    return party


def refused_everywhere(party: RelyingParty, name: str, token: str) -> None:
    """401 invalid_token at userinfo by header and by body, inactive at introspection, ignored at revocation."""
    by_header = party.userinfo(token)
    by_body = party.post("userinfo_endpoint", {"access_token": token}, proven=False)
    for answer in (by_header, by_body):
        assert answer.status_code == 401, name
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"], name
        assert "sub" not in answer.json(), name
    assert party.introspect(token) == INACTIVE, name
    assert party.revoke(token).status_code == 200, name


def test_forgeries_are_worth_nothing_and_are_counted(watch: Watch, held: SignedIn) -> None:
    """AC-044, AC-045, AC-046, AC-048, AC-054: every forgery at every endpoint; the real token stays good."""
    forged = list(forgeries(held.access_token, held.party.keys()))
    assert len(forged) > 25
    with watch.attack() as scene:
        for name, token in forged:
            refused_everywhere(held.party, name, token)
    assert sum(scene.counted.values()) == 4 * len(forged)
    assert set(scene.counted) <= {"token.malformed", "token.signature", "token.type", "token.expired"}
    assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk_url", "x5c", "kid"])
def test_address_in_a_header_is_never_called(watch: Watch, held: SignedIn, bait: Bait, member: str) -> None:
    """AC-047: refused like any stranger's token, and no connection goes to the attacker's key server."""
    header, claims, signature = held.access_token.split(".")
    own = json.loads(base64.urlsafe_b64decode(header + "=="))
    value: Any = [bait.address] if member == "x5c" else bait.address
    stranger = ECKey.generate_key("P-256", private=True)
    named = {"alg": "ES256", "typ": "at+jwt", "kid": own["kid"], member: value}
    strange = segment(named) + "." + claims + "." + _signed(stranger, held).rpartition(".")[2]
    with watch.attack() as scene:
        refused_everywhere(held.party, member, strange)
        refused_everywhere(held.party, member, f"{segment({**own, member: value})}.{claims}.{signature}")
        hint = held.party.logout_url(id_token_hint=strange)
        assert shown(held.browser.open(hint)).offers("decision")
    assert bait.callers() == 0
    assert sum(scene.counted.values()) >= 8
    assert scene.left_nothing()


def _signed(stranger: ECKey, held: SignedIn) -> str:
    claims = dict(held.party.read(held.access_token).claims)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, stranger, algorithms=["ES256"])


def test_id_token_is_no_access_token_anywhere(watch: Watch, held: SignedIn, guardian: RelyingParty) -> None:
    """AC-051: typ at+jwt is required, at userinfo, at introspection, and for the resource that asks there."""
    with watch.attack() as scene:
        refused_everywhere(held.party, "ID token", held.id_token)
        assert guardian.introspect(held.id_token) == INACTIVE
    assert scene.counted == {"token.type": 5}
    assert scene.left_nothing()


def test_token_for_one_service_is_worth_nothing_to_another(
    watch: Watch, held: SignedIn, machine: RelyingParty, clinic: RelyingParty, guardian: RelyingParty
) -> None:
    """AC-052: inactive to whoever it is not for; 401 where the provider itself is the resource; counted."""
    for_records = machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    with watch.attack() as scene:
        assert clinic.introspect(held.access_token) == INACTIVE
        assert guardian.introspect(held.access_token) == INACTIVE
        assert clinic.introspect(for_records) == INACTIVE
        assert held.party.userinfo(for_records).status_code == 401
    assert scene.counted == {"token.audience": 4}
    assert scene.left_nothing()
    assert guardian.introspect(for_records)["active"] is True


@pytest.mark.parametrize("how", ["sign-out", "suspension", "withdrawal"])
def test_token_is_dead_within_a_second_of_the_end(
    watch: Watch, provider: Provider, tax: RelyingParty, clinic: RelyingParty, how: str
) -> None:
    """AC-053: in every browser where all was ended; inactive and 401 at every worker, and each look is audited."""
    person = provider.enrol()
    here = sign_in(tax, person, provider.browser())
    elsewhere = sign_in(clinic, person, here.browser if how == "sign-out" else provider.browser())
    ended = [here] if how == "withdrawal" else [here, elsewhere]
    _end(provider, here, how)
    with watch.attack() as scene:
        for one in ended:
            soon(lambda one=one: _dead(one), seconds=1)  # type: ignore[misc]  # the loop's own value
    assert set(scene.names) == {"token.introspected", "userinfo.released", "token.refused"}
    assert all(row["body"]["refused"] for row in scene.events)


def _dead(signed_in: SignedIn) -> bool:
    party = signed_in.party
    return (
        party.introspect(signed_in.access_token) == INACTIVE
        and party.userinfo(signed_in.access_token).status_code == 401
        and party.refresh(signed_in.refresh_token).json()["error"] == "invalid_grant"
    )


def _end(provider: Provider, held: SignedIn, how: str) -> None:
    if how == "sign-out":
        held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    elif how == "suspension":
        provider.operate("subscriber", "suspend", held.person.id, "--reason", "suspected_misuse")
    else:
        account = shown(held.browser.open("/account/services"))
        link = next(url for url in account.links.values() if url.endswith("/withdraw"))
        held.browser.submit(shown(held.browser.open(link)), "decision", decision="withdraw")


def test_two_sectors_cannot_join_what_they_know(
    tax: RelyingParty, clinic: RelyingParty, resident: Person, provider: Provider
) -> None:
    """AC-055: no value in tokens, userinfo or introspection is the same in both, but for times and agreed details."""
    browser = provider.browser()
    known = [set(_told(sign_in(party, resident, browser, scope="openid email"))) for party in (tax, clinic)]
    common = known[0] & known[1]
    granted = {"email=amara@mail.example", "email_verified=True"}
    told_to_all = {f"iss={provider.issuer}", "scope=openid email", "token_type=Bearer", "acr=nid:1", "active=True"}
    assert common - granted <= told_to_all | {f"aud={provider.issuer}"}, common
    assert known[0] & {f"sub={resident.id}", f"sid={resident.id}"} == set()


def _told(signed_in: SignedIn) -> Iterator[str]:
    """Every member that could be compared; numbers are times, lists are methods."""
    party = signed_in.party
    documents = [
        signed_in.id_claims,
        dict(party.read(signed_in.access_token).claims),
        party.userinfo(signed_in.access_token).json(),
        party.introspect(signed_in.access_token),
        party.introspect(signed_in.refresh_token),
        signed_in.arrival.parameters,
    ]
    for document in documents:
        for name, value in document.items():
            if isinstance(value, str | bool):
                yield f"{name}={value}"
