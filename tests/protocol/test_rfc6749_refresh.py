"""RFC 6749 section 6, RFC 9700 4.14: refresh tokens rotate, reuse ends the family, a lost answer can be had again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.expectations import refused
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

DAY = 24 * 3600


@pytest.fixture
def family(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """A fresh refresh family that ends with the session."""
    return sign_in(tax, resident, visitor, scope="openid profile email")


@pytest.fixture
def offline(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """A fresh refresh family that outlives the session."""
    return sign_in(tax, resident, visitor, scope="openid email offline_access", tick=["email", "offline_access"])


def test_refresh_gives_new_tokens_for_the_same_person(family: SignedIn) -> None:
    """6, OpenID Connect Core 12.2 (oidcc-refresh-token): same iss, sub, aud, auth_time and sid; new tokens."""
    answer = family.party.refresh(family.refresh_token)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert tokens["refresh_token"] != family.refresh_token
    assert tokens["access_token"] != family.access_token
    fresh = family.party.read(tokens["id_token"]).claims
    for name in ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr"):
        assert fresh[name] == family.id_claims[name], name
    assert "nonce" not in fresh
    assert fresh["iat"] >= family.id_claims["iat"]
    assert family.party.userinfo(tokens["access_token"]).json()["sub"] == fresh["sub"]


def test_used_token_again_after_the_grace_ends_the_family(
    provider: Provider, family: SignedIn, clock: MovableClock
) -> None:
    """AC-039: later than 10 s after rotation the old token revokes everything and is an audit alert."""
    party = family.party
    successor = party.refresh(family.refresh_token).json()
    clock.advance(11)
    refused(party.refresh(family.refresh_token), "invalid_grant")
    refused(party.refresh(successor["refresh_token"]), "invalid_grant")
    assert party.introspect(successor["access_token"]) == {"active": False}
    assert party.userinfo(family.access_token).status_code == 401
    alerts = provider.events("token.reused", client_id=party.client_id)
    assert "refresh_token" in {alert["body"]["kind"] for alert in alerts}


def test_identical_retry_within_the_grace_gets_the_same_answer(family: SignedIn) -> None:
    """AC-040: a client whose network lost the answer asks again and gets the very same tokens; one live branch."""
    party = family.party
    first = party.refresh(family.refresh_token).json()
    again = party.refresh(family.refresh_token)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == first["refresh_token"]
    jtis = {party.read(answer["access_token"]).claims["jti"] for answer in (first, again.json())}
    assert len(jtis) == 1
    assert party.refresh(first["refresh_token"]).status_code == 200


def test_different_request_with_a_used_token_ends_the_family(family: SignedIn) -> None:
    """AC-039: within the grace only an identical request is a retry."""
    party = family.party
    first = party.refresh(family.refresh_token).json()
    refused(party.refresh(family.refresh_token, scope="openid"), "invalid_grant")
    refused(party.refresh(first["refresh_token"]), "invalid_grant")


def test_grandparent_is_reuse_even_within_the_grace(family: SignedIn) -> None:
    """AC-039: only the token just before the live one can be a retry."""
    party = family.party
    second = party.refresh(family.refresh_token).json()["refresh_token"]
    third = party.refresh(second).json()["refresh_token"]
    refused(party.refresh(family.refresh_token), "invalid_grant")
    refused(party.refresh(third), "invalid_grant")


def test_twenty_parallel_uses_leave_one_branch(family: SignedIn) -> None:
    """AC-040: never two live branches; every success carries the same successor."""
    registered, discovery = family.party.registered, family.party.discovery

    def use(_: int) -> tuple[int, str]:
        alone = RelyingParty(family.party.issuer, registered, discovery)
        answer = alone.refresh(family.refresh_token)
        return answer.status_code, answer.json().get("refresh_token", "")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(use, range(20)))
    assert {status for status, _ in answers} <= {200, 400}
    successors = {token for status, token in answers if status == 200}
    assert len(successors) == 1
    assert family.party.refresh(successors.pop()).status_code == 200


def test_scope_may_shrink_for_one_token_and_comes_back(family: SignedIn) -> None:
    """6: a narrower scope holds for that access token; the refresh token keeps the whole grant."""
    narrow = family.party.refresh(family.refresh_token, scope="openid").json()
    assert narrow["scope"] == "openid"
    whole = family.party.refresh(narrow["refresh_token"]).json()
    assert set(whole["scope"].split()) == {"openid", "profile", "email"}


@pytest.mark.parametrize("scope", ["openid profile email phone", "openid offline_access", "admin", 'openid "'])
def test_scope_cannot_grow(family: SignedIn, scope: str) -> None:
    """AC-041: the requested scope must not include any scope that was not granted; the token stays good."""
    refused(family.party.refresh(family.refresh_token, scope=scope), "invalid_scope")
    assert family.party.refresh(family.refresh_token).status_code == 200


def test_token_of_another_client_ends_the_family(provider: Provider, family: SignedIn, clinic: RelyingParty) -> None:
    """AC-042: with another client's credentials it is invalid_grant, and the family is revoked."""
    refused(clinic.refresh(family.refresh_token), "invalid_grant")
    refused(family.party.refresh(family.refresh_token), "invalid_grant")
    assert provider.events("token.foreign", client_id=clinic.client_id)[-1]["body"]["refused"] == "grant.client"


