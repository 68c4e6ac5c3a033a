"""What userinfo, introspection and revocation answer from the token alone, and what they ask the store."""

import json
import uuid
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from idp.clients.client import Client
from idp.keys import TokenType
from idp.keys.jose import Algorithm
from idp.protocol.introspection import introspection_endpoint
from idp.protocol.message import Endpoint
from idp.protocol.revocation import revocation_endpoint
from idp.protocol.token import token_endpoint
from idp.protocol.userinfo import userinfo_endpoint
from idp.tokens.access_token import mint_access_token
from idp.tokens.refresh_token import RefreshToken
from tests.factories.clients import SECRET, make_client
from tests.factories.moments import START
from tests.unit.authorization.house import authorization_server
from tests.unit.authorization.parties import ISSUER, registry
from tests.unit.protocol.wire import Answering, Seen, call, environ, form_environ, front
from tests.unit.tokens.ring import keyring

NOW = int(START.timestamp())
API = "https://api.example"
GRANT = uuid.UUID(int=9)
PERMITS = make_client()
CLINIC = make_client("clinic")
SERVICE = make_client("service")
APP = make_client("app", secret=None, token_endpoint_auth_method="none")
CLIENTS = registry(
    PERMITS, CLINIC, SERVICE, APP, make_client("gone", enabled=False), audiences={"service": frozenset({API})}
)
SERVER = authorization_server(CLIENTS)
USERINFO = userinfo_endpoint(SERVER, CLIENTS)
INTROSPECTION = introspection_endpoint(SERVER, CLIENTS)
REVOCATION = revocation_endpoint(SERVER)
REFRESH = RefreshToken(bytes(16), bytes(32)).text()


def access_token(client: Client = PERMITS, **changes: Any) -> str:
    """A person's access token."""
    members: dict[str, Any] = {
        "issuer": ISSUER,
        "subject": "person",
        "audience": [ISSUER, API],
        "scope": ["openid"],
        "issued_at": NOW,
        "lifetime": 300,
        "jti": "j1",
        "extra": {"gid": str(GRANT)},
        **changes,
    }
    return mint_access_token(keyring(), client, **members)


def id_token() -> str:
    """A token of the other kind."""
    signer = keyring().signer(Algorithm.ES256, START)
    assert signer is not None
    return signer.sign(TokenType.ID, {"iss": ISSUER, "sub": "person", "aud": "permits", "exp": NOW + 9})


BAD_TOKENS = {
    "expired": access_token(issued_at=NOW - 300),
    "id token": id_token(),
    "none": "eyJhbGciOiJub25lIn0.e30.",
    "cut": access_token()[:-1],
    "lengthened": access_token() + "A",
    "opaque": "x",
    "huge": "x" * 17_000,
}


def basic(client: Client = PERMITS, secret: str = SECRET) -> str:
    """An Authorization header."""
    return "Basic " + b64encode(f"{client.client_id}:{secret}".encode()).decode()


def asked(
    endpoint: Endpoint, form: Mapping[str, str], authorization: str | None = None, committer: Answering | None = None
) -> Seen:
    """The answer to a POST; a committer that was not given must not be needed."""
    held = committer or Answering()
    seen = call(front(endpoint, held), form_environ(form, HTTP_AUTHORIZATION=authorization))
    assert committer is not None or not held.committed
    return seen


def question(endpoint: Endpoint, form: Mapping[str, str], authorization: str | None) -> dict[str, Any]:
    """What the store is asked."""
    committer = Answering()
    asked(endpoint, form, authorization, committer)
    (operation,) = committer.committed
    return {"statement": operation.statement.name, **json.loads(operation.text)}


# ------------------------------------------------------------------------------------------------------ userinfo


def test_rfc_6750_3_1_no_token_no_error_code() -> None:
    """RFC 6750 3.1: a request without any credentials is told the scheme and nothing else."""
    for variables in (environ("GET"), environ("POST"), environ("GET", QUERY_STRING=f"access_token={access_token()}")):
        seen = call(front(USERINFO), variables)
        assert (seen.status, seen.body) == ("401 Unauthorized", b"")
        assert seen.header("WWW-Authenticate") == 'Bearer realm="wangov"'


@pytest.mark.parametrize("name", list(BAD_TOKENS))
def test_rfc_6750_3_1_a_bad_token(name: str) -> None:
    """RFC 6750 3.1, AC-044 to AC-054: 401 invalid_token, in the header too, and the store is not asked."""
    for seen in (
        asked(USERINFO, {"access_token": BAD_TOKENS[name]}),
        call(front(USERINFO), environ("GET", HTTP_AUTHORIZATION=f"Bearer {BAD_TOKENS[name]}"[:16_400])),
    ):
        assert seen.status == "401 Unauthorized"
        assert seen.json()["error"] == "invalid_token"
        assert 'error="invalid_token"' in (seen.header("WWW-Authenticate") or "")
        assert BAD_TOKENS[name].encode() not in seen.body or name == "opaque"


