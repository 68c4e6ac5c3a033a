import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import Code, Refusal
from enrollment.register import Facts, Precision, facts_of
from enrollment.register.facts import birth_of, recorded_facts
from tests.factories.register import TODAY, facts

GIVEN = {"family_name": "Sampleton", "given_names": "Testa", "birth_date": "1990-02-28", "sex": "female"}


def about(**changes: Any) -> str | None:
    """Which member is refused, None where all is well."""
    read = facts_of({**GIVEN, **changes}, TODAY)
    if isinstance(read, Refusal):
        assert read.code is Code.ENR_SCHEMA
        return read.about
    return None


NAMES = st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=1, max_size=40)
DAYS = st.dates(dt.date(1900, 1, 1), TODAY)


@given(NAMES, NAMES, DAYS, st.sampled_from(list(Precision)), st.sampled_from(["female", "male", "unspecified"]))
def test_facts_are_read_as_they_were_written(
    family: str, given_names: str, day: dt.date, precision: Precision, sex: str
) -> None:
    """A version holds exactly what was recorded."""
    length = {Precision.DAY: 10, Precision.MONTH: 7}.get(precision, 4)
    document = {
        "family_name": family,
        "given_names": given_names,
        "birth_date": day.isoformat()[:length],
        "birth_precision": precision.value,
        "sex": sex,
        "address": "SL-04",
    }
    read = facts_of(document, TODAY)
    assert isinstance(read, Facts)
    assert facts_of(read.as_document(), TODAY) == read
    assert recorded_facts(read.as_document()) == read


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": "Sample7"},
        {"family_name": "\u202eSample"},
        {"family_name": "<b>"},
        {"given_names": "x" * 100},
        {"given_names": 7},
        {"given_names": " ' "},
        {"birth_date": "1990-02-30"},
        {"birth_date": "2030-05-18"},
        {"birth_date": "1879"},
        {"birth_date": "0000"},
        {"birth_date": None},
        {"birth_date": "28/02/1990"},
        {"birth_date": "1990-00"},
        {"sex": "f"},
        {"sex": None},
        {"nationality": "Sl"},
        {"phone": "1\n2"},
        {"phone": "9" * 201},
        {"address": ["SL-04"]},
    ],
)
def test_each_member_is_checked(change: dict[str, Any]) -> None:
    """What a member may not hold is refused by the member's name, never with the value."""
    assert about(**change) == next(iter(change))


def test_the_list_is_closed() -> None:
    """A member that nobody knows is refused: a hidden field carries nothing in."""
    assert about(role="admin") == "members"


def test_one_name_is_enough() -> None:
    """Some people have one name, none has no name."""
    assert about(family_name=None) is None
    assert about(given_names="") is None
    assert about(family_name=None, given_names=" ") == "family_name"


@pytest.mark.parametrize(
    ("text", "precision", "kept"),
    [
        ("1990", None, Precision.YEAR),
        ("1990", "declared", Precision.DECLARED),
        ("1990-02", None, Precision.MONTH),
        ("1990-02-28", "day", Precision.DAY),
        ("1990-02-28", "declared", None),
        ("1990", "day", None),
        ("1990", "roughly", None),
        ("2030-05-17", None, Precision.DAY),
        ("2030", None, Precision.YEAR),
    ],
)
def test_as_much_of_a_birth_date_as_is_known(text: str, precision: str | None, kept: Precision | None) -> None:
    """A year, a month or a day; what is said of its precision must agree with it."""
    birth = birth_of(text, precision, TODAY)
    assert (None if birth is None else birth.precision) is kept
    assert birth is None or birth.text == text


def test_nothing_personal_is_shown_by_accident() -> None:
    """The text of the value in a log or a failure tells nothing (AC-118)."""
    assert "Sampleton" not in repr(facts())
    assert "1990" not in repr(facts().birth)


def test_the_full_name() -> None:
    """Given names first; one name alone is the full name."""
    assert facts().name == "Testa Binta Sampleton"
    assert facts(given_names=None).name == "Sampleton"
