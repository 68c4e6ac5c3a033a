import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import Code, Refusal
from enrollment.register.numbers import (
    IdentifierType,
    has_refused_run,
    masked,
    new_alias,
    new_nin,
    shown,
    typed_identifier,
)
from enrollment.register.verhoeff import check_digit, is_valid
from idp.clock import SystemClock
from idp.entropy import Entropy
from tests.factories.register import code_of

ENTROPY = Entropy(SystemClock())


class Dice(Entropy):
    """Gives the bytes that a test names, one draw after the other."""

    def __init__(self, *draws: bytes) -> None:
        super().__init__(SystemClock())
        self._draws = list(draws)

    def bytes(self, count: int) -> bytes:
        """The next draw."""
        assert len(self._draws[0]) == count
        return self._draws.pop(0)


def test_numbers_have_their_form() -> None:
    """Eleven digits (an alias sixteen), the first 2 to 9, a right check digit, and no refused run."""
    for draw, length in ((new_nin, 11), (new_alias, 16)):
        for _ in range(500):
            number = draw(ENTROPY)
            assert re.fullmatch(rf"[2-9][0-9]{{{length - 1}}}", number)
            assert is_valid(number)
            assert not has_refused_run(number)


def test_a_number_tells_nothing_of_its_order() -> None:
    """Numbers drawn one after the other share no beginning, and no first digit is missing."""
    drawn = [new_nin(ENTROPY) for _ in range(2000)]
    assert len(set(drawn)) == len(drawn)
    assert set(Counter(number[0] for number in drawn)) == set("23456789")


def test_what_does_not_fit_is_drawn_anew() -> None:
    """A draw beyond the last even share, and one with a refused run, are passed over and not bent into shape."""
    fits = (1_357_924_680).to_bytes(8, "big")
    run = (1_111_000_000).to_bytes(8, "big")
    assert new_nin(Dice(b"\xff" * 8, run, fits)) == "3357924680" + check_digit("3357924680")


@pytest.mark.parametrize(
    ("digits", "refused"),
    [
        ("22220000000", True),
        ("20001111357", True),
        ("28123457913", True),
        ("28432157913", True),
        ("28912357913", False),
        ("22202220222", False),
        ("21232123212", False),
        ("27890135791", False),
        ("26789035791", True),
        ("29012468135", False),
        ("24681357924", False),
    ],
)
def test_refused_runs(digits: str, refused: bool) -> None:
    """Four equal digits, or four that count up or down; 9 is not followed by 0."""
    assert has_refused_run(digits) is refused


@given(st.text("0123456789", min_size=4, max_size=16))
def test_runs_are_as_a_reader_sees_them(digits: str) -> None:
    """The rule agrees with a list of all the runs there are."""
    runs = [digit * 4 for digit in "0123456789"]
    runs += ["0123456789"[start : start + 4] for start in range(7)] + [
        "9876543210"[start : start + 4] for start in range(7)
    ]
    assert has_refused_run(digits) is any(run in digits for run in runs)


def test_numbers_are_shown_in_groups() -> None:
    """`NNN NNNN NNNN`, an alias in fours, a legacy number as it is; masked, only the end is seen."""
    assert shown("23456789012") == "234 5678 9012"
    assert shown("2345678901234567") == "2345 6789 0123 4567"
    assert shown("AB12345678C") == "AB12345678C"
    assert masked("23456789012") == "••••••••012"


@given(st.sampled_from([new_nin, new_alias]), st.sampled_from(["{}", " {} ", "{}\u00a0"]), st.booleans())
def test_a_shown_number_is_read_again(draw: object, around: str, dashes: bool) -> None:
    """Whatever spaces and dashes stand in it, and in digits of full width too."""
    number = new_nin(ENTROPY) if draw is new_nin else new_alias(ENTROPY)
    kind = IdentifierType.NIN if draw is new_nin else IdentifierType.ALIAS
    text = around.format(shown(number).replace(" ", "-") if dashes else shown(number))
    assert typed_identifier(text) == (kind, number)
    assert typed_identifier(text.translate({48 + digit: 0xFF10 + digit for digit in range(10)})) == (kind, number)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Every text is a number or refused; what is taken for one has its form."""
    read = typed_identifier(text)
    if isinstance(read, Refusal):
        assert read.code is Code.NIN_CHECK
    else:
        assert read[0] is IdentifierType.LEGACY or is_valid(read[1])


def test_a_slip_is_told_before_anything_is_looked_for() -> None:
    """A wrong check digit, eleven digits that are no number, and too short a text are `NIN-CHECK`."""
    number = new_nin(ENTROPY)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for text in (wrong, number[:-1], "", "1234567", "A" * 16, "12345678 9\n0", "1234567é"):
        read = typed_identifier(text)
        assert code_of(read) is Code.NIN_CHECK or read == (IdentifierType.LEGACY, number[:-1])
    assert code_of(typed_identifier(wrong)) is Code.NIN_CHECK


def test_legacy_numbers_are_read() -> None:
    """Eight to fifteen letters or digits, in either case, with or without dashes."""
    assert typed_identifier("old-1234567") == (IdentifierType.LEGACY, "OLD1234567")
