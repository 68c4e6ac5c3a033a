"""Base45 and CBOR: what is written is read again, every valid encoding is read, everything else is refused."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.card import base45, cbor
from enrollment.card.cbor import MalformedError, Tagged

KEYS = st.integers(-(2**63), 2**63) | st.text(max_size=8)
LEAVES = st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=40)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@pytest.mark.parametrize(
    ("content", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"", "")]
)
def test_the_examples_of_rfc_9285(content: bytes, text: str) -> None:
    """Section 4.3 and 4.4, both ways."""
    assert base45.encoded(content) == text
    assert base45.decoded(text) == content


@given(st.binary(max_size=300))
def test_base45_comes_back(content: bytes) -> None:
    """Whatever is written is read."""
    assert base45.decoded(base45.encoded(content)) == content


@pytest.mark.parametrize("text", ["GGW", "::", "A", "BB8A", "bb8", "BB8\n", "ÄÖÜ", "ZZZ", ":::", "0_0"])
def test_what_nothing_is_written_with_is_refused(text: str) -> None:
    """Groups above their bytes, single signs, small letters (RFC 9285 section 4.2 and 6)."""
    with pytest.raises(ValueError, match=r"."):
        base45.decoded(text)


@given(VALUES)
def test_an_independent_library_reads_what_is_written(value: Any) -> None:
    """And so do we."""
    assert cbor.read(cbor.encoded(value)) == value
    assert _plain(cbor2.loads(cbor.encoded(value))) == value


@given(VALUES, st.booleans())
def test_what_an_independent_library_writes_is_read(value: Any, canonical: bool) -> None:
    """In its own order, or the deterministic one, which is ours too."""
    written = cbor2.dumps(value, canonical=canonical)
    assert cbor.read(written) == value
    if canonical:
        assert cbor.encoded(value) == cbor.encoded(cbor.read(written))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1800", 0), ("190000", 0), ("1a00000000", 0), ("1b0000000000000000", 0), ("3800", -1),
        ("5f42010243030405ff", b"\1\2\3\4\5"), ("7f657374726561646d696e67ff", "streaming"), ("9f01ff", [1]),
        ("bf0102ff", {1: 2}), ("b800", {}), ("d83dd20a", Tagged(61, Tagged(18, 10))), ("f93c00", 1.0),
        ("fa47c35000", 100000.0), ("fb3ff199999999999a", 1.1), ("f4", False), ("f5", True), ("f6", None),
        ("c11a514b67b0", Tagged(1, 1363896240)), ("7800", ""), ("5800", b""),
    ],
)  # fmt: skip
def test_every_valid_encoding_is_read(written: str, value: object) -> None:
    """Long heads, parts of unknown length, tags, floats (RFC 8949 appendix A)."""
    assert cbor.read(bytes.fromhex(written)) == value


@pytest.mark.parametrize(
    "written",
    [
        "", "18", "1c", "1f", "42 01", "61ff", "81", "a101", "a1", "ff", "81ff", "a1ff01", "a101ff", "0000",
        "a201010102", "a1f501", "a1f93c0001", "a1800 1".replace(" ", ""), "a1410101", "5f01ff", "5f5fff", "7f4101ff",
        "7f61c361a9ff", "5f", "9f", "bf01ff", "f97c00", "f97e00", "f97c01", "fc", "f818", "f0", "c1", "d8", "3f",
        "9b7fffffffffffffff", "bb7fffffffffffffff00", "5b7fffffffffffffff", "81" * 40 + "00", "c1" * 40 + "00",
        "c1ff", "9fc1ff",
    ],
)  # fmt: skip
def test_what_is_no_cbor_of_a_card_is_refused(written: str) -> None:
    """Cut off, too deep, keys twice, keys that only look like 1, lengths beyond what is there, NaN and infinity."""
    with pytest.raises(MalformedError):
        cbor.read(bytes.fromhex(written.replace(" ", "")))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Nothing else is ever raised."""
    try:
        cbor.read(content)
    except MalformedError:
        return


def _plain(value: Any) -> Any:
    """The library's own kinds of lists and maps as ours."""
    if isinstance(value, dict) or type(value).__name__ == "frozendict":
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
