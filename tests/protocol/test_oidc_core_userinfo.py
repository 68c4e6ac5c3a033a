"""OpenID Connect Core 5.3, RFC 6750: userinfo by GET and POST, and every token it must not take."""

import pytest
import requests

from tests.live import MovableClock
from tests.protocol.driver import SECONDS, Browser, Person, RelyingParty
from tests.protocol.forgery import forgeries
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider


@pytest.fixture(scope="module")
def registry(provider: Provider) -> RelyingParty:
    """A service that the resident lets see everything, apart from those that other tests ask with less."""
    return provider.register(host="registry.example")


@pytest.fixture
def held(registry: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """Fresh tokens of the registry with all personal scopes."""
    scope = "openid profile email phone address"
    return sign_in(
        registry, resident, visitor, scope=scope, prompt="consent", tick=["name", "email", "phone_number", "address"]
    )


def refused(answer: requests.Response, error: str | None, status: int = 401) -> None:
    """RFC 6750 3: a Bearer challenge, with an error code where a token was sent."""
    assert answer.status_code == status, answer.text
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert "error" not in challenge if error is None else f'error="{error}"' in challenge
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sub" not in answer.text or "email" not in answer.text


def test_get_with_header_returns_what_was_agreed(held: SignedIn) -> None:
    """5.3.2 (oidcc-userinfo-get, oidcc-scope-all): JSON, sub, the shared claims in their standard types."""
    answer = held.party.userinfo(held.access_token)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    document = answer.json()
    assert document["sub"] == held.id_claims["sub"]
    assert document["name"] == "Amara Testperson"
    assert document["email"] == "amara@mail.example"
    assert document["email_verified"] is True
    assert document["phone_number"] == "+23276000001"
    assert document["phone_number_verified"] is False
    assert document["address"]["locality"] == "Freetown"
    assert "birthdate" not in document


def test_post_with_header_or_body_returns_the_same(held: SignedIn) -> None:
    """5.3.1, RFC 6750 2.2 (oidcc-userinfo-post-header, -post-body)."""
    expected = held.party.userinfo(held.access_token).json()
    assert held.party.userinfo(held.access_token, "POST").json() == expected
    body = held.party.post("userinfo_endpoint", {"access_token": held.access_token}, proven=False)
    assert body.status_code == 200
    assert body.json() == expected


def test_scheme_is_compared_without_case(held: SignedIn) -> None:
    """RFC 9110 11.1: bearer, Bearer and BEARER are one scheme."""
    for scheme in ("bearer", "BEARER", "bEaReR"):
        answer = held.party.userinfo("", headers={"Authorization": f"{scheme} {held.access_token}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("scope", "tick", "expected"),
    [
        ("openid", [], set()),
        ("openid profile", ["name", "given_name", "family_name", "birthdate", "locale", "zoneinfo"],
         {"name", "given_name", "family_name", "birthdate", "locale", "zoneinfo"}),
        ("openid email", ["email"], {"email", "email_verified"}),
        ("openid phone", ["phone_number"], {"phone_number", "phone_number_verified"}),
        ("openid address", ["address"], {"address"}),
    ],
)  # fmt: skip
def test_each_scope_releases_its_claims_and_no_others(
    provider: Provider, resident: Person, visitor: Browser, scope: str, tick: list[str], expected: set[str]
) -> None:
    """5.4 (oidcc-scope-profile, -email, -address, -phone): a scope stands for its claims."""
    party = provider.register()
    signed_in = sign_in(party, resident, visitor, scope=scope, tick=tick)
    released = party.userinfo(signed_in.access_token).json().keys() - {"sub", "updated_at"}
    assert released == expected


def test_without_token_there_is_a_bare_challenge(tax: RelyingParty) -> None:
    """RFC 6750 3.1: no authentication information, no error code."""
    url = tax.discovery["userinfo_endpoint"]
    refused(requests.get(url, timeout=SECONDS), None)
    refused(requests.post(url, timeout=SECONDS), None)


def test_token_in_two_places_or_in_the_query_is_refused(held: SignedIn) -> None:
    """RFC 6750 2, 5.3: one method a request, and never the address."""
    url = held.party.discovery["userinfo_endpoint"]
    twice = held.party.userinfo(held.access_token, "POST", data={"access_token": held.access_token})
    assert twice.status_code in {400, 401}
    assert "email" not in twice.text
    query = requests.get(url, params={"access_token": held.access_token}, timeout=SECONDS)
    assert query.status_code in {400, 401}
    assert "email" not in query.text
    posted = requests.post(url, params={"access_token": held.access_token}, timeout=SECONDS)
    assert posted.status_code in {400, 401}


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer \u00e9", "Token x", "Bearer " + "A" * 15_000]
)
def test_broken_header_is_refused(tax: RelyingParty, header: str) -> None:
    """RFC 6750 3.1: whatever is no bearer token of ours is 401 and breaks nothing."""
    answer = tax.userinfo("", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code in {400, 401}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_forged_tokens_are_refused(held: SignedIn) -> None:
    """AC-044, AC-045, AC-046, AC-047, AC-048, AC-054: 401 invalid_token for each."""
    for name, token in forgeries(held.access_token, held.party.keys()):
        answer = held.party.userinfo(token)
        assert answer.status_code == 401, name
        refused(answer, "invalid_token")


@pytest.mark.parametrize("size", [16_000, 60_000, 5_000_000])
def test_huge_tokens_are_refused_by_their_size(held: SignedIn, size: int) -> None:
    """AC-049: a segment of any size is 401, 413 or 431, never parsed and never a 5xx."""
    header, claims, signature = held.access_token.split(".")
    for token in (f"{'A' * size}.{claims}.{signature}", f"{header}.{claims}.{'A' * size}"):
        answer = held.party.post("userinfo_endpoint", {"access_token": token}, proven=False)
        assert answer.status_code in {401, 413}
    if size <= 60_000:
        answer = held.party.userinfo("A" * size)
        assert answer.status_code in {400, 401, 413, 431}


def test_expired_token_is_refused(held: SignedIn, clock: MovableClock) -> None:
    """RFC 6750 3.1: expired is invalid_token."""
    clock.advance(301)
    refused(held.party.userinfo(held.access_token), "invalid_token")


def test_token_of_an_ended_session_is_refused(held: SignedIn) -> None:
    """AC-053: userinfo is 401 from the moment of sign-out, before the token's exp."""
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    refused(held.party.userinfo(held.access_token), "invalid_token")


def test_subject_equals_that_of_the_id_token(provider: Provider, resident: Person, visitor: Browser) -> None:
    """5.3.2: the sub of userinfo must exactly match that of the ID token, pairwise or public."""
    for kind in ("pairwise", "public"):
        party = provider.register(subject_type=kind)
        signed_in = sign_in(party, resident, visitor)
        assert party.userinfo(signed_in.access_token).json()["sub"] == signed_in.id_claims["sub"]


def test_claims_that_a_person_does_not_have_are_left_out(
    provider: Provider, tax: RelyingParty, visitor: Browser
) -> None:
    """5.3.2: absent, not null and not empty."""
    person = provider.enrol(phone_number=None, phone_number_verified=None, address=None)
    signed_in = sign_in(tax, person, visitor, scope="openid phone address email", tick=["email"])
    document = tax.userinfo(signed_in.access_token).json()
    assert not {"phone_number", "phone_number_verified", "address"} & document.keys()
    assert None not in document.values()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_served(held: SignedIn, method: str) -> None:
    """AC-131, 5.3.1: GET and POST."""
    assert held.party.userinfo(held.access_token, method).status_code == 405
