"""RFC 6749 sections 4.1.3, 4.4, 5.1 and 5.2: the code exchange, and a client's own token."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.live import MovableClock
from tests.protocol.conftest import LEDGER, RECORDS
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, Request, shown
from tests.protocol.expectations import refused
from tests.protocol.journey import obtain_code, sign_in
from tests.protocol.provider import Provider

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}
SPECIAL = "p%2F+q:r&s=t u/v~w{x}"


@pytest.mark.parametrize("which", ["tax", "clinic", "app"])
def test_code_is_exchanged_for_tokens(
    request: pytest.FixtureRequest, resident: Person, visitor: Browser, which: str
) -> None:
    """4.1.4, 5.1 (oidcc-server, -client-secret-post): Basic, body and public clients; nobody may store the answer."""
    party: RelyingParty = request.getfixturevalue(which)
    asked, arrival = obtain_code(party, resident, visitor, scope="openid email")
    answer = party.redeem(asked, arrival)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    document = answer.json()
    assert document["token_type"] == "Bearer"
    assert document["expires_in"] == 300
    assert document["scope"].split() == ["openid", "email"]
    assert set(document) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}


def test_no_refresh_token_for_a_client_without_the_grant(
    provider: Provider, resident: Person, visitor: Browser
) -> None:
    """1.5: a client that did not register refresh_token gets none, and cannot use one."""
    party = provider.register(grant_types=["authorization_code"])
    signed_in = sign_in(party, resident, visitor)
    assert "refresh_token" not in signed_in.tokens
    refused(party.refresh("wr_x"), "unauthorized_client")


def test_fifty_exchanges_of_one_code_give_one_answer(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-027, 4.1.2: exactly one success; the replays revoke what it issued, and are audited."""
    asked, arrival = obtain_code(tax, resident, visitor)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: _redeem_alone(tax, asked, arrival), range(50)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    for lost in answers:
        if lost is not won[0]:
            refused(lost, "invalid_grant")
    tokens = won[0].json()
    assert tax.introspect(tokens["access_token"]) == {"active": False}
    assert tax.userinfo(tokens["access_token"]).status_code == 401
    refused(tax.refresh(tokens["refresh_token"]), "invalid_grant")
    assert len(provider.events("token.reused", client_id=tax.client_id)) >= 49


def _redeem_alone(party: RelyingParty, asked: Request, arrival: Arrival) -> requests.Response:
    alone = RelyingParty(party.issuer, {**party.registered}, party.discovery)
    return alone.redeem(asked, arrival)


def test_replay_after_the_life_of_the_code_still_revokes(
    tax: RelyingParty, resident: Person, visitor: Browser, clock: MovableClock
) -> None:
    """oidcc-codereuse-30seconds: late reuse is invalid_grant and ends the access token of the first use."""
    signed_in = sign_in(tax, resident, visitor)
    clock.advance(31)
    refused(tax.redeem(signed_in.request, signed_in.arrival), "invalid_grant")
    assert tax.userinfo(signed_in.access_token).status_code == 401


