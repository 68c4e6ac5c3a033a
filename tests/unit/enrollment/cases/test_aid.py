from hypothesis import given
from hypothesis import strategies as st

from enrollment.cases.aid import ALPHABET, aid_of, check_symbol, grouped, is_aid

firsts = st.text(ALPHABET, min_size=13, max_size=13)


def whole(first: str) -> str:
    """An application's number."""
    return first + check_symbol(first)


def test_the_alphabet_has_no_sign_that_looks_like_another() -> None:
    """Thirty-one symbols, a prime, without 0, 1, I, L and O."""
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set("01ILO") & set(ALPHABET)


@given(firsts, st.integers(0, 13), st.integers(1, 30))
def test_every_wrong_symbol_is_seen(first: str, place: int, shift: int) -> None:
    """One symbol replaced by any other is no number."""
    aid = whole(first)
    other = ALPHABET[(ALPHABET.index(aid[place]) + shift) % 31]
    assert is_aid(aid)
    assert not is_aid(aid[:place] + other + aid[place + 1 :])


@given(firsts, st.integers(0, 13), st.integers(0, 13))
def test_every_swap_is_seen(first: str, one: int, other: int) -> None:
    """Any two symbols that changed places, neighbours or not, are no number, unless they are the same symbol."""
    aid = whole(first)
    swapped = list(aid)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert is_aid("".join(swapped)) == ("".join(swapped) == aid)


@given(firsts)
def test_it_is_read_as_people_write_it(first: str) -> None:
    """Small letters, spaces, dashes and full-width signs are read; nothing else is."""
    aid = whole(first)
    assert aid_of(f"  {grouped(aid).lower()} ") == aid
    assert aid_of("".join(chr(ord(symbol) + 0xFEE0) for symbol in aid)) == aid
    assert aid_of(aid[:-1]) is None
    assert aid_of(aid * 10) is None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """Whatever is typed is a number or none."""
    found = aid_of(text)
    assert found is None or is_aid(found)
