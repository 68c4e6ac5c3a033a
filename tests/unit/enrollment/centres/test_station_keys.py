from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk as jose
from joserfc import jws

from enrollment.centres import StationKey

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = StationKey.of(PRIVATE.public_key())


def encoded(number: int, size: int = 32) -> str:
    """A coordinate as a JSON Web Key holds it."""
    return urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


def test_key_survives_the_way_through_a_document() -> None:
    """A key read back from its JSON Web Key is the same, and further members of the document make no difference."""
    assert StationKey.from_jwk(KEY.jwk) == KEY
    assert StationKey.from_jwk({**KEY.jwk, "use": "sig", "kid": "anything"}) == KEY


@given(st.integers(1, 2**64))
def test_every_point_survives(secret: int) -> None:
    """Coordinates with zeroes in front, too."""
    key = StationKey.of(ec.derive_private_key(secret, ec.SECP256R1()).public_key())
    assert StationKey.from_jwk(key.jwk) == key
    assert len(key.point) == 65


def test_thumbprint_is_that_of_the_rfc() -> None:
    """The thumbprint is the one that an independent library makes (RFC 7638)."""
    document: dict[str, str | list[str]] = {**KEY.jwk}
    assert KEY.key_id == jose.ECKey.import_key(document).thumbprint()


def test_signatures() -> None:
    """A JWS made by an independent library verifies; another key, another message or another shape does not."""
    private = jose.ECKey.generate_key("P-256", private=True)
    key = StationKey.from_jwk(private.as_dict(private=False))
    assert key is not None
    token = jws.serialize_compact({"alg": "ES256"}, b"a block", private)
    message, _, signature = token.rpartition(".")
    raw = jose.OctKey.import_key({"kty": "oct", "k": signature}).raw_value
    assert key.verifies(message.encode(), raw)
    assert not key.verifies(message.encode() + b"x", raw)
    assert not KEY.verifies(message.encode(), raw)
    for wrong in (b"", raw[:-1], raw + b"\0", bytes(64), raw[32:] + raw[:32]):
        assert not key.verifies(message.encode(), wrong)


def x_and_y() -> tuple[str, str]:
    """The coordinates of a good key."""
    return KEY.jwk["x"], KEY.jwk["y"]


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"crv": None},
        {"x": None},
        {"x": 5},
        {"x": ""},
        {"x": x_and_y()[0] + "="},
        {"x": x_and_y()[0][:-1]},
        {"x": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 43},
        {"x": "!" * 43},
        {"y": x_and_y()[0]},
        {"x": encoded(0), "y": encoded(0)},
        {"x": encoded(2**256 - 1)},
        {"d": encoded(1)},
    ],
)
def test_what_is_no_key(change: dict[str, object]) -> None:
    """Another type or curve, a point beside the curve, another spelling, or a private half: no station's key."""
    assert StationKey.from_jwk({**KEY.jwk, **change}) is None


def test_another_curve_is_a_mistake() -> None:
    """A key object of another curve raises."""
    with pytest.raises(ValueError, match="P-256"):
        StationKey.of(ec.generate_private_key(ec.SECP384R1()).public_key())
