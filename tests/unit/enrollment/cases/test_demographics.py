from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.cases.birth import BirthDate, Precision, birth_date_of
from enrollment.cases.demographics import Fault, Problem, faults
from enrollment.cases.policy import CasePolicy
from tests.factories.cases import PERSON

TODAY = date(2030, 5, 17)
POLICY = CasePolicy()


class Few:
    """A country of one division."""

    def known(self, code: str) -> bool:
        """True for that one."""
        return code == "SL0101"


def found(changes: Mapping[str, Any], *, child: bool = False) -> list[tuple[str, str]]:
    """What is wrong with somebody of whom this is otherwise."""
    typed = {name: value for name, value in {**PERSON, **changes}.items() if value is not None}
    return [(fault.field, fault.problem.value) for fault in faults(typed, TODAY, POLICY, Few(), child=child)]


@pytest.mark.parametrize(
    "name",
    [
        "Kɔroma",
        "Ɛlizabɛt",
        "N'Jie",
        "O\u2019Connor-Bah",
        "عبد الله",
        "Ŋafɔ",
        "Nguyễn",
        "陳大文",
        "देवी",
        "Jr.",
        "က\u200cသ",
        "A",
    ],
)
def test_names_of_any_script(name: str) -> None:
    """Letters and marks of any script, with the signs that stand in names, are a name."""
    assert found({"given_names": name, "local_name": name}) == []


@pytest.mark.parametrize(
    "name",
    ["R2D2", "Ann<script>", "---", "a\u202eb", "x\x00y", "😀", "Bah;--", "\ud800", "Ann\nBah"],
)
def test_what_is_no_name(name: str) -> None:
    """Digits, markup, invisible signs and signs alone are none."""
    assert found({"family_name": name}) == [("family_name", "characters")]


def test_a_name_has_an_end() -> None:
    """A hundred letters are a name, more are not."""
    assert found({"given_names": "a" * 100}) == []
    assert found({"given_names": "a" * 101}) == [("given_names", "too_long")]


def test_somebody_with_a_single_name() -> None:
    """A family name is wanted unless it is said that there is none."""
    assert found({"family_name": None}) == [("family_name", "missing")]
    assert found({"family_name": "  ", "single_name": True}) == []


@pytest.mark.parametrize(
    ("text", "precision", "problem"),
    [
        ("1990-02-28", "day", None),
        ("1990-02", "month", None),
        ("1990", "year", None),
        ("1990", "declared", None),
        ("1990-02-28", "declared", None),
        ("1990", "day", "format"),
        ("1990-02-28", "year", "format"),
        ("1990-02-30", "day", "format"),
        ("1990-13", "month", "format"),
        ("28.02.1990", "day", "format"),
        ("١٩٩٠", "year", "format"),
        ("0000", "year", "format"),
        ("2030-05-18", "day", "future"),
        ("2031", "year", "future"),
        ("1890", "year", "too_old"),
    ],
)
def test_birth_dates(text: str, precision: str, problem: str | None) -> None:
    """A date is as exact as it says, is a day that there was, and nobody is a hundred and thirty-one."""
    expected = [] if problem is None else [("birth_date", problem)]
    assert found({"birth_date": text, "birth_precision": precision}) == expected


def test_precision_is_wanted() -> None:
    """Without it a date means nothing."""
    assert found({"birth_precision": None}) == [("birth_precision", "missing")]
    assert found({"birth_precision": "week"}) == [("birth_precision", "unknown")]
    assert found({"birth_date": None}) == [("birth_date", "missing")]


def test_closed_lists() -> None:
    """Sex, countries and divisions are of closed lists; a birthplace may be unknown, a person stateless."""
    assert found({"sex": "W"}) == [("sex", "unknown")]
    assert found({"nationality": "ZZ"}) == [("nationality", "unknown")]
    assert found({"address_division": "SL9999"}) == [("address_division", "unknown")]
    assert found({"birth_division": "nowhere"}) == [("birth_division", "unknown")]
    assert found({"nationality": "XA", "birth_country": "XX", "sex": "X"}) == []


def test_somebody_without_a_telephone() -> None:
    """A person to ask for is enough, or that there is nobody."""
    assert found({"phone": None}) == [("phone", "missing")]
    assert found({"phone": None, "contact_person": "Madeup Aunt"}) == []
    assert found({"phone": None, "no_contact": True}) == []
    assert found({"phone": "call me"}) == [("phone", "format")]
    assert found({"email": "a@b"}) == [("email", "format")]


def test_minors_have_a_guardian() -> None:
    """Whoever is surely not of age has a guardian; on the eighteenth birthday nobody asks any more."""
    both = [("guardian_name", "missing"), ("guardian_relation", "missing")]
    assert found({"birth_date": "2012-05-18"}) == both
    assert found({"birth_date": "2012-05-17"}) == []
    assert found({"birth_date": "2012-05-18", "guardian_name": "Madeup Mother", "guardian_relation": "mother"}) == []
    assert found({"birth_date": "2012", "birth_precision": "year"}) == []
    assert found({"birth_date": "1990-01-01"}, child=True) == [("birth_date", "not_a_child")]


def test_faults_stand_in_the_order_of_the_form() -> None:
    """A page lists them as the fields stand, and says nothing of what was typed."""
    order = [field for field, _ in found(dict.fromkeys(PERSON))]
    assert order == [
        "given_names", "family_name", "birth_precision", "sex", "nationality", "birth_country", "address_division",
        "phone",
    ]  # fmt: skip
    assert "Zz9" not in repr(faults({**PERSON, "given_names": "Zz9"}, TODAY, POLICY, None))


anything = st.dictionaries(
    st.sampled_from(sorted({*PERSON, "email", "guardian_name", "birth_division"})),
    st.one_of(st.text(max_size=400), st.none(), st.booleans(), st.integers(), st.lists(st.text())),
)


@given(anything)
def test_nothing_typed_breaks_it(typed: dict[str, Any]) -> None:
    """Whatever stands in the fields, the answer is a list of faults of closed words."""
    answer = faults(typed, TODAY, POLICY, Few())
    assert all(isinstance(fault, Fault) and fault.problem in set(Problem) for fault in answer)


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(list(Precision)))
def test_birth_dates_are_written_as_they_are_read(day: date, precision: Precision) -> None:
    """Written and read again it is the same; its days lie around the day itself, and the age is never too low."""
    text = {Precision.MONTH: f"{day:%Y-%m}", Precision.YEAR: f"{day.year:04}"}.get(precision, day.isoformat())
    born = birth_date_of(text, precision)
    assert isinstance(born, BirthDate)
    assert born.written() == text
    assert born.earliest() <= day <= born.latest()
    passed = TODAY.year - day.year - ((TODAY.month, TODAY.day) < (day.month, day.day))
    assert 0 <= passed <= born.age(TODAY)
