"""What can be asked of the register, and what a list shows of those who are found."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import Refusal
from enrollment.finding import Wanted, wanted_of
from enrollment.finding.masking import DOTS, hit_of, masked_name
from enrollment.register import Sex, Status
from enrollment.register.name_keys import skeleton
from enrollment.register.names import words_of
from tests.factories.register import facts

TODAY = dt.date(2030, 5, 17)
FULL = {"names": "Testa Sampleton", "born": "1990", "around": "1", "sex": "", "place": ""}


def wanted(**typed: str) -> Wanted:
    """A search that is not refused."""
    read = wanted_of({**FULL, **typed}, TODAY)
    assert isinstance(read, Wanted), read
    return read


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ({"names": ""}, "names"),
        ({"names": "T"}, "names"),
        ({"names": "x" * 101}, "names"),
        ({"names": "\x00"}, "names"),
        ({"born": ""}, "born"),
        ({"born": "2031"}, "born"),
        ({"born": "1990-02-30"}, "born"),
        ({"born": "about 1990"}, "born"),
        ({"sex": "other"}, "sex"),
        ({"around": "50"}, "around"),
        ({"place": "x" * 101}, "place"),
        ({"place": "Bo\x00"}, "place"),
        ({"names": "Testa"}, "more"),
    ],
)
def test_wrong_fields_are_named(typed: dict[str, str], about: str) -> None:
    """Each field that cannot be read is named; a name alone with a year fits too many people."""
    read = wanted_of({**FULL, **typed}, TODAY)
    assert isinstance(read, Refusal)
    assert read.about == about


def test_one_name_needs_a_day_a_place_or_a_letter() -> None:
    """Any of the three will do."""
    assert wanted(names="Testa", born="1990-02-28").birth.day == 28
    assert wanted(names="Testa", place="Bo").place == "Bo"
    assert wanted(names="Testa S.").words == ("testa", "s")


def test_what_was_typed_comes_back_as_it_was() -> None:
    """The form that is shown again says the same."""
    asked = wanted(sex="female", around="3", place="Bo", born="1990-02")
    assert wanted_of(asked.as_document(), TODAY) == asked
    assert asked.sexes == (Sex.FEMALE,)
    assert list(asked.years) == [1987, 1988, 1989, 1990, 1991, 1992, 1993]


def test_only_what_was_typed_can_be_read() -> None:
    """Of a word that was not typed there is a letter; of the birth the year, and of the place nothing (design 1)."""
    held = facts(given_names="Testa Binta", birthplace="SL-S-BO")
    hit = hit_of(1, wanted(names="sampletonn testa", born="1991"), Status.ACTIVE, held, {})
    assert (hit.name, hit.born, hit.place) == (f"Testa B{DOTS} Sampleton", "1990", "")
    hit = hit_of(1, wanted(names="Bintah S.", born="1990-02-28"), Status.ACTIVE, held, {"SL-S-BO": "Bo"})
    assert (hit.name, hit.born, hit.place) == (f"T{DOTS} Binta S{DOTS}", "1990-02-28", "Bo")


@given(st.text(max_size=30), st.text(max_size=30))
def test_masking_never_shows_a_word_that_was_not_typed(name: str, typed: str) -> None:
    """Whatever is recorded and typed: each word that is shown whole was typed."""
    words = words_of(typed)
    for word in masked_name(name, words).split():
        assert word.endswith(DOTS) or set(words_of(word)) <= set(words)


@pytest.mark.parametrize(
    ("left", "right"), [("Sesay", "Sisay"), ("Kamara", "Camarah"), ("Bangura", "Bangoura"), ("Kɔrɔma", "Koroma")]
)
def test_spellings_of_one_name_have_one_skeleton(left: str, right: str) -> None:
    """What a place is indexed with does not depend on vowels."""
    assert [skeleton(word) for word in words_of(left)] == [skeleton(word) for word in words_of(right)]
