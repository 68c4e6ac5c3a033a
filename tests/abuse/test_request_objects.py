"""Request objects: not supported, so refused by the registered errors, and no address in them is ever called."""

from __future__ import annotations

import base64
import json
import socket

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from joserfc.jwk import KeySet

from tests.abuse.bait import Bait, connections_to
from tests.abuse.watch import Watch
from tests.protocol.driver import Browser, RelyingParty
from tests.protocol.expectations import turned_away
from tests.protocol.forgery import segment
from tests.protocol.provider import Provider

LINK_LOCAL = "169.254.169.254"


@pytest.mark.parametrize(
    "uri",
    [
        "{bait}",
        "{bait}#fragment",
        f"http://{LINK_LOCAL}/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "urn:ietf:params:oauth:request_uri:of-somebody",
    ],
)
def test_request_uri_is_refused_and_never_fetched(
    watch: Watch, provider: Provider, tax: RelyingParty, visitor: Browser, bait: Bait, uri: str
) -> None:
    """AC-020: request_uri_not_supported for every address and for our own kind of urn; no connection leaves."""
    request = tax.ask(request_uri=uri.format(bait=bait.address))
    with watch.attack() as scene:
        step = visitor.open(request.url)
    turned_away(step, "request_uri_not_supported", issuer=provider.issuer, state=request.get("state"))
    assert bait.callers() == 0
    assert connections_to(LINK_LOCAL) == []
    assert scene.counted == {"authorize.request_uri_not_supported": 1}
    assert scene.left_nothing()


def test_bait_notices_whoever_comes(bait: Bait) -> None:
    """What proves the absence of calls does see one."""
    with socket.create_connection(("127.0.0.1", bait.port), timeout=2) as caller:
        caller.sendall(b"GET /seen HTTP/1.1\r\n\r\n")
    assert bait.callers() == 1


@pytest.mark.parametrize("kind", ["none", "None", "HS256 by PEM", "HS256 by JWK"])
def test_request_object_is_never_read(
    watch: Watch, provider: Provider, tax: RelyingParty, visitor: Browser, bait: Bait, kind: str
) -> None:
    """AC-024: unsigned, or keyed by our public key: request_not_supported, and nothing in it is used."""
    wanted = {"client_id": tax.client_id, "redirect_uri": "https://evil.example/cb", "scope": "openid admin"}
    request = tax.ask(request=_object(kind, {**wanted, "jwks_uri": bait.address}, tax.keys()))
    with watch.attack() as scene:
        step = visitor.open(request.url)
    arrival = turned_away(step, "request_not_supported", issuer=provider.issuer, state=request.get("state"))
    assert arrival.address == tax.redirect_uri
    assert bait.callers() == 0
    assert scene.counted == {"authorize.request_not_supported": 1}
    assert scene.left_nothing()


def _object(kind: str, claims: dict[str, str], keys: KeySet) -> str:
    algorithm = kind.partition(" ")[0]
    signed = f"{segment({'alg': algorithm, 'typ': 'oauth-authz-req+jwt'})}.{segment(claims)}"
    if algorithm != "HS256":
        return f"{signed}."
    key = keys.keys[0]
    native = key.public_key
    assert not isinstance(native, bytes)
    if kind.endswith("PEM"):
        text = native.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        text = json.dumps(key.as_dict(private=False)).encode()
    mac = hmac.HMAC(text, hashes.SHA256())
    mac.update(signed.encode())
    return f"{signed}.{base64.urlsafe_b64encode(mac.finalize()).rstrip(b'=').decode()}"