def test_rfc_6750_2_a_token_comes_one_way() -> None:
    """RFC 6750 2: header and body together, or another scheme, are refused."""
    token = access_token()
    assert asked(USERINFO, {"access_token": token}, f"Bearer {token}").status.startswith("401")
    assert asked(USERINFO, {}, basic()).status.startswith("401")
    assert asked(USERINFO, {}, "Bearer").status.startswith("401")
    assert asked(USERINFO, {}, "Bearer ").status.startswith("401")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_rfc_6750_2_1_the_header(scheme: str) -> None:
    """RFC 6750 2.1, RFC 9110 11.1: the scheme in any case; GET and POST ask the store the same."""
    committer = Answering()
    variables = environ("GET", HTTP_AUTHORIZATION=f"{scheme} {access_token()}")
    assert call(front(USERINFO, committer), variables).status.startswith("401")
    item = json.loads(committer.committed[0].text)
    assert (item["grant_id"], item["token"], item["caller"]) == (str(GRANT), "j1", "permits")
    assert (item["event"], item["profile"]) == ("userinfo.released", True)
    assert question(USERINFO, {}, f"{scheme} {access_token()}")["grant_id"] == str(GRANT)


def test_rfc_6750_2_2_the_body() -> None:
    """RFC 6750 2.2: a form parameter of a POST."""
    assert question(USERINFO, {"access_token": access_token()}, None)["grant_id"] == str(GRANT)


@pytest.mark.parametrize(
    "token",
    [
        access_token(audience=[API]),
        access_token(extra=None),
        access_token(make_client("gone")),
        access_token(make_client("nobody")),
    ],
)
def test_a_token_that_is_not_meant_for_userinfo(token: str) -> None:
    """AC-052: another audience, no person behind it, a client that is gone: 401, the store is not asked."""
    seen = asked(USERINFO, {}, f"Bearer {token}")
    assert (seen.status, seen.json()["error"]) == ("401 Unauthorized", "invalid_token")


def test_oidc_5_3_openid_is_needed() -> None:
    """OpenID Connect Core 5.3.1, RFC 6750 3.1: 403 insufficient_scope without openid."""
    seen = asked(USERINFO, {}, f"Bearer {access_token(scope=['profile'])}")
    assert (seen.status, seen.json()["error"]) == ("403 Forbidden", "insufficient_scope")


# ------------------------------------------------------------------------------------------------- introspection


def test_rfc_7662_2_1_introspection_needs_a_confidential_client() -> None:
    """RFC 7662 2.1: 401 without authentication; a public client may not ask at all."""
    committer = Answering()
    assert asked(INTROSPECTION, {"token": access_token()}, None, committer).status == "401 Unauthorized"
    assert json.loads(committer.committed[0].text)["event"] == "client.authentication_failed"
    seen = asked(INTROSPECTION, {"token": access_token(), "client_id": "app"})
    assert (seen.status, seen.json()["error"]) == ("400 Bad Request", "invalid_request")


def test_rfc_7662_2_1_a_token_is_required() -> None:
    """RFC 7662 2.1: without the parameter it is an invalid request."""
    assert asked(INTROSPECTION, {}, basic()).json()["error"] == "invalid_request"
    assert asked(INTROSPECTION, {"token": ""}, basic()).json()["error"] == "invalid_request"


@pytest.mark.parametrize("name", list(BAD_TOKENS))
def test_rfc_7662_2_2_a_bad_token_is_inactive(name: str) -> None:
    """RFC 7662 2.2, AC-044: 200 and nothing but active false; no word about why."""
    seen = asked(INTROSPECTION, {"token": BAD_TOKENS[name]}, basic())
    assert (seen.status, seen.json()) == ("200 OK", {"active": False})
    assert seen.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("text", ["wr_x", REFRESH[:-1], REFRESH + "A", "wr_" + "!" * 64])
def test_a_malformed_refresh_token_is_inactive(text: str) -> None:
    """The same for what only looks like a refresh token."""
    assert asked(INTROSPECTION, {"token": text}, basic()).json() == {"active": False}


def test_rfc_7662_4_only_the_parties_of_a_token_see_it() -> None:
    """RFC 7662 4, AC-052: the client it was issued to, and a client that stands for an audience of it."""
    form = {"token": access_token()}
    assert question(INTROSPECTION, form, basic())["caller"] == "permits"
    assert question(INTROSPECTION, form, basic(SERVICE))["caller"] == "service"
    assert asked(INTROSPECTION, form, basic(CLINIC)).json() == {"active": False}
    assert asked(INTROSPECTION, {"token": access_token(audience=[ISSUER])}, basic(SERVICE)).json() == {"active": False}


