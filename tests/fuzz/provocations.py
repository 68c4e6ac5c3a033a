"""For each answer that the OpenAPI document describes, a request that brings it about: (operation, status, error)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from tests.fuzz.world import World
from tests.protocol.driver import RelyingParty
from tests.protocol.journey import obtain_code

__all__ = ["ANSWERED", "WITHOUT_STORES", "Ask", "Key", "ask"]

Key = tuple[str, int, str]
Ask = Callable[[World], requests.Response]
Fields = str | Mapping[str, Any] | Iterable[tuple[str, str]]
LARGE = {"x": "A" * 70_000}
HOPELESS = {"grant_type": "client_credentials", "client_id": "nobody"}
TOKEN, INTROSPECT, REVOKE = "POST /oauth/token", "POST /oauth/introspect", "POST /oauth/revoke"
EVENTS = "POST /oauth/events"
USERINFO, USERINFO_FORM = "GET /oauth/userinfo", "POST /oauth/userinfo"
AUTHORIZE, AUTHORIZE_FORM = "GET /oauth/authorize", "POST /oauth/authorize"
LOGOUT, LOGOUT_FORM = "GET /oauth/logout", "POST /oauth/logout"
DOCUMENTS = (
    "/oauth/jwks",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/webauthn",
)
# Made of a setting: it needs no store.
_OF_STORES = [path for path in DOCUMENTS if path != "/.well-known/webauthn"]


def ask(
    world: World, operation: str, fields: Fields | None = None, *, party: str = "", **given: Any
) -> requests.Response:
    """Send one request; fields stand in the query of a GET and in the body of a POST."""
    method, _, path = operation.partition(" ")
    headers = {"Connection": "close", **given.pop("headers", {})}
    if party:
        known = world.parties[party]
        given["auth"] = (known.client_id, known.secret or "")
    given["data" if method == "POST" else "params"] = fields
    return world.provider.live.http.request(
        method, world.issuer + path, headers=headers, allow_redirects=False, timeout=20, **given
    )


def _throttled(operation: str) -> Ask:
    def provoke(world: World) -> requests.Response:
        party: RelyingParty = world.provider.register()
        for _ in range(25):
            answer = ask(world, operation, {"grant_type": "client_credentials"}, auth=(party.client_id, "wrong"))
            if answer.status_code == 429:
                break
        return answer

    return provoke


def _by_a_public_client(operation: str) -> Ask:
    def provoke(world: World) -> requests.Response:
        party = world.provider.register(token_endpoint_auth_method="none")
        return ask(world, operation, {"client_id": party.client_id})

    return provoke


def _simply(operation: str, fields: Fields | None = None, **given: Any) -> Ask:
    return lambda world: ask(world, operation, fields, **given)


def _without_openid(operation: str) -> Ask:
    def provoke(world: World) -> requests.Response:
        request, arrival = obtain_code(world.tax, world.provider.enrol(), world.provider.browser(), scope="email")
        token = world.tax.redeem(request, arrival).json()["access_token"]
        return ask(world, operation, headers={"Authorization": f"Bearer {token}"})

    return provoke


def _bearer(operation: str, *, good: bool) -> Ask:
    def provoke(world: World) -> requests.Response:
        token = world.actors[0].values["access"] if good else "x"
        return ask(world, operation, headers={"Authorization": f"Bearer {token}"})

    return provoke


def _authorization(operation: str, **changes: str) -> Ask:
    return lambda world: ask(world, operation, world.tax.ask(**changes).parameters)


def _by_form_post(operation: str) -> Ask:
    return _authorization(operation, response_mode="form_post", prompt="none")


def _signed_out(operation: str) -> Ask:
    def provoke(world: World) -> requests.Response:
        fields = {
            "id_token_hint": world.actors[0].values["id_token"],
            "post_logout_redirect_uri": world.tax.registered["post_logout_redirect_uris"][0],
        }
        return ask(world, operation, fields)

    return provoke


def _held(operation: str) -> Ask:
    def provoke(world: World) -> requests.Response:
        etag = ask(world, operation).headers["ETag"]
        return ask(world, operation, headers={"If-None-Match": etag})

    return provoke


def _of_clients(operation: str) -> dict[Key, Ask]:
    """What every endpoint answers at which clients authenticate."""
    return {
        (operation, 401, "invalid_client"): _simply(
            operation, {"grant_type": "client_credentials", "token": "x", "client_id": "nobody"}
        ),
        (operation, 413, "invalid_request"): _simply(operation, LARGE),
        (operation, 429, "temporarily_unavailable"): _throttled(operation),
    }


def _of_pages(operation: str) -> dict[Key, Ask]:
    """What every endpoint for browsers answers."""
    found: dict[Key, Ask] = {
        (operation, 400, ""): _simply(operation, [("client_id", "a"), ("client_id", "b")]),
        (operation, 413, ""): _simply(operation.replace("GET", "POST"), LARGE),
    }
    if operation.startswith("GET"):
        found[operation, 414, ""] = _simply(operation, {"state": "s" * 70_000})
    else:
        found[operation, 415, ""] = _simply(operation, "{}", headers={"Content-Type": "application/json"})
    return found


ANSWERED: dict[Key, Ask] = {
    (TOKEN, 200, ""): _simply(TOKEN, {"grant_type": "client_credentials"}, party="machine"),
    (TOKEN, 400, "invalid_request"): _simply(TOKEN, {}),
    (TOKEN, 400, "invalid_grant"): _simply(TOKEN, {"grant_type": "authorization_code", "code": "x"}, party="tax"),
    (TOKEN, 400, "unauthorized_client"): _simply(
        TOKEN, {"grant_type": "authorization_code", "code": "x"}, party="machine"
    ),
    (TOKEN, 400, "unsupported_grant_type"): _simply(TOKEN, {"grant_type": "password"}, party="tax"),
    (TOKEN, 400, "invalid_scope"): _simply(TOKEN, {"grant_type": "client_credentials", "scope": "x"}, party="machine"),
    (TOKEN, 400, "invalid_target"): _simply(
        TOKEN, {"grant_type": "client_credentials", "resource": "urn:x"}, party="machine"
    ),
    **_of_clients(TOKEN),
    (INTROSPECT, 200, ""): lambda world: ask(world, INTROSPECT, {"token": world.machine_token}, party="machine"),
    (INTROSPECT, 400, "invalid_request"): _simply(INTROSPECT, {}, party="machine"),
    **_of_clients(INTROSPECT),
    (REVOKE, 200, ""): _simply(REVOKE, {"token": "x"}, party="machine"),
    (REVOKE, 400, "invalid_request"): _simply(REVOKE, {}, party="machine"),
    **_of_clients(REVOKE),
    (EVENTS, 200, ""): _simply(EVENTS, {}, party="machine"),
    (EVENTS, 400, "invalid_request"): _simply(EVENTS, {"max": "0"}, party="machine"),
    (EVENTS, 400, "unauthorized_client"): _by_a_public_client(EVENTS),
    **_of_clients(EVENTS),
    (USERINFO_FORM, 400, "invalid_request"): _simply(USERINFO_FORM, [("access_token", "a"), ("access_token", "b")]),
    (USERINFO_FORM, 413, "invalid_request"): _simply(USERINFO_FORM, LARGE),
    (AUTHORIZE, 303, ""): _authorization(AUTHORIZE),
    (AUTHORIZE_FORM, 303, ""): _authorization(AUTHORIZE_FORM),
    (AUTHORIZE, 200, ""): _by_form_post(AUTHORIZE),
    (AUTHORIZE_FORM, 200, ""): _by_form_post(AUTHORIZE_FORM),
    (LOGOUT, 200, ""): _simply(LOGOUT),
    (LOGOUT_FORM, 200, ""): _simply(LOGOUT_FORM),
    (LOGOUT, 303, ""): _signed_out(LOGOUT),
    (LOGOUT_FORM, 303, ""): _signed_out(LOGOUT_FORM),
    **_of_pages(AUTHORIZE),
    **_of_pages(AUTHORIZE_FORM),
    **_of_pages(LOGOUT),
    **_of_pages(LOGOUT_FORM),
}
for _operation in (USERINFO, USERINFO_FORM):
    ANSWERED[_operation, 200, ""] = _bearer(_operation, good=True)
    ANSWERED[_operation, 401, "invalid_token"] = _bearer(_operation, good=False)
    ANSWERED[_operation, 403, "insufficient_scope"] = _without_openid(_operation)
for _path in DOCUMENTS:
    for _method in ("GET", "HEAD"):
        ANSWERED[f"{_method} {_path}", 200, ""] = _simply(f"{_method} {_path}")
        ANSWERED[f"{_method} {_path}", 304, ""] = _held(f"{_method} {_path}")


# What an application answers that reaches no store: the WSGI variables of the request.
_HOPELESS = urlencode({**HOPELESS, "token": "x"})
_BROWSER = {"query_string": "client_id=nobody&redirect_uri=x"}
WITHOUT_STORES: dict[Key, dict[str, Any]] = {
    (TOKEN, 503, "temporarily_unavailable"): {"data": _HOPELESS},
    (INTROSPECT, 503, "temporarily_unavailable"): {"data": _HOPELESS},
    (REVOKE, 503, "temporarily_unavailable"): {"data": _HOPELESS},
    (EVENTS, 503, "temporarily_unavailable"): {"data": _HOPELESS},
    (USERINFO, 503, "temporarily_unavailable"): {"headers": {"Authorization": "Bearer x"}},
    (USERINFO, 413, "invalid_request"): {"headers": {"Authorization": "Bearer " + "x" * 17_000}},
    (USERINFO_FORM, 503, "temporarily_unavailable"): {"headers": {"Authorization": "Bearer x"}},
    (AUTHORIZE, 503, ""): _BROWSER,
    (AUTHORIZE_FORM, 503, ""): {"data": _BROWSER["query_string"]},
    (LOGOUT, 503, ""): _BROWSER,
    (LOGOUT_FORM, 503, ""): {"data": _BROWSER["query_string"]},
    **{(f"GET {path}", 503, "temporarily_unavailable"): {} for path in _OF_STORES},
    **{(f"HEAD {path}", 503, ""): {} for path in _OF_STORES},
}
