"""A ring with one active key per algorithm, made once per process, and an independent reader of what it signs."""

import datetime as dt
import warnings
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet

from idp.keys import Keyring
from idp.keys.jose import Algorithm, PrivateKey, SigningKey, public_jwk, thumbprint
from idp.keys.keyring import RingKey
from tests.factories.moments import START


@cache
def keyring() -> Keyring:
    """RS256, PS256, ES256 and EdDSA, each active since a day before `START`."""
    return Keyring(ring_key(algorithm) for algorithm in Algorithm)


@cache
def ring_key(algorithm: Algorithm, number: int = 0) -> RingKey:
    """A published key; another `number` is another key."""
    del number
    private = _private(algorithm)
    kid = thumbprint(private.public_key())
    signing = SigningKey.of(kid, algorithm, private)
    jwk = public_jwk(private.public_key(), algorithm)
    return RingKey(kid, algorithm, jwk, START - dt.timedelta(days=1), None, signing)


def verified(ring: Keyring, token: str, algorithm: Algorithm) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as joserfc reads them with nothing but the published JWKS; raises when it would not."""
    published = KeySet.import_key_set({"keys": [dict(key.jwk) for key in ring._keys]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # joserfc prefers the newer name of EdDSA (RFC 9864)
        read = jwt.decode(token, published, algorithms=[algorithm.value])
    return dict(read.header), dict(read.claims)


def _private(algorithm: Algorithm) -> PrivateKey:
    if algorithm is Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is Algorithm.EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
