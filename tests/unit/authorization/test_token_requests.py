import json
from base64 import b64encode

import pytest
from authlib.oauth2.rfc6749.errors import OAuth2Error

from idp.authorization.errors import AuthenticationFailedError, WaitError
from idp.authorization.plan import Plan
from idp.authorization.server import TokenRequest
from idp.clients.client import Client
from idp.keys.jose import Algorithm
from idp.tokens.access_token import AccessToken, read_access_token
from idp.tokens.refresh_token import RefreshToken
from tests.factories.clients import SECRET, make_client
from tests.factories.moments import START
from tests.unit.authorization.house import authorization_server, without
from tests.unit.authorization.parties import CALLBACK, ISSUER, VERIFIER, registry
from tests.unit.tokens.ring import keyring, verified

API = "https://api.example"
PERMITS = make_client()
MACHINE = make_client(
    "machine", grant_types=["client_credentials"], redirect_uris=[], scope="openid profile tax:read tax:write",
    resources=[API, "https://other.example"],
)  # fmt: skip
APP = make_client("app", secret=None, token_endpoint_auth_method="none")
POSTER = make_client("poster", token_endpoint_auth_method="client_secret_post")
SERVER = authorization_server(registry(PERMITS, MACHINE, APP, POSTER, make_client("gone", enabled=False)))

CODE = {
    "grant_type": "authorization_code",
    "code": "wc_" + "c" * 43,
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
}
REFRESH = {"grant_type": "refresh_token", "refresh_token": RefreshToken(bytes(16), bytes(32)).text()}
OWN = {"grant_type": "client_credentials"}


def basic(client: Client = PERMITS, secret: str = SECRET) -> str:
    """An Authorization header."""
    return "Basic " + b64encode(f"{client.client_id}:{secret}".encode()).decode()


def prepared(form: dict[str, str], authorization: str | None) -> Plan | OAuth2Error:
    """What the server makes of a request."""
    return SERVER.prepare_token(TokenRequest(form, authorization))


def planned(form: dict[str, str], authorization: str | None) -> Plan:
    """The plan, which must be one."""
    outcome = prepared(form, authorization)
    assert isinstance(outcome, Plan), outcome
    return outcome


def refused(form: dict[str, str], authorization: str | None) -> str:
    """The registered error that answers without a look at the store."""
    outcome = prepared(form, authorization)
    assert isinstance(outcome, OAuth2Error), outcome
    assert outcome.status_code == 400
    return str(outcome.error)


def unauthenticated(form: dict[str, str], authorization: str | None) -> AuthenticationFailedError:
    """The failure, which is audited before it is answered."""
    plan = planned(form, authorization)
    (operation,) = plan.operations
    assert operation.statement.name == "audit.append"
    assert json.loads(operation.text)["event"] == "client.authentication_failed"
    assert SECRET not in operation.text
    outcome = plan.finish([None], None)
    assert isinstance(outcome, AuthenticationFailedError)
    assert (outcome.error, outcome.status_code) == ("invalid_client", 401)
    return outcome


@pytest.mark.parametrize(
    ("form", "header", "statement"),
    [
        (CODE, basic(), "grant.redeem"),
        (REFRESH, basic(), "grant.rotate"),
        (OWN, basic(MACHINE), "audit.append"),
        ({**CODE, "client_id": "app"}, None, "grant.redeem"),
        ({**REFRESH, "client_id": "app"}, None, "grant.rotate"),
        ({**CODE, "client_id": "poster", "client_secret": SECRET}, None, "grant.redeem"),
        ({**CODE, "client_id": "permits", "unknown": "x"}, basic(), "grant.redeem"),
    ],
)
def test_each_grant_is_one_statement(form: dict[str, str], header: str | None, statement: str) -> None:
    """One round trip: the statement that acts is the one that judges and audits."""
    (operation,) = planned(form, header).operations
    assert operation.statement.name == statement


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "CODE"])
def test_rfc_6749_5_2_an_unknown_grant(grant_type: str) -> None:
    """RFC 6749 5.2, AC-031: unsupported_grant_type; a missing one is an invalid request."""
    assert refused({**CODE, "grant_type": grant_type}, basic()) == "unsupported_grant_type"
    assert refused(without(CODE, "grant_type"), basic()) == "invalid_request"
    assert refused({**CODE, "grant_type": ""}, basic()) == "invalid_request"