def test_code_of_another_client_is_refused_and_burnt(
    provider: Provider, tax: RelyingParty, clinic: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-028, 4.1.3: the code is bound to its client; presenting it elsewhere ends it, with an audit row."""
    asked, arrival = obtain_code(tax, resident, visitor)
    refused(clinic.redeem(asked, arrival), "invalid_grant")
    refused(tax.redeem(asked, arrival), "invalid_grant")
    rows = provider.events("token.foreign", client_id=clinic.client_id)
    assert rows[-1]["body"]["refused"] == "grant.client"


def test_other_single_use_values_are_no_codes(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-029: refresh token, transaction, access token, session and browser secrets never pass as a code."""
    signed_in = sign_in(tax, resident, visitor)
    transaction = _transaction(tax, visitor)
    held = [cookie.value or "" for cookie in visitor.http.cookies]
    for value in (signed_in.refresh_token, signed_in.access_token[:500], transaction, *held):
        refused(tax.redeem(tax.ask(), signed_in.arrival, code=value[:512]), "invalid_grant")
    assert tax.userinfo(signed_in.access_token).status_code == 200


def _transaction(party: RelyingParty, visitor: Browser) -> str:
    visitor.open(party.ask(prompt="login").url)
    return visitor.trail[-1].url.rpartition("/signin/")[2].partition("?")[0]


@pytest.mark.parametrize(("seconds", "good"), [(58, True), (61, False)])
def test_code_lives_sixty_seconds(
    tax: RelyingParty, resident: Person, visitor: Browser, clock: MovableClock, seconds: float, good: bool
) -> None:
    """AC-030, 4.1.2: short-lived codes; the clock decides, not a cleaner."""
    asked, arrival = obtain_code(tax, resident, visitor)
    clock.advance(seconds)
    answer = tax.redeem(asked, arrival)
    if good:
        assert answer.status_code == 200
    else:
        refused(answer, "invalid_grant")


@pytest.mark.parametrize(
    "uri", [None, "https://tax.example/other", "https://tax.example/callback/", "https://tax.example/CALLBACK"]
)
def test_redirect_uri_of_the_exchange_is_that_of_the_request(
    tax: RelyingParty, resident: Person, visitor: Browser, uri: str | None
) -> None:
    """4.1.3: redirect_uri must be identical; otherwise the code is burnt."""
    asked, arrival = obtain_code(tax, resident, visitor)
    refused(tax.redeem(asked, arrival, redirect_uri=uri), "invalid_grant")
    refused(tax.redeem(asked, arrival), "invalid_grant")


@pytest.mark.parametrize(
    ("code", "error"),
    [(None, "invalid_request"), ("", "invalid_request"), ("x", "invalid_grant"), ("x" * 513, "invalid_request")],
)
def test_malformed_code_is_refused(tax: RelyingParty, visitor: Browser, code: str | None, error: str) -> None:
    """5.2: missing or oversized is invalid_request, unknown is invalid_grant."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": tax.redirect_uri,
        "code_verifier": "v" * 43,
    }
    refused(tax.post("token_endpoint", form), error)


def test_code_is_worthless_after_sign_out(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """The gate is asked at redemption too; a session that ended in between issues nothing."""
    asked, arrival = obtain_code(tax, resident, visitor)
    form = next(form for form in shown(visitor.open("/account")).forms if form.action.endswith("/signout"))
    visitor.open(form.action, form.held)
    refused(tax.redeem(asked, arrival), "invalid_grant")


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "Client_Credentials", "x" * 5000]
)
def test_grant_that_does_not_exist_is_unsupported(tax: RelyingParty, grant: str) -> None:
    """AC-031, 5.2: unsupported_grant_type, the password grant above all."""
    form = {"grant_type": grant, "username": "amara", "password": "x"}
    refused(tax.post("token_endpoint", form), "unsupported_grant_type")


def test_missing_grant_type_is_an_invalid_request(tax: RelyingParty) -> None:
    """5.2: the required parameter is missing."""
    refused(tax.post("token_endpoint", {"code": "x"}), "invalid_request")
    refused(tax.post("token_endpoint", {"grant_type": ""}), "invalid_request")


def test_grant_not_registered_for_the_client_is_unauthorized(tax: RelyingParty, machine: RelyingParty) -> None:
    """AC-032, 5.2: the server knows the grant, this client may not use it."""
    refused(tax.post("token_endpoint", CLIENT_CREDENTIALS), "unauthorized_client")
    refused(machine.post("token_endpoint", {"grant_type": "authorization_code", "code": "x"}), "unauthorized_client")
    refused(machine.refresh("wr_x"), "unauthorized_client")


def test_machine_gets_a_token_of_its_own(machine: RelyingParty) -> None:
    """4.4: an access token for the client itself, no refresh token (4.4.3), no ID token, all its scopes by default."""
    answer = machine.post("token_endpoint", CLIENT_CREDENTIALS)
    assert answer.status_code == 200
    document = answer.json()
    assert set(document) == {"access_token", "token_type", "expires_in", "scope"}
    assert set(document["scope"].split()) == {"records.read", "records.write"}
    claims = machine.read(document["access_token"]).claims
    assert claims["sub"] == claims["client_id"] == machine.client_id
    assert set(claims["aud"]) == {RECORDS, LEDGER}


def test_machine_may_ask_for_less_but_not_for_more(machine: RelyingParty) -> None:
    """AC-019, 3.3: a narrower scope is honoured, anything unregistered is invalid_scope."""
    narrow = machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "scope": "records.read"}).json()
    assert narrow["scope"] == "records.read"
    for scope in ("records.read admin", "openid", "offline_access", 'records.read"', "*"):
        refused(machine.post("token_endpoint", {**CLIENT_CREDENTIALS, "scope": scope}), "invalid_scope")


def test_machine_registered_for_personal_scopes_gets_none_of_them(provider: Provider) -> None:
    """4.4: there is no person behind a client's own token, so no scope that means one."""
    party = provider.register(grant_types=["authorization_code", "client_credentials"], scope="openid email jobs.run")
    assert party.post("token_endpoint", CLIENT_CREDENTIALS).json()["scope"] == "jobs.run"
    refused(party.post("token_endpoint", {**CLIENT_CREDENTIALS, "scope": "openid"}), "invalid_scope")


def test_app_without_secret_gets_no_token_of_its_own(provider: Provider, app: RelyingParty) -> None:
    """4.4: the client credentials grant is for confidential clients only, by registration and by use."""
    refused(app.post("token_endpoint", CLIENT_CREDENTIALS), "unauthorized_client")
    document = {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}
    assert provider.refused("client", "create", document=document)["error"] == "invalid_client_metadata"
