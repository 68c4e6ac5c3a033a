import json
import os
import uuid
from typing import Any

import pytest
from fido2 import cbor
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idp.authenticators.passkey import verify_assertion, verify_registration
from idp.authenticators.passkey_answers import Asserted, Registered, read_assertion, read_registration
from idp.authenticators.passkey_bytes import plain_cbor, read_authenticator_data
from idp.authenticators.passkey_ceremonies import PasskeyRules
from idp.authenticators.passkey_challenges import Challenge
from idp.authenticators.passkey_names import Kind, suggested
from idp.authenticators.passkey_options import PasskeyPolicy, assertion_options, creation_options
from idp.authenticators.passkey_store import typed_name
from idp.errors import Code, Refusal
from tests.factories.softkey import SoftKey, as_bytes, as_text
from tests.unit.authenticators.test_passkey_checks import HANDLE, ORIGIN, OWNER, PARTY, stored

SOFT = SoftKey(ORIGIN)
PASSKEY = stored(SOFT)
MADE = SOFT.make(creation_options(PARTY, PasskeyPolicy(), OWNER, Challenge(b"c" * 32, HANDLE), []))
USED = SOFT.use(assertion_options(PARTY, Challenge(b"d" * 32), []))
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.integers(-(2**63), 2**63) | st.binary(max_size=40) | st.text(max_size=20) | st.booleans(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.integers(-9, 9), inside, max_size=3),
    max_leaves=20,
)


def nested(document: dict[str, Any], member: str, value: object) -> dict[str, Any]:
    """A copy with one member of the response replaced."""
    return {**document, "response": {**document["response"], member: value}}


def malformed(document: object, read: Any = read_registration) -> bool:
    """True when it is refused for its form."""
    outcome = read(document if isinstance(document, str) else json.dumps(document))
    return isinstance(outcome, Refusal) and outcome.code is Code.PASSKEY_MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '"text"',
        "{}",
        "[" * 50_000,
        '{"a":' * 20_000,
        "\ud800",
        "NaN",
        " " * 70_000,
        "{}" * 9,
    ],
)
def test_what_is_no_credential_is_refused(text: str) -> None:
    """Whatever stands in the field: nothing, half of something, very deep, too much."""
    assert malformed(text)
    assert malformed(text, read_assertion)


@pytest.mark.parametrize("member", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", [None, "", 1, [], {}, "a", "====", "YQ==", "Y Q", "YR", "\u00e9", "+/+/"])
def test_members_of_a_registration_must_be_canonical_base64url(member: str, value: object) -> None:
    """No padding, no other alphabet, no spare bits: one writing for one value."""
    assert malformed(nested(MADE, member, value))


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", ["", 1, [], "YQ==", "YR", as_text(b"x" * 5000)])
def test_members_of_an_assertion_have_a_form_and_a_size(member: str, value: object) -> None:
    """The same for assertions, and none is longer than it can be."""
    assert malformed(nested(USED, member, value), read_assertion)


def test_an_identifier_has_at_most_1023_bytes() -> None:
    """Section 7.1 step 25; and both writings of it are one."""
    fits, over = as_text(b"x" * 1023), as_text(b"x" * 1024)
    assert not malformed({**USED, "id": fits, "rawId": fits}, read_assertion)
    assert malformed({**USED, "id": over, "rawId": over}, read_assertion)
    assert malformed({**USED, "id": fits}, read_assertion)
    assert malformed({**USED, "type": "password"}, read_assertion)


def test_unknown_transports_are_passed_over() -> None:
    """A hint of a browser to come breaks nothing."""
    read = read_registration(json.dumps(nested(MADE, "transports", ["usb", "telepathy", 7, "usb", None])))
    assert isinstance(read, Registered)
    assert read.transports == ("usb",)


@pytest.mark.parametrize(
    "raw",
    [
        "c11a514b67b0",  # a date, by tag
        "d8236161",  # a pattern, by tag
        "c249" + "ff" * 9,  # a big number, by tag
        "5f4101ff",  # bytes whose length comes later
        "9f01ff",  # an array whose length comes later
        "bf0101ff",  # a map whose length comes later
        "f97e00",  # a half float
        "fb7ff8000000000000",  # a double
        "f7",  # undefined
        "f820",  # a simple value nobody knows
        "1c",  # a reserved length
        "5bffffffffffffffff",  # bytes beyond the end
        "9affffffff",  # four milliards of items
        "bb7fffffffffffffff",  # a map of as many
        "81" * 8 + "00",  # too deep
        "",
        "0000",  # something behind the item
    ],
)
def test_cbor_that_no_authenticator_writes_is_refused(raw: str) -> None:
    """Nothing of it reaches a general reader."""
    assert not plain_cbor(bytes.fromhex(raw))


@given(PLAIN)
def test_what_is_plain_is_read_by_its_length(value: Any) -> None:
    """Whatever an authenticator can write is taken, and one byte less or more is not."""
    raw = cbor.encode(value)
    assert plain_cbor(raw)
    assert not plain_cbor(raw + b"\x00")
    assert not plain_cbor(raw[:-1])


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_reader_of_authenticator_data(raw: bytes) -> None:
    """It answers with a value or with None."""
    read = read_authenticator_data(raw)
    assert read is None or len(raw) >= 37


def mangled(original: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
    """Some bytes replaced, the end cut off."""
    copy = bytearray(original)
    for place, value in changes:
        copy[place % len(copy)] = value
    return bytes(copy[: len(copy) - cut % len(copy)])


CHANGES = st.lists(st.tuples(st.integers(0, 4096), st.integers(0, 255)), max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["clientDataJSON", "attestationObject"]), CHANGES, st.integers(0, 8))
@example("attestationObject", [], 0)
def test_a_mangled_registration_is_refused_and_never_upsets(
    member: str, changes: list[tuple[int, int]], cut: int
) -> None:
    """Whatever is changed in what was signed, or in how it is packed: refused, or nothing of it meant anything else."""
    original = as_bytes(MADE["response"][member])
    altered = mangled(original, changes, cut)
    read = read_registration(json.dumps(nested(MADE, member, as_text(altered))))
    if isinstance(read, Refusal):
        return
    outcome = verify_registration(PARTY, PasskeyPolicy(), read, b"c" * 32, HANDLE)
    # Without attestation nothing is signed: key, counter and model may be others, what was checked may not.
    assert isinstance(outcome, Refusal) or outcome.credential_id == SOFT.credential_id


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), CHANGES, st.integers(0, 8))
def test_a_mangled_assertion_is_refused(member: str, changes: list[tuple[int, int]], cut: int) -> None:
    """Every byte is signed: any change is refused, and nothing else happens."""
    original = as_bytes(USED["response"][member])
    altered = mangled(original, changes, cut)
    read = read_assertion(json.dumps(nested(USED, member, as_text(altered))))
    if isinstance(read, Refusal):
        return
    assert isinstance(read, Asserted)
    outcome = verify_assertion(PARTY, PASSKEY, read, b"d" * 32)
    assert isinstance(outcome, Refusal) == (altered != original)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_no_text_upsets_the_reader(text: str) -> None:
    """Any text is refused for its form."""
    assert malformed(text)
    assert malformed(text, read_assertion)


