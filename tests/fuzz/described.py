"""The OpenAPI document: read, and turned into requests by schemathesis that are answered by a running provider.

`python -m tests.fuzz --described 100000` sends as many (AC-132); the main suite sends some of each kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

from tests.fuzz.answers import Answer
from tests.fuzz.invariants import Judge
from tests.fuzz.shots import Shot
from tests.fuzz.world import CHALLENGE, World
from tests.protocol.driver import basic

__all__ = ["DOCUMENT", "OPERATIONS", "Described", "documented", "machinery", "modes", "operations", "resolved"]

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
METHODS = ("get", "head", "post")
# What a schema can be wrong about: the others take nothing.
TAKES_NOTHING = frozenset(
    {
        "/oauth/jwks",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/webauthn",
    }
)
WITHOUT_BODY = [not_a_server_error, status_code_conformance, response_headers_conformance]
AS_DESCRIBED = [*WITHOUT_BODY, content_type_conformance, response_schema_conformance]


@cache
def documented() -> dict[str, Any]:
    """The document as written."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return document


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for; anything else as it is."""
    if "$ref" not in node:
        return node
    found: Any = documented()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every (METHOD, path, operation) of the document."""
    for path, item in documented()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


OPERATIONS = tuple(f"{method} {path}" for method, path, _ in operations())


def modes(label: str) -> list[GenerationMode]:
    """Requests that are allowed, and requests that are not, where there is something to be wrong about."""
    allowed = [GenerationMode.POSITIVE]
    return allowed if label.partition(" ")[2] in TAKES_NOTHING else [*allowed, GenerationMode.NEGATIVE]


@cache
def machinery() -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """The operations as schemathesis reads them."""
    results = schemathesis.openapi.from_dict(documented()).get_all_operations()
    return {found.label: found for found in (result.ok() for result in results if isinstance(result, Ok))}


class Described:
    """Sends requests that the document allows (or just does not allow) and compares the answers with it."""

    def __init__(self, world: World, judge: Judge) -> None:
        self._world = world
        self._judge = judge
        self._http = requests.Session()
        self._http.trust_env = False
        self.sent = 0

    def run(self, label: str, mode: GenerationMode, count: int, seed: int) -> None:
        """Send `count` requests to one operation.

        Raises at the first answer that is not as described or breaks a rule.
        """

        @seeded(seed)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=machinery()[label].as_strategy(generation_mode=mode),
            known=st.sampled_from(("nobody", "tax", "clinic")),
        )
        def every(case: Case[Any], known: str) -> None:
            self._send(case, known)

        every()

    def _send(self, case: Case[Any], known: str) -> None:
        self.sent += 1
        if known != "nobody":
            self._introduce(case, known)
        response = case.call(base_url=self._world.issuer, session=self._http, allow_redirects=False)
        if "x-request-id" in response.headers:  # others are the web server's refusals of what is no HTTP
            case.validate_response(response, checks=AS_DESCRIBED if response.content else WITHOUT_BODY)
        faults = self._judge.faults(Shot(0, case.operation.path, case.method, _asked(response)), _answer(response))
        assert not faults, (faults, case.as_curl_command())

    def _introduce(self, case: Case[Any], known: str) -> None:
        """Let it come from a client that exists, so that it gets past the first checks."""
        party = self._world.parties[known]
        if case.operation.path == "/oauth/authorize":
            fields = case.query if case.method == "GET" else case.body
            if isinstance(fields, dict):
                fields.update(
                    client_id=party.client_id,
                    redirect_uri=party.redirect_uri,
                    code_challenge=CHALLENGE,
                    code_challenge_method="S256",
                )
        elif case.operation.path == "/oauth/userinfo":
            case.headers["Authorization"] = f"Bearer {self._world.actors[0].values['access']}"
        elif isinstance(case.body, dict) and party.method == "client_secret_post":
            case.body.update(client_id=party.client_id, client_secret=party.secret)
            case.headers.pop("Authorization", None)
        elif isinstance(case.body, dict):
            case.headers["Authorization"] = basic(party.client_id, party.secret or "")
            for name in ("client_id", "client_secret", "client_assertion", "client_assertion_type"):
                case.body.pop(name, None)


def _asked(response: Any) -> bytes:
    body = response.request.body or b""
    address: str = response.request.url
    return address.encode() + (body.encode() if isinstance(body, str) else bytes(body))


def _answer(response: Any) -> Answer:
    headers = tuple(
        (name.lower().encode(), value.encode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
    head = b"\r\n".join(b"%s: %s" % pair for pair in headers)
    return Answer(response.status_code, head, headers, response.content or b"")