def test_rfc_6749_5_2_a_grant_that_is_not_this_clients() -> None:
    """AC-032: unauthorized_client for a grant the client is not registered for."""
    assert refused(OWN, basic(PERMITS)) == "unauthorized_client"
    assert refused(CODE, basic(MACHINE)) == "unauthorized_client"
    assert refused(REFRESH, basic(MACHINE)) == "unauthorized_client"


@pytest.mark.parametrize("form", [CODE, REFRESH, OWN])
@pytest.mark.parametrize(
    ("members", "header"),
    [
        ({}, None),
        ({}, basic(secret="wrong")),
        ({}, basic(make_client("nobody"))),
        ({}, basic(make_client("gone"))),
        ({}, "Bearer x"),
        ({}, "Basic !"),
        ({"client_id": "permits"}, None),
        ({"client_id": "permits", "client_secret": SECRET}, None),
        ({}, basic(POSTER)),
        ({"client_id": "nobody"}, None),
    ],
)
def test_rfc_6749_3_2_1_client_authentication(
    form: dict[str, str], members: dict[str, str], header: str | None
) -> None:
    """RFC 6749 3.2.1, 5.2, AC-035: 401 invalid_client for every way not to prove who one is; nothing is spent."""
    unauthenticated({**form, **members}, header)


@pytest.mark.parametrize("form", [CODE, REFRESH, OWN])
def test_rfc_6749_2_3_one_method_only(form: dict[str, str]) -> None:
    """RFC 6749 2.3, AC-034: two methods in one request are an invalid request, both right or not."""
    assert refused({**form, "client_id": "permits", "client_secret": SECRET}, basic()) == "invalid_request"
    assert refused({**form, "client_assertion": "x"}, basic()) == "invalid_request"


def test_a_client_that_fails_often_waits() -> None:
    """AC-038: after the limit 429 and a time to wait, for that client alone."""
    server = authorization_server(registry(PERMITS, POSTER))
    wrong = TokenRequest(CODE, basic(secret="wrong"))
    outcomes = [server.prepare_token(wrong) for _ in range(25)]
    assert isinstance(outcomes[0], Plan)
    last = outcomes[-1]
    assert isinstance(last, WaitError)
    assert (last.status_code, last.retry_after > 0) == (429, True)
    assert isinstance(server.prepare_token(TokenRequest(CODE, basic())), Plan)
    other = {**CODE, "client_id": "poster", "client_secret": "wrong"}
    assert isinstance(server.prepare_token(TokenRequest(other, None)), Plan)


@pytest.mark.parametrize("code", [None, "", "x" * 513])
def test_rfc_6749_4_1_3_a_code_is_required(code: str | None) -> None:
    """RFC 6749 4.1.3: missing or impossible codes are invalid requests."""
    form = without(CODE, "code") if code is None else {**CODE, "code": code}
    assert refused(form, basic()) == "invalid_request"


@pytest.mark.parametrize("verifier", ["x", "x" * 42, "x" * 129, "x" * 42 + "+", VERIFIER + "\n", "é" * 43])
def test_rfc_7636_4_1_a_verifier_has_its_shape(verifier: str) -> None:
    """RFC 7636 4.1: 43 to 128 unreserved characters; anything else is an invalid request."""
    assert refused({**CODE, "code_verifier": verifier}, basic()) == "invalid_request"


