"""`python -m bench.jws`: our compact JWS against joserfc with its key loaded, CPU microseconds a token (ADR 0004)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.clock import SystemClock
from idp.keys.jose import Algorithm, PrivateKey, SigningKey, TokenType, public_jwk
from idp.keys.keyring import Keyring, RingKey

ROUNDS = 3000
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example", "sub": "s" * 43, "aud": "https://api.example", "client_id": "c" * 36,
    "scope": "openid profile", "iat": 1_800_000_000, "exp": 1_800_000_300, "jti": "j" * 22,
}  # fmt: skip


def main() -> int:
    """Print a line per algorithm and direction."""
    pairs: list[tuple[Algorithm, PrivateKey]] = [
        (Algorithm.ES256, ec.generate_private_key(ec.SECP256R1())),
        (Algorithm.RS256, rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ]
    for algorithm, private in pairs:
        measure(algorithm, private)
    return 0


def measure(algorithm: Algorithm, private: PrivateKey) -> None:
    """Two lines: signing and reading the same claims with the same key."""
    jwk = public_jwk(private.public_key(), algorithm)
    ours = SigningKey.of(jwk["kid"], algorithm, private)
    theirs = ECKey.import_key(private) if isinstance(private, ec.EllipticCurvePrivateKey) else _rsa(private)
    header = {"alg": algorithm.value, "typ": "at+jwt", "kid": jwk["kid"]}
    ring = Keyring([RingKey(jwk["kid"], algorithm, jwk, SystemClock().now(), None, ours)])
    token = ours.sign(TokenType.ACCESS, CLAIMS)
    compare(
        f"{algorithm} sign", lambda: ours.sign(TokenType.ACCESS, CLAIMS), lambda: jwt.encode(header, CLAIMS, theirs)
    )
    compare(f"{algorithm} read", lambda: ring.read(TokenType.ACCESS, token), lambda: jwt.decode(token, theirs))


def _rsa(private: PrivateKey) -> RSAKey:
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError
    return RSAKey.import_key(private)


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """One line: both in turn within this run, and their ratio."""
    figures = [_microseconds(work) for work in (ours, theirs, ours, theirs)]
    mine, other = min(figures[0], figures[2]), min(figures[1], figures[3])
    sys.stdout.write(f"{name:12} ours {mine:7.1f} us   joserfc {other:7.1f} us   ratio {other / mine:.2f}\n")


def _microseconds(work: Callable[[], object]) -> float:
    for _ in range(100):
        work()
    began = time.process_time()
    for _ in range(ROUNDS):
        work()
    return (time.process_time() - began) / ROUNDS * 1e6


if __name__ == "__main__":
    sys.exit(main())