@settings(max_examples=200, deadline=None)
@given(PLAIN, PLAIN)
def test_no_plain_attestation_upsets_the_library(statement: Any, data: Any) -> None:
    """Well-formed CBOR of the wrong kind is refused, not a fault."""
    signed: Any = cbor.decode(as_bytes(MADE["response"]["attestationObject"]))
    documents: list[Any] = [
        statement,
        {"fmt": statement, "attStmt": data, "authData": data},
        {"fmt": "packed", "attStmt": {"x5c": data, "alg": -7, "sig": b"x"}, "authData": signed["authData"]},
    ]
    for made in documents:
        read = read_registration(json.dumps(nested(MADE, "attestationObject", as_text(cbor.encode(made)))))
        if isinstance(read, Registered):
            assert isinstance(verify_registration(PARTY, PasskeyPolicy(), read, b"c" * 32, HANDLE), Refusal)


@pytest.mark.parametrize(
    ("issuer", "host", "origin"),
    [
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("https://id.example", "id.example", "https://id.example"),
        ("https://ID.example:443", "id.example", "https://id.example"),
        ("https://id.example/identity", "id.example", "https://id.example"),
    ],
)
def test_the_party_comes_from_the_issuer(issuer: str, host: str, origin: str) -> None:
    """Its host is the party, its origin where answers come from, written as browsers write it."""
    party = PasskeyRules.for_issuer(issuer, ["https://other.example"]).party
    assert (party.id, party.origins) == (host, (origin, "https://other.example"))
    assert party.usable


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8000", "http://[::1]:8000"])
def test_an_address_of_numbers_has_no_passkeys(issuer: str) -> None:
    """A passkey belongs to a name."""
    assert not PasskeyRules.for_issuer(issuer).party.usable


@pytest.mark.parametrize(
    ("transports", "agent", "expected"),
    [
        (("internal",), "Mozilla/5.0 (Linux; Android 15; K)", Kind.ANDROID),
        (("internal", "hybrid"), "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", Kind.APPLE_MOBILE),
        ((), "Mozilla/5.0 (Windows NT 10.0; Win64)", Kind.WINDOWS),
        ((), "Mozilla/5.0 (Macintosh; Intel Mac OS X)", Kind.MAC),
        ((), "", Kind.COMPUTER),
        (("usb", "nfc"), "Mozilla/5.0 (Windows NT 10.0)", Kind.SECURITY_KEY),
        (("hybrid",), "Mozilla/5.0 (Windows NT 10.0)", Kind.OTHER_DEVICE),
    ],
)
def test_the_first_name_is_what_it_is(transports: tuple[str, ...], agent: str, expected: Kind) -> None:
    """A key in the hand is no computer, and a telephone beside it neither."""
    assert suggested(uuid.UUID(int=0), transports, agent) is expected
    assert suggested(uuid.UUID("bada5566-a7aa-401f-bd96-45619a55120d"), transports, agent) == "1Password"


@given(st.text())
def test_names_are_one_line_of_fitting_length(text: str) -> None:
    """Whatever is typed, a name is printable, trimmed and of 1 to 60 characters, or refused."""
    name = typed_name(text)
    if isinstance(name, Refusal):
        assert name.code is Code.PASSKEY_NAME
    else:
        assert 1 <= len(name) <= 60
        assert name.isprintable()
        assert name == name.strip()


def test_random_bytes_are_no_authenticator_data_with_a_key() -> None:
    """Lengths beyond the end are seen."""
    head = os.urandom(32) + b"\x45" + b"\x00" * 4 + b"\x00" * 16
    assert read_authenticator_data(head + b"\xff\xff" + b"x" * 40) is None
    assert read_authenticator_data(head + b"\x00\x00" + b"\xa0") is None