def test_introspection_asks_for_no_profile() -> None:
    """Nothing personal is fetched; a hint about the kind changes nothing (RFC 7662 2.1)."""
    item = question(INTROSPECTION, {"token": access_token(), "token_type_hint": "refresh_token"}, basic())
    assert (item["event"], item["token"]) == ("token.introspected", "j1")
    assert "profile" not in item
    refresh = question(INTROSPECTION, {"token": REFRESH}, basic())
    assert "grant_id" not in refresh
    assert refresh["profile"] is False


def test_a_token_whose_client_is_gone_is_inactive() -> None:
    """AC-062: also a client's own token, of which no grant could tell."""
    row = (None, None, *[None] * 18)
    alone = access_token(make_client("gone"), extra=None)
    good = access_token(extra=None)
    assert asked(INTROSPECTION, {"token": alone}, basic(SERVICE), Answering([row])).json() == {"active": False}
    assert asked(INTROSPECTION, {"token": good}, basic(SERVICE), Answering([row])).json()["active"] is True


# ---------------------------------------------------------------------------------------------------- revocation


def test_rfc_7009_2_1_revocation_needs_the_client() -> None:
    """RFC 7009 2.1: authentication as at the token endpoint; a public client names itself."""
    assert asked(REVOCATION, {"token": REFRESH}, basic(secret="wrong"), Answering()).status == "401 Unauthorized"
    assert question(REVOCATION, {"token": REFRESH, "client_id": "app"}, None)["caller"] == "app"
    assert asked(REVOCATION, {}, basic()).json()["error"] == "invalid_request"


def test_rfc_7009_2_1_an_expired_token_is_given_up_too() -> None:
    """A clock that is set back would make it live again; so it is remembered as given up."""
    item = question(REVOCATION, {"token": BAD_TOKENS["expired"]}, basic())
    assert (item["statement"], item["jti"]) == ("token.revoke", "j1")


@pytest.mark.parametrize("name", [name for name in BAD_TOKENS if name != "expired"])
def test_rfc_7009_2_2_a_bad_token_is_revoked_already(name: str) -> None:
    """RFC 7009 2.2: 200 without a body, for the client can do nothing about it."""
    seen = asked(REVOCATION, {"token": BAD_TOKENS[name]}, basic())
    assert (seen.status, seen.body) == ("200 OK", b"")


def test_rfc_7009_2_1_a_token_of_another_client() -> None:
    """RFC 7009 2.1: somebody else's token is not touched; the answer does not tell, the audit does."""
    item = question(REVOCATION, {"token": access_token()}, basic(CLINIC))
    assert (item["statement"], item["event"], item["client_id"]) == ("audit.append", "token.foreign", "clinic")
    seen = asked(REVOCATION, {"token": access_token()}, basic(CLINIC), Answering())
    assert (seen.status, seen.body) == ("200 OK", b"")


def test_rfc_7009_2_1_what_is_revoked() -> None:
    """An access token by its identifier until its end, a refresh token by its family and its owner."""
    item = question(REVOCATION, {"token": access_token(), "token_type_hint": "refresh_token"}, basic())
    assert (item["statement"], item["jti"], item["client_id"]) == ("token.revoke", "j1", "permits")
    assert item["expires_at"] == "2030-05-17T09:05:00+00:00"
    item = question(REVOCATION, {"token": REFRESH}, basic())
    assert (item["statement"], item["caller"]) == ("grant.revoke", "permits")
    assert REFRESH not in json.dumps(item)
    assert asked(REVOCATION, {"token": REFRESH[:-1]}, basic()).status == "200 OK"


# --------------------------------------------------------------------------------------------------------- token


def test_the_token_endpoint_end_to_end() -> None:
    """A client's own token over the wire: 200, no-store, and readable by userinfo's reader but not usable there."""
    machine = make_client("machine", grant_types=["client_credentials"], scope="tax:read")
    clients = registry(machine)
    endpoint = token_endpoint(authorization_server(clients))
    seen = asked(endpoint, {"grant_type": "client_credentials"}, basic(machine), Answering())
    assert seen.status == "200 OK"
    assert seen.header("Cache-Control") == "no-store"
    assert seen.json()["token_type"] == "Bearer"
    refused = asked(endpoint, {"grant_type": "password"}, basic(machine))
    assert (refused.status, refused.json()["error"]) == ("400 Bad Request", "unsupported_grant_type")
