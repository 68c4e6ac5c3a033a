"""RFC 9068: access tokens are JWTs of their own kind, for named audiences, short-lived, no ID tokens."""

import pytest

from tests.live import MovableClock
from tests.protocol.conftest import RECORDS
from tests.protocol.driver import Browser, Person, RelyingParty, arrived
from tests.protocol.expectations import stopped
from tests.protocol.journey import SignedIn, obtain_code, sign_in
from tests.protocol.provider import Provider

REQUIRED = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
PERSONAL = {"name", "given_name", "email", "phone_number", "address", "birthdate", "preferred_username"}


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """Fresh tokens of the tax service."""
    return sign_in(tax, resident, visitor, scope="openid profile email")


def test_header_names_type_algorithm_and_a_published_key(held: SignedIn) -> None:
    """2.1: signed, typ at+jwt, never none; ES256 by default; the kid is in the JWKS; no key travels in the header."""
    header = held.party.read(held.access_token).header
    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"] in {key.kid for key in held.party.keys().keys}
    assert set(header) == {"alg", "typ", "kid"}


def test_claims_are_the_required_ones_and_nothing_personal(held: SignedIn, provider: Provider) -> None:
    """2.2, 2.2.1: the seven required members, how the person signed in, the scope, and no details of the person (6)."""
    claims = held.party.read(held.access_token).claims
    assert claims.keys() >= REQUIRED
    assert claims["iss"] == provider.issuer
    assert claims["client_id"] == held.party.client_id
    assert claims["aud"] == provider.issuer
    assert claims["sub"] == held.id_claims["sub"]
    assert claims["auth_time"] == held.id_claims["auth_time"]
    assert claims["acr"] == held.id_claims["acr"]
    assert claims["amr"] == held.id_claims["amr"]
    assert claims["scope"].split() == ["openid", "profile", "email"]
    assert not PERSONAL & claims.keys()


def test_token_lives_five_minutes(held: SignedIn, clock: MovableClock) -> None:
    """2.2: exp five minutes after iat, said in expires_in, and held to (AC-134)."""
    claims = held.party.read(held.access_token).claims
    assert claims["exp"] - claims["iat"] == held.tokens["expires_in"] == 300
    assert abs(claims["iat"] - clock.now()) < 30
    clock.advance(301)
    assert held.party.userinfo(held.access_token).status_code == 401


def test_every_token_has_its_own_identifier(machine: RelyingParty) -> None:
    """2.2: jti is unique."""
    tokens = [
        machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"] for _ in range(20)
    ]
    assert len({machine.read(token).claims["jti"] for token in tokens}) == 20


def test_old_gateways_get_rs256(provider: Provider, resident: Person, visitor: Browser) -> None:
    """`access_token_signing_alg` RS256 for gateways that know nothing newer."""
    party = provider.register(access_token_signing_alg="RS256")
    signed_in = sign_in(party, resident, visitor)
    header = party.read(signed_in.access_token).header
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")
    assert party.userinfo(signed_in.access_token).status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", ""])
def test_algorithm_that_is_none_of_ours_cannot_be_registered(provider: Provider, algorithm: str) -> None:
    """2.1: none is forbidden; a shared-secret algorithm would let every resource mint tokens."""
    document = {"redirect_uris": ["https://x.example/cb"], "access_token_signing_alg": algorithm}
    assert provider.refused("client", "create", document=document)["error"] == "invalid_client_metadata"


def test_machine_token_speaks_of_the_client(machine: RelyingParty) -> None:
    """2.2, 5: without a person sub is the client, and nothing claims that somebody signed in."""
    token = machine.post("token_endpoint", {"grant_type": "client_credentials", "resource": RECORDS}).json()[
        "access_token"
    ]
    claims = machine.read(token).claims
    assert claims["sub"] == machine.client_id
    assert claims["aud"] == RECORDS
    assert not {"auth_time", "acr", "amr"} & claims.keys()


def test_machine_token_is_no_good_at_userinfo(machine: RelyingParty) -> None:
    """4: the audience must be ours and there must be a person."""
    token = machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    assert machine.userinfo(token).status_code == 401


def test_id_token_is_no_access_token(held: SignedIn) -> None:
    """AC-051, 4: typ at+jwt is required; an ID token at userinfo is invalid_token."""
    answer = held.party.userinfo(held.id_token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_access_token_is_no_id_token(held: SignedIn) -> None:
    """AC-051 turned round: an access token as id_token_hint is refused, and signs nobody out."""
    party = held.party
    refusal = arrived(held.browser.open(party.ask(prompt="none", id_token_hint=held.access_token).url))
    assert refusal.parameters["error"] == "invalid_request"
    held.browser.open(party.logout_url(id_token_hint=held.access_token))
    assert party.userinfo(held.access_token).status_code == 200


def test_subject_differs_between_sectors_in_access_tokens_too(
    tax: RelyingParty, clinic: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-055, 6: access tokens of two services cannot be joined by sub, jti or any other member."""
    first = tax.read(sign_in(tax, resident, visitor).access_token).claims
    second = clinic.read(sign_in(clinic, resident, visitor).access_token).claims
    shared = {value for value in first.values() if isinstance(value, str)} & {
        v for v in second.values() if isinstance(v, str)
    }
    assert shared <= {first["iss"], first["scope"], first["acr"]}


def test_code_and_token_bind_the_same_grant(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """Two sign-ins of one person are two grants: ending one leaves the other."""
    first = sign_in(tax, resident, visitor)
    second = sign_in(tax, resident, visitor)
    tax.revoke(first.refresh_token)
    assert tax.userinfo(first.access_token).status_code == 401
    assert tax.userinfo(second.access_token).status_code == 200


def test_scope_without_openid_is_plain_oauth(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """3: no openid, no ID token, and userinfo is not among the audiences unless there is no other."""
    request, arrival = obtain_code(tax, resident, visitor, scope="email", nonce=None)
    tokens = tax.redeem(request, arrival).json()
    assert "id_token" not in tokens
    answer = tax.userinfo(tokens["access_token"])
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_stopped_pages_yield_no_token(provider: Provider, visitor: Browser) -> None:
    """A request that stops on a page leaves no grant behind."""
    before = provider.query("select count(*) as n from authorization_grant")
    stopped(visitor.open("/oauth/authorize?client_id=nobody"))
    assert provider.query("select count(*) as n from authorization_grant") == before
