"""What a strict relying party demands of each answer, whatever module it runs."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc.jwt import JWTClaimsRegistry

from tests.protocol.driver import Arrival, RelyingParty, Request
from tests.protocol.pages import read_page

__all__ = ["check_authorization", "check_form_page", "check_id_token", "check_tokens", "check_userinfo"]

# RFC 6749 A.11 to A.17: VSCHAR.
_VISIBLE = re.compile(r"[\x20-\x7e]+")
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 2.1: b64token
_SCRIPT = re.compile(r'<script nonce="([^"]+)">([^<]*)</script>')
LEAST_SECRET_CHARS = 22  # 128 bits in base64url
SKEW_SECONDS = 5
TYPES: dict[str, type] = {
    "email_verified": bool,
    "phone_number_verified": bool,
    "updated_at": int,
    "address": dict,
}
_STRINGS = {
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
}  # fmt: skip
_ADDRESS = {"formatted", "street_address", "locality", "region", "postal_code", "country"}


def check_authorization(arrival: Arrival, request: Request, issuer: str, answer: requests.Response) -> None:
    """A positive response: code, `iss`, and `state` as sent, by the mode asked for, once each, kept by nobody."""
    sent = dict(request.parameters)
    assert sorted(name for name, _ in arrival.pairs) == sorted(
        ["code", "iss", *(["state"] if "state" in sent else [])]
    ), arrival.pairs
    assert arrival.address == sent["redirect_uri"]
    assert arrival.mode == sent.get("response_mode", "query")
    assert arrival.parameters.get("state") == sent.get("state")
    assert arrival.parameters["iss"] == issuer
    assert len(arrival.parameters["code"]) >= LEAST_SECRET_CHARS
    assert _VISIBLE.fullmatch(arrival.parameters["code"])
    assert not urlsplit(arrival.location).fragment
    assert answer.headers["Cache-Control"] == "no-store"
    if arrival.mode == "form_post":
        check_form_page(answer, sent["redirect_uri"])


def check_form_page(answer: requests.Response, target: str) -> None:
    """Form Post Response Mode 2: a page of HTML that sends one form to the client by itself, and is not kept."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    page = read_page(answer.url, answer.status_code, answer.headers, answer.text)
    (form,) = page.forms
    assert form.method == "post"
    assert form.action == target
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    origin = "://".join(urlsplit(target)[:2])
    assert origin in policy["form-action"].split()
    (script,) = _SCRIPT.findall(answer.text)
    assert policy["script-src"] == f"'nonce-{script[0]}'"
    assert script[1].endswith(".submit()")


def check_tokens(answer: requests.Response) -> dict[str, Any]:
    """RFC 6749 5.1, OpenID Connect Core 3.1.3.3: the token response and its headers."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    tokens: dict[str, Any] = answer.json()
    assert None not in tokens.values()
    assert tokens["token_type"].lower() == "bearer"
    assert type(tokens["expires_in"]) is int
    assert tokens["expires_in"] > 0
    assert len(tokens["access_token"]) >= LEAST_SECRET_CHARS
    assert _BEARER.fullmatch(tokens["access_token"])
    assert tokens["id_token"].count(".") == 2
    assert _VISIBLE.fullmatch(tokens.get("refresh_token", "-"))
    assert "openid" in tokens["scope"].split()
    return tokens


def check_id_token(
    party: RelyingParty, tokens: dict[str, Any], *, nonce: str | None, now: float, algorithm: str = "RS256"
) -> dict[str, Any]:
    """OpenID Connect Core 2, 3.1.3.7: an ID token that a strict client takes; its claims."""
    token = party.read(tokens["id_token"])
    assert token.header["alg"] == algorithm
    assert [key.kid for key in party.keys().keys].count(token.header["kid"]) == 1
    claims: dict[str, Any] = dict(token.claims)
    registry = JWTClaimsRegistry(
        now=int(now),
        leeway=SKEW_SECONDS,
        iss={"essential": True, "value": party.issuer},
        aud={"essential": True, "value": party.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(claims)
    assert claims["aud"] in (party.client_id, [party.client_id])
    assert claims.get("azp", party.client_id) == party.client_id
    assert claims.get("nonce") == nonce
    for name in ("iat", "exp", "auth_time"):
        assert type(claims[name]) is int, name
    assert abs(claims["iat"] - now) < 60
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    assert claims["sub"].isascii()
    assert isinstance(claims["acr"], str)
    assert all(isinstance(method, str) for method in claims["amr"])
    assert None not in claims.values()
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    return claims


def check_userinfo(answer: requests.Response, subject: str) -> dict[str, Any]:
    """OpenID Connect Core 5.1, 5.3.2: the document, its `sub`, and standard claims in their standard types."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = answer.json()
    assert document["sub"] == subject
    for name, value in document.items():
        assert value not in (None, "", {}), name
        wanted = str if name in _STRINGS else TYPES.get(name)
        assert wanted is not None, f"{name} is no standard claim"
        assert type(value) is wanted, name
    address = document.get("address", {})
    assert address.keys() <= _ADDRESS
    assert all(isinstance(part, str) and part for part in address.values())
    return document
