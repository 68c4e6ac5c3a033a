import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.register.verhoeff import check_digit, is_valid

DIGITS = st.text("0123456789", min_size=1, max_size=30)


@pytest.mark.parametrize(("digits", "check"), [("236", "3"), ("12345", "1"), ("142857", "0")])
def test_published_values(digits: str, check: str) -> None:
    """Values that others publish for the same method."""
    assert check_digit(digits) == check
    assert is_valid(digits + check)


@given(DIGITS)
def test_one_check_digit_fits(digits: str) -> None:
    """Of ten digits exactly one makes a number valid: the one that is computed."""
    assert [check for check in "0123456789" if is_valid(digits + check)] == [check_digit(digits)]


@given(DIGITS, st.data())
def test_a_wrong_digit_is_caught(digits: str, data: st.DataObject) -> None:
    """Another digit anywhere, the check digit included, makes the number invalid."""
    number = digits + check_digit(digits)
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from("0123456789".replace(number[place], "")))
    assert not is_valid(number[:place] + other + number[place + 1 :])


@given(DIGITS, st.data())
def test_swapped_neighbours_are_caught(digits: str, data: st.DataObject) -> None:
    """Two different neighbours in the wrong order make the number invalid."""
    number = digits + check_digit(digits)
    place = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_valid(swapped) is (swapped == number)


@pytest.mark.parametrize("text", ["", "0", "5"])
def test_a_check_digit_alone_is_no_number(text: str) -> None:
    """There must be something that the digit checks."""
    assert not is_valid(text)
