"""Recovery codes as people type them, whatever that is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.recovery_codes import LENGTH, typed_recovery_code
from idp.authenticators.spoken_codes import ALPHABET

CODES = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)
BETWEEN = st.sampled_from(["", " ", "-", "\u2011", "\u2013", "\u00a0", " - ", ".", "_", "\t"])


@given(CODES, st.lists(BETWEEN, min_size=LENGTH + 1, max_size=LENGTH + 1), st.booleans())
def test_spacing_and_case_do_not_matter(code: str, between: list[str], lower: bool) -> None:
    """However the signs are grouped and written, it is the same code."""
    typed = between[0] + "".join(sign + gap for sign, gap in zip(code, between[1:], strict=True))
    expected = code if len(typed) <= 60 else None
    assert typed_recovery_code(typed.lower() if lower else typed) == expected


@given(CODES)
def test_signs_that_look_alike_are_one(code: str) -> None:
    """Who reads a zero as the letter O, or a one as I or L, typed the code all the same."""
    mistaken = code.translate(str.maketrans("01", "Ol"))
    assert typed_recovery_code(mistaken) == code
    assert typed_recovery_code(code.replace("1", "i")) == code


@given(st.text(max_size=80))
def test_whatever_is_typed(typed: str) -> None:
    """It is twelve signs of the alphabet, or no code; never an error."""
    read = typed_recovery_code(typed)
    assert read is None or (len(read) == LENGTH and set(read) <= set(ALPHABET))


@given(CODES)
def test_full_width_signs_count(code: str) -> None:
    """What an input method of another script makes of the keys is read as the keys."""
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    assert typed_recovery_code(wide) == code


@pytest.mark.parametrize("typed", ["", "x" * 61, "0" * 11, "0" * 13, "UUUU-UUUU-UUUU", "\ud800" * 12, "\0" * 12])
def test_no_codes(typed: str) -> None:
    """Too short, too long, a letter that no code has."""
    assert typed_recovery_code(typed) is None


def test_the_alphabet() -> None:
    """32 signs, none of them mistaken for another that is in it."""
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert set(ALPHABET) <= set(string.digits + string.ascii_uppercase)
