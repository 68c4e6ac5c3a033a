"""From the form's words to the register's, and how well somebody is proven to be who they say."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from enrollment.cases import FINGERS, Kind, Section
from enrollment.cases.birth import BirthDate, birth_date_of
from enrollment.cases.birth import Precision as Told
from enrollment.cases.countries import NATIONALITIES
from enrollment.cases.judging import Excepted, Judged, Judging, Material
from enrollment.cases.policy import CasePolicy
from enrollment.cases.sections import POSITIONS
from enrollment.errors import Code, Refusal
from enrollment.issuance.claims import claims_of
from enrollment.issuance.recording import facts_of_case, level_of_case
from enrollment.register import Facts, Sex, nation_of
from enrollment.register.facts import recorded_facts
from idp.subscribers import checked_claims
from tests.factories.cases import PERSON

TODAY = dt.date(2030, 5, 17)


def read(told: Mapping[str, Any], language: str | None = "kri") -> Facts | Refusal:
    """The facts of a section whose birth date is as it says."""
    born = birth_date_of(str(told["birth_date"]), Told(told["birth_precision"]))
    return facts_of_case(told, born, language)


def facts(**changes: Any) -> Facts:
    """The same, of somebody whose section is complete; None takes a field out."""
    read_facts = read({name: value for name, value in {**PERSON, **changes}.items() if value is not None})
    assert isinstance(read_facts, Facts), read_facts
    return read_facts


@pytest.mark.parametrize(("typed", "recorded"), [("F", Sex.FEMALE), ("M", Sex.MALE), ("X", Sex.UNSPECIFIED)])
def test_sex_is_a_word(typed: str, recorded: Sex) -> None:
    """One letter at the counter."""
    assert facts(sex=typed).sex is recorded


def test_every_nationality_of_the_form_has_three_letters() -> None:
    """Each its own, also for people without one and where it is not known."""
    known = {code: nation_of(code) for code in NATIONALITIES}
    assert len(set(known.values())) == len(NATIONALITIES)
    assert [code for code, nation in known.items() if nation is None or len(nation) != 3] == []
    assert (known["SL"], known["GB"], known["XA"], nation_of("SLE")) == ("SLE", "GBR", "XXA", "SLE")
    assert [nation_of(code) for code in ("", "S", "ZZ", "QQQ", "sl")] == [None] * 5


@pytest.mark.parametrize(
    ("typed", "precision", "recorded"),
    [
        ("1990-02-28", "day", "1990-02-28"),
        ("1990-02", "month", "1990-02"),
        ("1990", "year", "1990"),
        ("1990-01-01", "declared", "1990"),
        ("1990", "declared", "1990"),
    ],
)
def test_a_birth_is_recorded_as_far_as_it_is_known(typed: str, precision: str, recorded: str) -> None:
    """What is declared is a year, however exact it sounds."""
    birth = facts(birth_date=typed, birth_precision=precision).birth
    assert (birth.text, birth.precision.value) == (recorded, precision)


def test_places_keep_what_was_written_beside_them() -> None:
    """The division is the place; where there is none, the town is."""
    placed = facts(birth_division="SL-04", birth_place="Baiima", address_lines=" 3 Hill Road ")
    assert (placed.birthplace, placed.birthplace_line, placed.address_line) == ("SL-04", "Baiima", "3 Hill Road")
    abroad = facts(birth_country="GN", birth_place="Conakry")
    assert (abroad.birthplace, abroad.birthplace_line, abroad.birth_country) == ("Conakry", None, "GIN")


def test_names_are_taken_as_they_are() -> None:
    """Composed letters, no outer spaces; a single name, another script and other names stay what they are."""
    named = facts(given_names=" Tɛsta\u0301 ", family_name=None, single_name=True, other_names="Bintu", local_name="ߞߊ߲")
    assert (named.given_names, named.family_name) == ("Tɛst\u00e1", "")
    assert (named.other_name, named.local_name, named.language) == ("Bintu", "ߞߊ߲", "kri")
    assert recorded_facts(named.as_document()) == named


def test_the_longest_names_are_an_account_all_the_same() -> None:
    """Two names of a hundred letters are more than a claim may hold: nobody is refused for that."""
    claims = claims_of(facts(given_names="A" * 100, family_name="B" * 100))
    assert not isinstance(checked_claims(claims), Refusal)
    assert (claims["given_name"], len(claims["name"])) == ("A" * 100, 200)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"sex": "Q"}, "sex"),
        ({"sex": 3}, "sex"),
        ({"nationality": "ZZ"}, "nationality"),
        ({"birth_date": "1990-13-01"}, "birth_date"),
        ({"given_names": " ", "family_name": "\u00a0"}, "given_names"),
    ],
)
def test_what_cannot_be_recorded_is_named(changes: Mapping[str, Any], about: str) -> None:
    """The field, and never what was typed."""
    assert read({**PERSON, **changes}) == Refusal(Code.ENR_SCHEMA, about)


DOCUMENT = {Section.DOCUMENTS: {"document_1": {"type": "passport"}, "document_1_object": "an object"}}
CAPTURED = {Section.BIOMETRICS: {"face": {"accepted": True}}}
EVERYTHING: frozenset[str] = POSITIONS


def level(
    contents: Mapping[Section, Mapping[str, Any]],
    *,
    kind: Kind = Kind.NEW,
    compared: bool = True,
    missing: frozenset[str] = frozenset(),
) -> int:
    """The level of somebody of whom this is there."""
    excepted = [Excepted(position, granted=True, shown=False) for position in missing]
    material = Material({Section.PERSON: PERSON, **contents}, {}, {}, exceptions=excepted, vouches=1)
    return level_of_case(kind, material, _judged(material), compared=compared)


def _judged(material: Material) -> Judged:
    return Judging(CasePolicy(), None, TODAY).judge(_case(), material)


def _case() -> Any:
    class Some:
        kind = Kind.NEW

    return Some()


def test_the_level_follows_what_was_shown_and_compared() -> None:
    """3 with a document and a body that was compared, 2 where either is missing, 1 from an older register."""
    assert level({**DOCUMENT, **CAPTURED}) == 3
    assert level({**DOCUMENT, **CAPTURED}, missing=frozenset(FINGERS)) == 3
    assert level({**DOCUMENT, **CAPTURED}, compared=False) == 2
    assert level(CAPTURED) == 2
    assert level({**CAPTURED, Section.DOCUMENTS: {"document_1": {"type": "passport"}}}) == 2
    assert level(DOCUMENT) == 2
    assert level({**DOCUMENT, **CAPTURED}, missing=EVERYTHING) == 2
    assert level({**DOCUMENT, **CAPTURED}, kind=Kind.IMPORT) == 1


def test_a_birth_date_is_needed() -> None:
    """Without one there is no record."""
    nobody: BirthDate | None = None
    assert facts_of_case(PERSON, nobody, None) == Refusal(Code.ENR_SCHEMA, "birth_date")
