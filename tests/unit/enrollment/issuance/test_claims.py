import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from enrollment.issuance.claims import claims_of, proven_claims_of
from enrollment.issuance.rehearsal import made_up_case
from enrollment.register import Facts, facts_of
from idp.clock import SystemClock
from idp.entropy import Entropy
from idp.subscribers import checked_claims
from tests.factories.register import TODAY, facts

LETTERS = st.characters(categories=("L", "M"), include_characters=" '-.")
TEXTS = st.text(max_size=250)


@given(st.text(LETTERS, max_size=110), st.text(LETTERS, max_size=110), TEXTS, TEXTS, TEXTS)
def test_whatever_is_recorded_makes_claims(
    family: str, given_names: str, email: str, phone: str, language: str
) -> None:
    """Facts that the register takes never make an account that cannot be opened."""
    document = {
        "family_name": family,
        "given_names": given_names,
        "birth_date": "1990-02",
        "sex": "unspecified",
        "email": email,
        "phone": phone,
        "language": language,
    }
    read = facts_of(document, TODAY)
    if isinstance(read, Facts):
        checked = checked_claims(claims_of(read))
        assert isinstance(checked, dict)
        assert checked["name"]


def test_only_what_was_proven_is_proven() -> None:
    """Contacts and language are what the person said; names, birth and sex stand behind the level."""
    known = facts(email="testa@people.example", phone="+232 76 000 001", language="en-SL", birth_date="1990-02-28")
    assert claims_of(known).keys() - proven_claims_of(known).keys() == {"email", "phone_number", "locale"}
    assert proven_claims_of(known)["birthdate"] == "1990-02-28"
    assert proven_claims_of(facts(birth_date="1990-02"))["birthdate"] == "1990"
    assert "gender" not in proven_claims_of(facts(sex="unspecified"))


def test_made_up_people_are_possible() -> None:
    """What is measured with is as the register would have taken it, and nobody twice."""
    cases = [made_up_case(Entropy(SystemClock())) for _ in range(300)]
    assert len({case.aid for case in cases}) == len({case.subject_key_id for case in cases}) == 300
    for case in cases:
        assert facts_of(case.facts.as_document(), dt.date(2030, 1, 1)) == case.facts
