"""RFC 7662: what a token means, told only to whom it is meant for or was issued to."""

import pytest

from tests.live import MovableClock
from tests.protocol.conftest import LEDGER, RECORDS
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.expectations import refused, soon
from tests.protocol.forgery import forgeries
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

INACTIVE = {"active": False}
CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """Fresh tokens of the tax service."""
    return sign_in(tax, resident, visitor, scope="openid email")


def test_live_access_token_is_described(held: SignedIn, provider: Provider) -> None:
    """2.2: active, and the members that the token itself carries, as the client knows them."""
    document = held.party.introspect(held.access_token)
    claims = held.party.read(held.access_token).claims
    assert document["active"] is True
    assert document["token_type"] == "Bearer"
    assert document["iss"] == provider.issuer
    for name in ("scope", "client_id", "sub", "aud", "iss", "exp", "iat", "jti"):
        assert document[name] == claims[name], name
    assert document["sub"] == held.id_claims["sub"]
    assert not {"email", "name", "username"} & document.keys()


def test_answer_is_json_that_nobody_stores(held: SignedIn) -> None:
    """2.2: application/json; 4: not to be cached against the resource's wish."""
    answer = held.party.post("introspection_endpoint", {"token": held.access_token})
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "unheard-of"])
def test_hint_is_only_a_hint(held: SignedIn, hint: str) -> None:
    """2.1: a wrong or unknown token_type_hint does not hide the token."""
    assert held.party.introspect(held.access_token, token_type_hint=hint)["active"] is True
    assert held.party.introspect(held.refresh_token, token_type_hint=hint)["active"] is True


def test_live_refresh_token_is_described_to_its_client(
    held: SignedIn, clinic: RelyingParty, guardian: RelyingParty
) -> None:
    """2.2: the issuing client learns scope, subject and end; no other client does."""
    document = held.party.introspect(held.refresh_token)
    assert document["active"] is True
    assert document["client_id"] == held.party.client_id
    assert document["sub"] == held.id_claims["sub"]
    assert set(document["scope"].split()) == {"openid", "email"}
    assert clinic.introspect(held.refresh_token) == INACTIVE
    assert guardian.introspect(held.refresh_token) == INACTIVE


def test_used_refresh_token_is_inactive(held: SignedIn) -> None:
    """2.2: a rotated token is no longer active; asking about it ends nothing."""
    successor = held.party.refresh(held.refresh_token).json()["refresh_token"]
    assert held.party.introspect(held.refresh_token) == INACTIVE
    assert held.party.introspect(successor)["active"] is True


def test_token_of_another_service_is_inactive(held: SignedIn, clinic: RelyingParty, guardian: RelyingParty) -> None:
    """AC-052: a token meant for A, introspected by B, is just inactive."""
    assert clinic.introspect(held.access_token) == INACTIVE
    assert guardian.introspect(held.access_token) == INACTIVE


def test_guardian_of_an_api_sees_the_tokens_for_it(machine: RelyingParty, guardian: RelyingParty) -> None:
    """RFC 7662 4, AC-052: the client that stands for the audience sees the token, and only tokens for that audience."""
    for_records = machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "resource": RECORDS}).json()["access_token"]
    for_ledger = machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "resource": LEDGER}).json()["access_token"]
    document = guardian.introspect(for_records)
    assert document["active"] is True
    assert document["aud"] == RECORDS
    assert document["client_id"] == machine.client_id
    assert guardian.introspect(for_ledger) == INACTIVE


def test_expired_token_is_inactive(held: SignedIn, clock: MovableClock) -> None:
    """2.2, AC-134: expiry is checked on use."""
    clock.advance(299)
    assert held.party.introspect(held.access_token)["active"] is True
    clock.advance(2)
    assert held.party.introspect(held.access_token) == INACTIVE


def test_token_is_inactive_after_sign_out(held: SignedIn) -> None:
    """AC-053: before its exp, from the moment the session ends."""
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    assert held.party.introspect(held.access_token) == INACTIVE
    assert held.party.introspect(held.refresh_token) == INACTIVE


def test_token_of_a_disabled_client_is_inactive(provider: Provider, guardian: RelyingParty) -> None:
    """AC-133: what a disabled client still holds is worth nothing at the resource."""
    party = provider.register(
        grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[], resources=[RECORDS]
    )
    token = party.post("token_endpoint", CLIENT_CREDENTIALS).json()["access_token"]
    assert guardian.introspect(token)["active"] is True
    provider.operate("client", "disable", party.client_id)
    soon(lambda: guardian.introspect(token) == INACTIVE)


def test_id_token_is_no_access_token(held: SignedIn) -> None:
    """AC-051: an ID token is inactive as an access token."""
    assert held.party.introspect(held.id_token) == INACTIVE


def test_forged_tokens_are_inactive(held: SignedIn) -> None:
    """AC-044, AC-045, AC-046, AC-047, AC-048, AC-054: 200 and inactive, and nothing more is said."""
    for name, token in forgeries(held.access_token, held.party.keys()):
        assert held.party.introspect(token) == INACTIVE, name


@pytest.mark.parametrize(
    "token", ["A" * 40_000 + ".B.C", "A.B." + "C" * 40_000, "." * 40_000, "\u00e9" * 5000, "%00", "wr_"]
)
def test_oversized_or_odd_tokens_are_inactive(tax: RelyingParty, token: str) -> None:
    """AC-049: long segments are refused by their size; odd characters break nothing."""
    assert tax.introspect(token) == INACTIVE


def test_huge_token_is_refused_by_its_size(tax: RelyingParty) -> None:
    """AC-049: beyond the body limit the request is 413, unread."""
    answer = tax.post("introspection_endpoint", {"token": "A" * 5_000_000})
    refused(answer, "invalid_request", 413)


def test_caller_must_prove_itself(held: SignedIn, app: RelyingParty) -> None:
    """2.1: some form of authorization is required, and a public client has none."""
    refused(
        held.party.post("introspection_endpoint", {"token": held.access_token}, proven=False), "invalid_client", 401
    )
    bearer = {"Authorization": f"Bearer {held.access_token}"}
    answer = held.party.post("introspection_endpoint", {"token": held.access_token}, proven=False, headers=bearer)
    refused(answer, "invalid_client", 401)
    refused(app.post("introspection_endpoint", {"token": held.access_token}), "invalid_request")


def test_token_parameter_is_required(tax: RelyingParty) -> None:
    """2.1: token is REQUIRED."""
    refused(tax.post("introspection_endpoint", {}), "invalid_request")


def test_only_post_introspects(tax: RelyingParty) -> None:
    """2.1: the parameters travel in a POST body."""
    assert tax.http.get(tax.discovery["introspection_endpoint"], timeout=10).status_code == 405
    refused(tax.post("introspection_endpoint", {}, params={"token": "x"}), "invalid_request")
