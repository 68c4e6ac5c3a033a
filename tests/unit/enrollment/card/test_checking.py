"""Which QR texts are believed: those that a known key signed, in their time, in one of two algorithms."""

import os
import zlib
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from enrollment.card import Reason, base45, cbor, check
from enrollment.card.cbor import Tagged
from enrollment.card.trust import key_id_of, own
from idp.keys.jose import Algorithm
from tests.factories.cards import ISSUER, Forger

NOW = datetime.fromtimestamp(1_900_000_000, UTC)
BOTH = pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.EDDSA])
CLAIMS = {1: ISSUER, 4: 2_000_000_000, 169: {1: "1", 4: "Testa"}}


def reason(text: str, *forgers: Forger) -> Reason | None:
    """Why a text is not believed by who trusts these."""
    return check(text, [own(forger.public) for forger in forgers], NOW).reason


def unnamed(forger: Forger) -> str:
    """A card that names no key."""
    parts: tuple[Any, ...] = (cbor.encoded({1: -7}), {}, cbor.encoded(CLAIMS))
    r, s = decode_dss_signature(
        forger.private.sign(cbor.encoded(["Signature1", parts[0], b"", parts[2]]), ec.ECDSA(hashes.SHA256()))
    )
    return forger.wrapped(*parts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@BOTH
def test_a_signed_card_of_a_known_key_is_good(algorithm: Algorithm) -> None:
    """Both algorithms; the text may end in the line that a scanner adds."""
    forger = Forger(algorithm)
    text = forger.text()
    assert reason(text, Forger(), forger) is None
    assert reason(f"{text}\r\n", forger) is None
    assert check(text, [own(forger.public)], NOW).claims == {"id": "2234567890123457", "fullName": "Testa Sampleton"}


@BOTH
def test_a_key_that_nobody_knows_signs_nothing(algorithm: Algorithm) -> None:
    """No key at all, a key of the other kind, another key."""
    text = Forger(algorithm).text()
    for known in ((), (Forger(Algorithm.ES256), Forger(Algorithm.EDDSA))):
        assert reason(text, *known) is Reason.UNKNOWN_KEY


@BOTH
def test_one_changed_bit_anywhere_is_told(algorithm: Algorithm) -> None:
    """In the name, the date, the header or the signature: never good."""
    forger = Forger(algorithm)
    plain = zlib.decompress(base45.decoded(forger.text()))
    for place in range(0, len(plain), 3):
        changed = bytearray(plain)
        changed[place] ^= 1
        assert reason(base45.encoded(bytes(changed)), forger) is not None, place


def test_who_signs_is_decided_by_the_signature_and_not_by_the_id() -> None:
    """A forger who writes our key's id into the header is told apart from one whom nobody knows."""
    ours, forger = Forger(), Forger()
    forger.public = ours.public
    assert reason(forger.text(), ours) is Reason.SIGNATURE


def test_where_no_key_is_named_a_strangers_card_is_of_an_unknown_key() -> None:
    """Nobody can tell it from a changed one; a key that is named and known says that the card is forged."""
    ours, stranger = Forger(), Forger()
    assert reason(unnamed(ours), ours) is None
    assert reason(unnamed(stranger), ours) is Reason.UNKNOWN_KEY
    payload, named = cbor.encoded(CLAIMS), {4: key_id_of(ours.public)}
    for algorithm in (-7, -8):
        text = ours.wrapped(cbor.encoded({1: algorithm}), named, payload, bytes(64))
        assert reason(text, ours) is Reason.SIGNATURE, algorithm


def test_time_is_strict() -> None:
    """Over at the second that it says; not before the second that it says; no grace."""
    forger = Forger()
    moment = int(NOW.timestamp())
    assert reason(forger.text({4: moment}), forger) is Reason.EXPIRED
    assert reason(forger.text({4: moment + 1}), forger) is None
    assert reason(forger.text({5: moment + 1}), forger) is Reason.NOT_YET_VALID
    assert reason(forger.text({5: moment, 4: Tagged(1, moment + 1)}), forger) is None


@pytest.mark.parametrize("claims", [{4: "2000000000"}, {4: True}, {4: None}, {5: [1]}, {1: 7}, {2: b"x"}, {169: "x"}])
def test_claims_of_a_wrong_kind_are_malformed(claims: dict[int | str, Any]) -> None:
    """A date that is a text or a truth is no date that can be checked."""
    forger = Forger()
    body = {4: 2_000_000_000, 169: {4: "Testa"}, **claims}
    text = forger.wrapped(cbor.encoded({1: -7}), {}, _bytes(body), bytes(64))
    assert reason(text, forger) is Reason.MALFORMED


def test_a_card_without_a_signature_is_none() -> None:
    """An empty one is `unsigned`, whatever the header says and whoever is known; zeros are no signature."""
    forger = Forger()
    payload, ours = cbor.encoded(CLAIMS), {4: key_id_of(forger.public)}
    assert reason(forger.wrapped(cbor.encoded({1: -7}), {}, payload, b""), forger) is Reason.UNSIGNED
    assert reason(forger.wrapped(b"", {}, payload, b""), forger) is Reason.UNSIGNED
    assert reason(forger.wrapped(cbor.encoded({1: -7}), ours, payload, bytes(64)), forger) is Reason.SIGNATURE
    assert reason(forger.wrapped(cbor.encoded({1: -7}), ours, payload, bytes(63)), forger) is Reason.SIGNATURE


@pytest.mark.parametrize("header", [{}, {1: 5}, {1: -257}, {1: -35}, {1: "ES256"}, {1: 0}])
def test_no_other_algorithm_counts(header: dict[int | str, Any]) -> None:
    """None, a shared secret, RSA, a longer curve, a name; and never one that only the unprotected header names."""
    forger = Forger()
    for unprotected in ({}, {1: -7} if not header else {}):
        text = forger.wrapped(cbor.encoded(header), unprotected, cbor.encoded(CLAIMS), bytes(64))
        assert reason(text, forger) is Reason.ALGORITHM


def test_what_must_be_understood_is_not_passed_over() -> None:
    """A critical header, one that stands twice, a detached payload, other shapes and kinds."""
    forger = Forger()
    payload, header = cbor.encoded(CLAIMS), cbor.encoded({1: -7})
    shapes: tuple[tuple[Any, ...], ...] = (
        (cbor.encoded({1: -7, 2: [9], 9: 1}), {}, payload, bytes(64)),
        (header, {1: -7}, payload, bytes(64)),
        (header, {}, payload),
        (header, {}, payload, bytes(64), b""),
        ({1: -7}, {}, payload, bytes(64)),
        (header, {4: "text"}, payload, bytes(64)),
        (header, {}, cbor.encoded([1]), bytes(64)),
        (header, {}, b"", bytes(64)),
    )
    for parts in shapes:
        assert reason(forger.wrapped(*parts), forger) is Reason.MALFORMED


def test_tags_may_be_there_or_not() -> None:
    """Bare, as COSE_Sign1, and as a web token around it; as COSE_Sign it is not read; encrypted it is said."""
    forger = Forger()
    bare = cbor.read(zlib.decompress(base45.decoded(forger.text()))).value
    token = Tagged(61, Tagged(18, bare))
    for shape in (bare, Tagged(18, bare), token, Tagged(55799, bare), Tagged(55799, token)):
        assert reason(base45.encoded(zlib.compress(cbor.encoded(shape))), forger) is None
    assert reason(base45.encoded(cbor.encoded(Tagged(98, bare))), forger) is Reason.MALFORMED
    assert reason(base45.encoded(cbor.encoded(Tagged(16, bare))), forger) is Reason.ENCRYPTED


def test_a_lock_is_opened_only_as_it_was_closed() -> None:
    """With the secret in hand: another algorithm, another number used once, two of one header, another shape."""
    forger, secret, nonce = Forger(), bytes(32), bytes(12)
    inner = zlib.decompress(base45.decoded(forger.text()))
    header = cbor.encoded({1: 3})
    content = AESGCM(secret).encrypt(nonce, inner, cbor.encoded(["Encrypt0", header, b""]))

    def told(*parts: Any, tag: int = 16) -> Reason | None:
        text = base45.encoded(cbor.encoded(Tagged(tag, list(parts))))
        return check(text, [own(forger.public)], NOW, [secret]).reason

    assert told(header, {5: nonce}, content) is None
    assert told(cbor.encoded({1: 3, 5: nonce}), {}, content) is Reason.ENCRYPTED
    assert told(header, {5: bytes(11) + b"1"}, content) is Reason.ENCRYPTED
    assert told(header, {5: bytes(13)}, content) is Reason.ENCRYPTED
    assert told(header, {5: nonce}, content[:-1]) is Reason.ENCRYPTED
    assert told(header, {}, content) is Reason.ENCRYPTED
    assert told(cbor.encoded({1: 1}), {5: nonce}, content) is Reason.ENCRYPTED
    assert told(header, {5: nonce}, content, tag=96) is Reason.ENCRYPTED
    assert told(cbor.encoded({1: 3, 2: [1]}), {5: nonce}, content) is Reason.MALFORMED
    assert told(header, {1: 3, 5: nonce}, content) is Reason.MALFORMED
    assert told(header, {5: nonce}) is Reason.MALFORMED
    assert told({1: 3}, {5: nonce}, content) is Reason.MALFORMED
    bare = AESGCM(secret).encrypt(nonce, cbor.encoded(CLAIMS), cbor.encoded(["Encrypt0", header, b""]))
    assert told(header, {5: nonce}, bare) is Reason.UNSIGNED


def test_a_lock_in_a_lock_is_not_opened() -> None:
    """Once is enough for every issuer."""
    forger, secret, header = Forger(), bytes(32), cbor.encoded({1: 3})
    text = forger.text()
    for _ in range(2):
        inner = cbor.encoded(cbor.read(_plain(text)))
        locked = AESGCM(secret).encrypt(bytes(12), inner, cbor.encoded(["Encrypt0", header, b""]))
        text = base45.encoded(cbor.encoded(Tagged(16, [header, {5: bytes(12)}, locked])))
    assert check(text, [own(forger.public)], NOW, [secret]).reason is Reason.ENCRYPTED


def test_nothing_is_inflated_beyond_its_limit() -> None:
    """A megabyte of zeros in a kilobyte; a text longer than any code; a stream that does not end, or goes on."""
    bomb = base45.encoded(zlib.compress(bytes(1 << 20)))
    assert reason(bomb) is Reason.TOO_LARGE
    assert reason("0" * 70_000) is Reason.TOO_LARGE
    whole = base45.decoded(Forger().text())
    for cut in (whole[:-3], whole + b"\0", whole[:2], whole[:1] + b"\x00" + whole[2:]):
        assert reason(base45.encoded(cut)) is Reason.MALFORMED


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("window", [9, 12, 15])
def test_every_way_to_deflate_is_read(level: int, window: int) -> None:
    """Each level and window has a first byte of its own (RFC 1950 section 2.2); not one that asks for a dictionary."""
    forger = Forger()
    machine = zlib.compressobj(level, wbits=window)
    plain = zlib.decompress(base45.decoded(forger.text()))
    assert reason(base45.encoded(machine.compress(plain) + machine.flush()), forger) is None
    asking = zlib.compressobj(level, wbits=window, zdict=b"Sampleton")
    assert reason(base45.encoded(asking.compress(plain) + asking.flush()), forger) is Reason.MALFORMED


def test_other_compression_is_named() -> None:
    """What begins as Brotli (RFC 7932 section 9) is not read here; what begins as nothing is malformed."""
    for begun in ("1b2a00f8", "13ef00f8a5c3", "8b770000a0c3", "a1381a002003", "303810086e7b", "e21d00807498"):
        assert reason(base45.encoded(bytes.fromhex(begun))) is Reason.COMPRESSION, begun
    for nothing in ("", "1b", "11ffffff", "deadbeef", "ffffffffffff", "3b0000", "1b0000" + "00" * 99, "791e0000"):
        assert reason(base45.encoded(bytes.fromhex(nothing))) is Reason.MALFORMED, nothing


def test_members_that_others_write_otherwise_are_read() -> None:
    """Nothing in place of a text, a number in place of one, and what later versions add."""
    forger = Forger()
    told = {1: 7, 2: 1.0, 4: "Testa", 5: None, 12: None, 18: b"\1\2", 62: None, 30: "later", 70: b"x", 99: True}
    claims = {4: 2_000_000_000, 169: told}
    parts: tuple[Any, ...] = (cbor.encoded({1: -7}), {}, cbor2.dumps(claims))
    signed = cbor.encoded(["Signature1", parts[0], b"", parts[2]])
    r, s = decode_dss_signature(forger.private.sign(signed, ec.ECDSA(hashes.SHA256())))
    text = forger.wrapped(*parts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    checked = check(text, [own(forger.public)], NOW)
    assert checked.claims == {"id": "7", "version": "1.0", "fullName": "Testa", "bestQualityFingers": [1, 2]}
    assert checked.valid


@given(st.text(max_size=60) | st.binary(max_size=120).map(base45.encoded))
def test_any_text_gets_an_answer(text: str) -> None:
    """Never good, never an exception."""
    assert not check(text, [], NOW).valid


def _plain(text: str) -> bytes:
    content = base45.decoded(text)
    return zlib.decompress(content) if content[0] == 0x78 else content


def _bytes(body: dict[Any, Any]) -> bytes:
    """CBOR with the kinds that our own writer refuses."""
    plain = {key: cbor2.CBORTag(one.tag, one.value) if isinstance(one, Tagged) else one for key, one in body.items()}
    return bytes(cbor2.dumps(plain))


def test_random_bytes_have_no_signature() -> None:
    """Sixty-four bytes from anywhere: not ours."""
    forger = Forger()
    named = {4: key_id_of(forger.public)}
    text = forger.wrapped(cbor.encoded({1: -7}), named, cbor.encoded(CLAIMS), os.urandom(64))
    assert reason(text, forger) is Reason.SIGNATURE
