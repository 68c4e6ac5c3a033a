"""Names that people give their authenticator apps."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.masked import masked
from idp.authenticators.totp_enrolment import MAX_NAME, typed_name
from idp.outbox import Channel


@given(st.text(max_size=200))
def test_whatever_is_typed(text: str) -> None:
    """A name is short, in one line and visible, or there is none; typing it again changes nothing."""
    name = typed_name(text)
    if name is not None:
        assert len(name) <= MAX_NAME
        assert name.isprintable()
        assert name == name.strip() == unicodedata.normalize("NFC", name)
        assert typed_name(name) == name
        name.encode()


@given(st.text(min_size=1, max_size=MAX_NAME, alphabet=st.characters(whitelist_categories=("Lu", "Ll", "Nd"))))
def test_letters_of_any_script(text: str) -> None:
    """A name of letters and digits is kept (composed)."""
    assert typed_name(text) == unicodedata.normalize("NFC", text) or len(unicodedata.normalize("NFC", text)) > MAX_NAME


def test_too_long() -> None:
    """A name that would not fit is no name."""
    assert typed_name("x" * MAX_NAME) == "x" * MAX_NAME
    assert typed_name("x" * (MAX_NAME + 1)) is None
    assert typed_name("x" * 100_000) is None


@given(st.emails())
def test_an_address_is_not_shown_whole(address: str) -> None:
    """Of the part before the @ one letter is shown."""
    local, _, domain = address.rpartition("@")
    assert masked(Channel.EMAIL, address) == f"{local[0]}***@{domain}"


@given(st.integers(10**7, 10**12))
def test_a_number_is_not_shown_whole(number: int) -> None:
    """Of a number its last two digits are shown."""
    assert masked(Channel.SMS, f"+{number}") == str(number)[-2:]