def test_rfc_7636_4_6_the_verifier_becomes_a_challenge() -> None:
    """RFC 7636 appendix B: S256; the statement compares challenges, an absent verifier none (AC-014)."""
    item = json.loads(planned(CODE, basic()).operations[0].text)
    assert item["challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    without_one = planned(without(CODE, "code_verifier"), basic())
    assert json.loads(without_one.operations[0].text)["challenge"] is None


def test_neither_code_nor_verifier_is_stored() -> None:
    """Only digests reach the database."""
    for form, secret in ((CODE, CODE["code"]), (CODE, VERIFIER), (REFRESH, REFRESH["refresh_token"])):
        assert secret not in planned(form, basic()).operations[0].text


def test_a_refresh_token_is_offered_to_those_who_may_refresh() -> None:
    """RFC 6749 1.5: a client without the refresh grant gets no family."""
    assert json.loads(planned(CODE, basic()).operations[0].text)["next"]
    once = make_client(grant_types=["authorization_code"])
    plan = authorization_server(registry(once)).prepare_token(TokenRequest(CODE, basic()))
    assert isinstance(plan, Plan)
    assert not json.loads(plan.operations[0].text)["next"]


@pytest.mark.parametrize(
    "text", ["x", "wr_", "wr_" + "A" * 63, "wr_" + "A" * 63 + "!", "wr_" + "A" * 65, "wc_" + "A" * 64]
)
def test_rfc_6749_5_2_a_malformed_refresh_token(text: str) -> None:
    """RFC 6749 5.2, AC-054: invalid_grant; a missing one is an invalid request."""
    assert refused({**REFRESH, "refresh_token": text}, basic()) == "invalid_grant"
    assert refused({**REFRESH, "refresh_token": ""}, basic()) == "invalid_request"
    assert refused(without(REFRESH, "refresh_token"), basic()) == "invalid_request"


def test_an_identical_request_is_known_by_its_digest() -> None:
    """AC-039: the order of scopes does not matter; anything else asked makes another request."""

    def digest_of(**changes: str) -> str:
        return str(json.loads(planned({**REFRESH, **changes}, basic()).operations[0].text)["request"])

    same = digest_of(scope="openid email")
    assert same == digest_of(scope="email openid")
    others = {digest_of(), digest_of(scope="openid"), digest_of(scope="openid email", resource=API)}
    assert len({same, *others}) == 4


def test_rfc_6749_4_4_client_credentials() -> None:
    """RFC 6749 4.4, RFC 9068 2.2: the client's own token, without a person's scopes, grant or refresh token."""
    plan = planned(OWN, basic(MACHINE))
    assert plan.ahead is not None
    answer = plan.finish([None], plan.ahead())
    assert isinstance(answer, dict)
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer["scope"] == "tax:read tax:write"
    _, claims = verified(keyring(), answer["access_token"], Algorithm.ES256)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("machine", "machine", [API, "https://other.example"])
    token = read_access_token(keyring(), answer["access_token"], START.timestamp())
    assert isinstance(token, AccessToken)
    assert token.grant_id is None


def test_each_token_has_its_own_identifier() -> None:
    """RFC 9068 2.2: `jti` is unique, 128 random bits."""
    plans = [planned(OWN, basic(MACHINE)) for _ in range(20)]
    tokens = [plan.ahead() for plan in plans if plan.ahead is not None]
    identifiers = {verified(keyring(), token, Algorithm.ES256)[1]["jti"] for token in tokens}
    assert len(identifiers) == 20
    assert {len(identifier) for identifier in identifiers} == {22}


@pytest.mark.parametrize("scope", ["openid", "profile tax:read", "offline_access", "root", "tax:read root"])
def test_rfc_6749_3_3_a_client_has_no_personal_scope(scope: str) -> None:
    """No scope that means a person, registered or not, and none beyond the registered ones."""
    assert refused({**OWN, "scope": scope}, basic(MACHINE)) == "invalid_scope"


def test_a_narrower_scope_and_resource() -> None:
    """RFC 6749 3.3, RFC 8707 2: what was asked for and no more."""
    plan = planned({**OWN, "scope": "tax:read", "resource": API}, basic(MACHINE))
    assert plan.ahead is not None
    _, claims = verified(keyring(), plan.ahead(), Algorithm.ES256)
    assert (claims["scope"], claims["aud"]) == ("tax:read", API)
    assert refused({**OWN, "resource": "https://evil.example"}, basic(MACHINE)) == "invalid_target"


def test_without_resources_the_provider_is_the_audience() -> None:
    """RFC 9068 3: a token is never good everywhere."""
    plain = make_client("plain", grant_types=["client_credentials"], scope="tax:read")
    plan = authorization_server(registry(plain)).prepare_token(TokenRequest(OWN, basic(plain)))
    assert isinstance(plan, Plan)
    assert plan.ahead is not None
    assert verified(keyring(), plan.ahead(), Algorithm.ES256)[1]["aud"] == ISSUER


def test_client_credentials_are_audited() -> None:
    """Every issue leaves a row that says to whom and for what, not with which secret."""
    item = json.loads(planned({**OWN, "scope": "tax:read"}, basic(MACHINE)).operations[0].text)
    assert (item["event"], item["client_id"]) == ("token.issued", "machine")
    assert item["body"]["scope"] == ["tax:read"]
    assert SECRET not in json.dumps(item)