@pytest.mark.parametrize("change", ["", "x", "cut", "longer", "other-case", "huge"])
def test_malformed_token_is_refused(family: SignedIn, change: str) -> None:
    """AC-054: a token cut, lengthened or re-spelled is no token, and does the real one no harm."""
    token = family.refresh_token
    values = {
        "": "",
        "x": "x",
        "cut": token[:-4],
        "longer": f"{token}AAAA",
        "other-case": token.swapcase(),
        "huge": token * 300,
    }
    error = "invalid_request" if change == "" else "invalid_grant"
    refused(family.party.refresh(values[change]), error)
    assert family.party.refresh(token).status_code == 200


def test_family_ends_with_the_session(family: SignedIn, resident: Person) -> None:
    """Without offline_access the family dies at sign-out."""
    party = family.party
    family.browser.open(party.logout_url(id_token_hint=family.id_token))
    refused(party.refresh(family.refresh_token), "invalid_grant")
    assert party.userinfo(family.access_token).status_code == 401


def test_offline_family_outlives_the_session(offline: SignedIn) -> None:
    """OpenID Connect Core 11: offline_access is for access when the person is not present."""
    party = offline.party
    offline.browser.open(party.logout_url(id_token_hint=offline.id_token))
    answer = party.refresh(offline.refresh_token)
    assert answer.status_code == 200
    assert party.userinfo(answer.json()["access_token"]).json()["email"] == "amara@mail.example"


def test_family_of_an_idle_session_ends(family: SignedIn, clock: MovableClock) -> None:
    """AC-068: the session idles out after 30 minutes and takes the family along."""
    clock.advance(31 * 60)
    refused(family.party.refresh(family.refresh_token), "invalid_grant")


def test_offline_family_ends_after_thirty_idle_days(offline: SignedIn, clock: MovableClock) -> None:
    """Idle 30 days; each use begins them anew; expiry is checked on use (AC-134)."""
    clock.advance(29 * DAY)
    token = offline.party.refresh(offline.refresh_token).json()["refresh_token"]
    clock.advance(29 * DAY)
    token = offline.party.refresh(token).json()["refresh_token"]
    clock.advance(31 * DAY)
    refused(offline.party.refresh(token), "invalid_grant")


def test_offline_family_ends_after_ninety_days_whatever_its_use(offline: SignedIn, clock: MovableClock) -> None:
    """Absolute 90 days."""
    token = offline.refresh_token
    for _ in range(4):
        clock.advance(22 * DAY)
        token = offline.party.refresh(token).json()["refresh_token"]
    clock.advance(3 * DAY)
    refused(offline.party.refresh(token), "invalid_grant")


def test_family_of_a_suspended_person_ends(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-053, AC-062: the gate looks at the person for offline families too; resuming does not wake what was ended."""
    person = provider.enrol()
    signed_in = sign_in(tax, person, visitor, scope="openid offline_access", tick=["offline_access"])
    provider.operate("subscriber", "suspend", person.id, "--reason", "suspected_misuse")
    refused(tax.refresh(signed_in.refresh_token), "invalid_grant")
    assert tax.userinfo(signed_in.access_token).status_code == 401
    assert tax.introspect(signed_in.access_token) == {"active": False}
    provider.operate("subscriber", "resume", person.id, "--reason", "matter_settled")
    refused(tax.refresh(signed_in.refresh_token), "invalid_grant")
    assert tax.introspect(signed_in.access_token) == {"active": False}


def test_offline_access_that_was_not_ticked_is_not_granted(
    tax: RelyingParty, provider: Provider, visitor: Browser
) -> None:
    """Declining long access is no error; the family then ends with the session."""
    signed_in = sign_in(tax, provider.enrol(), visitor, scope="openid offline_access", tick=[])
    assert "offline_access" not in signed_in.tokens["scope"].split()
    visitor.open(tax.logout_url(id_token_hint=signed_in.id_token))
    refused(tax.refresh(signed_in.refresh_token), "invalid_grant")
