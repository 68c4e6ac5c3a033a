"""A small provider for the demo services' tests: it answers as told, on a free port of this machine."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

SUBJECT = "kx2-person"


def signing_key() -> ECKey:
    """A new ES256 key, always under the same name."""
    return ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


class Provider:
    """What the provider says next; tests change the fields before they act."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://localhost:{port}"
        self.published = signing_key()
        self.key = self.published
        self.shared: dict[str, Any] = {"sub": SUBJECT, "name": "Isatu Example", "birthdate": "1990-04-01"}
        self.id_claims: dict[str, Any] = {}
        self.userinfo_status = 200
        self.refresh_status = 200
        self.asked: dict[str, str] = {}
        self.redeemed: list[dict[str, str]] = []

    def authorize(self, location: str) -> str:
        """Take an authorization request as a browser would bring it; give the query of the answer."""
        self.asked = dict(parse_qsl(urlsplit(location).query))
        return urlencode({"code": "a-code", "state": self.asked["state"], "iss": self.issuer})

    def token(self) -> tuple[Any, int]:
        """The token endpoint: checks the verifier against the challenge, then gives an ID token."""
        form = request.form.to_dict()
        self.redeemed.append(form)
        if form["grant_type"] == "refresh_token":
            if self.refresh_status != 200:
                return jsonify(error="invalid_grant"), self.refresh_status
            return jsonify(access_token="second", token_type="Bearer", expires_in=300, refresh_token="r2"), 200
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.asked["code_challenge"]:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": "demo",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.id_claims,
        }
        id_token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.key)
        return jsonify(
            access_token="first", token_type="Bearer", expires_in=300, id_token=id_token, refresh_token="r1"
        ), 200

    def app(self) -> Flask:
        """The provider's endpoints."""
        app = Flask(__name__)
        issuer = self.issuer

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            return jsonify(
                issuer=issuer,
                authorization_endpoint=f"{issuer}/oauth/authorize",
                token_endpoint=f"{issuer}/oauth/token",
                userinfo_endpoint=f"{issuer}/oauth/userinfo",
                jwks_uri=f"{issuer}/oauth/jwks",
                end_session_endpoint=f"{issuer}/oauth/logout",
                id_token_signing_alg_values_supported=["ES256"],
            )

        app.add_url_rule("/oauth/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/oauth/jwks", "jwks", lambda: {"keys": [self.published.as_dict(private=False)]})
        app.add_url_rule("/oauth/userinfo", "userinfo", lambda: (self.shared, self.userinfo_status))
        return app


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider listening on a free port until the block ends."""
    later = Flask("later")
    server = make_server("127.0.0.1", 0, later, threaded=True)
    provider = Provider(server.server_port)
    server.app = provider.app()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
