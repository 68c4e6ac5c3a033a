"""The officer's pages, from opening an application to the printed receipt."""

import pytest
from sqlalchemy import select

from enrollment.cases import Section
from enrollment.cases.models import SectionRow
from enrollment.centres import Role
from idp.audit.models import AuditRow
from idp.web.extensions import db
from tests.factories.floor import PERSON, Floor

pytestmark = pytest.mark.integration


def test_what_was_typed_is_there_again(floor: Floor) -> None:
    """Consent and person are saved, and shown to whoever opens the page anew."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    officer.submit("/consent", how="spoken")
    officer.fill_in("/save/person", PERSON)
    assert officer.page.status_code == 200, officer.title
    floor.sign_in(officer)
    page = officer.get(f"/staff/cases/{aid}").text
    assert 'value="Testa"' in page
    assert 'value="Bo"' in page
    assert "Aloud, after it was read out" in page


def test_form_pressed_twice_opens_one_application(floor: Floor) -> None:
    """The key of the form makes the second press find the first one's application."""
    officer = floor.member(Role.OFFICER)
    officer.get("/staff")
    key = officer.form("/cases").partition('name="key" value="')[2].partition('"')[0]
    first = officer.send("/staff/cases", kind="new", key=key).location
    assert officer.send("/staff/cases", kind="new", key=key).location == first


def test_somebody_is_captured_confirmed_and_signed(floor: Floor) -> None:
    """With everything there the applicant confirms, the officer signs; the receipt has the number, and its picture."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    floor.fill(officer, aid)
    assert "Thank you" in officer.title
    officer.get(f"/staff/cases/{aid}/sign")
    page = officer.submit("/sign").text
    assert officer.path == f"/staff/cases/{aid}/receipt"
    assert f"{aid[:4]}-{aid[4:10]}-{aid[10:]}" in page
    assert "<svg" in page
    again = officer.get(f"/staff/cases/{aid}/receipt").text
    assert "What happens next" in again
    assert "passport" not in again.lower()
    assert "Waiting for the supervisor" in officer.get(f"/staff/cases/{aid}").text


def test_signature_that_is_sent_again_is_the_same_one(floor: Floor) -> None:
    """AC-099: the answer was lost and the form is sent again: the receipt again, and one signature in the history."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    floor.fill(officer, aid)
    key = "01900000-0000-7000-8000-0000000000aa"
    address = f"/staff/cases/{aid}/sign"
    answers = [officer.send(address, version="1", key=key) for _ in range(3)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"/staff/cases/{aid}/receipt")}
    assert officer.get(f"/staff/cases/{aid}").text.count("Signed by the officer") == 1
    other = officer.send(address, version="2", key=key)
    assert (other.status_code, "used already for something else" in other.text) == (409, True)


def test_nothing_is_signed_before_everything_is_there(floor: Floor) -> None:
    """AC-098: without consent, without samples, without the applicant's yes: 409, and it stays in capture."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    for version in ("1", "0"):
        answer = officer.send(f"/staff/cases/{aid}/sign", version=version, key="01900000-0000-7000-8000-0000000000bb")
        assert answer.status_code == 409
    floor.fill(officer, aid, confirm=False)
    answer = officer.send(f"/staff/cases/{aid}/sign", version="1", key="01900000-0000-7000-8000-0000000000cc")
    assert (answer.status_code, "Second screen" in answer.text) == (409, True)
    assert "Go on to sign" in officer.get(f"/staff/cases/{aid}").text
    assert officer.get(f"/staff/cases/{aid}/receipt").status_code == 409


def test_change_after_the_yes_asks_the_applicant_again(floor: Floor) -> None:
    """What was confirmed is what was shown: an older page confirms nothing, and signing refuses."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    floor.fill(officer, aid, confirm=False)
    officer.get(f"/staff/cases/{aid}/preview")
    seen = officer.form("/preview").partition('name="seen" value="')[2].partition('"')[0]
    officer.send(f"/staff/cases/{aid}/save/person", script="1", family_name="Another")
    answer = officer.send(f"/staff/cases/{aid}/preview", answer="right", seen=seen)
    assert (answer.status_code, "Look at it again" in answer.text) == (409, True)
    assert officer.get(f"/staff/cases/{aid}/sign").status_code == 409


def test_signature_wants_a_factor_of_these_minutes(floor: Floor) -> None:
    """Ten minutes after the sign-in the officer is asked for the passkey again, and comes back to this page."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    floor.fill(officer, aid)
    floor.site.clock.advance(600)
    assert "/signin/" in officer.get(f"/staff/cases/{aid}/sign", follow=False).location
    assert "/signin/" in officer.send(f"/staff/cases/{aid}/sign", version="1", key="k").location


def test_wrong_values_are_kept_and_named(floor: Floor) -> None:
    """A day that does not exist is saved as typed; the script is told which field has which fault."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    told = officer.send(f"/staff/cases/{aid}/save/person", script="1", birth_date="31/02/1990", birth_declared="").json
    assert told["faults"] == {"birth_date": "format"}
    assert told["statuses"]["person"] == "partial"
    page = officer.get(f"/staff/cases/{aid}").text
    assert 'value="1990-02-31"' in page
    assert "This cannot be read." in page


@pytest.mark.parametrize(
    ("typed", "declared", "kept", "precision"),
    [
        ("1990", "", "1990", "year"),
        ("2/1990", "", "1990-02", "month"),
        ("28.2.1990", "", "1990-02-28", "day"),
        ("1990", "yes", "1990", "declared"),
        ("about 1990", "", "about 1990", "year"),
    ],
)
def test_birth_dates_as_people_know_them(floor: Floor, typed: str, declared: str, kept: str, precision: str) -> None:
    """The year alone is enough; days may come first; what cannot be read stays as it was typed."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    officer.send(f"/staff/cases/{aid}/save/person", birth_date=typed, birth_declared=["", declared])
    found = floor.content(aid, Section.PERSON)
    assert (found["birth_date"], found["birth_precision"]) == (kept, precision)


def test_emptied_boxes_and_fields_are_emptied(floor: Floor) -> None:
    """A tick is taken back, and so is a text; what the form does not send stays."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    address = f"/staff/cases/{aid}/save/person"
    officer.send(address, single_name=["", "yes"], given_names="Testa", phone="12")
    officer.send(address, single_name=[""], phone="")
    page = officer.get(f"/staff/cases/{aid}").text
    assert 'name="single_name" value="yes" checked' not in page
    assert 'value="Testa"' in page
    assert 'value="12"' not in page


def test_older_section_overwrites_nothing_and_loses_nothing(floor: Floor) -> None:
    """Two windows: the second save of one version is 409, with what was typed on the page; the first one's stays."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    address = f"/staff/cases/{aid}/save/person"
    officer.send(address, version="0", given_names="First")
    answer = officer.send(address, version="0", given_names="Second")
    assert answer.status_code == 409
    assert 'value="Second"' in answer.text
    assert answer.text.count('name="version" value="1"') > 0
    assert 'value="First"' in officer.get(f"/staff/cases/{aid}").text
    told = officer.send(address, version="0", given_names="Third", script="1")
    assert (told.status_code, told.json["about"]) == (409, "section_version")


def test_exceptions_are_noted_and_taken_back(floor: Floor) -> None:
    """Several at once, for one reason; an injury wants a day; each can be taken back."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    address = f"/staff/cases/{aid}/exceptions"
    refused = officer.send(address, position="left_index", why="injured")
    assert (refused.status_code, 'value="left_index" checked' in refused.text) == (400, True)
    assert officer.send(address, why="worn").status_code == 400
    noted = officer.send(address, position=["left_index", "left_ring"], why="missing")
    assert noted.status_code == 303
    page = officer.get(f"/staff/cases/{aid}").text
    assert page.count("waits for a supervisor, or a photograph") == 2
    officer.submit("/exceptions/left_ring/remove")
    assert officer.page.text.count("waits for a supervisor, or a photograph") == 1


def test_found_by_number_and_by_name_and_year(floor: Floor) -> None:
    """The number leads to the page in any grouping; name and year find what is under way, and a reading is audited."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    officer.fill_in("/save/person", {**PERSON, "family_name": "Findable", "birth_date": "1971"})
    officer.get(f"/staff/find?number={aid[:4].lower()}-{aid[4:10]}+{aid[10:]}")
    assert officer.path == f"/staff/cases/{aid}"
    before = len(floor.audited("enrolment.read"))
    assert f"/staff/cases/{aid}" in officer.send("/staff/find", name="findab", year="1972").text
    assert len(floor.audited("enrolment.read")) == before + 1
    assert "Nobody of this name" in officer.send("/staff/find", name="findab", year="1980").text
    assert officer.send("/staff/find", name="findab", year="").status_code == 400
    in_address = officer.get("/staff/find?name=findab&year=1972")
    assert f"/staff/cases/{aid}" not in in_address.text, "a name in an address finds nobody"
    assert officer.get("/staff/find?number=123").status_code == 400


def test_application_is_given_up_for_a_reason(floor: Floor) -> None:
    """It leaves the lists; without a reason nothing happens."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    assert officer.send(f"/staff/cases/{aid}/cancel", version="1", key="", reason="").status_code == 422
    officer.get(f"/staff/cases/{aid}")
    assert aid not in officer.submit("/cancel", reason="mistake").text
    assert "Given up" in officer.get(f"/staff/cases/{aid}").text


def test_introducer_gives_their_word(floor: Floor) -> None:
    """A citizen with that role, by their own sign-in; the officer's page counts it, and a second time is told."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    introducer = floor.member(Role.INTRODUCER, posted=False, group="citizen", amr=("pwd", "otp"), aal=2)
    introducer.get("/introduce")
    page = introducer.submit("/introduce", number=aid, relation="teacher", known="yes").text
    assert "Your word is written down" in page
    assert "1 introducer has given their word" in officer.get(f"/staff/cases/{aid}").text
    again = introducer.submit("/introduce", number=aid, relation="teacher", known="yes")
    assert (again.status_code, "already" in again.text) == (400, True)
    assert introducer.submit("/introduce", number="123").status_code == 400


def test_nothing_that_was_typed_can_be_read_in_the_rows(floor: Floor) -> None:
    """Sections are sealed: the planted name stands in no row of the application."""
    officer = floor.member(Role.OFFICER)
    officer.open()
    officer.submit("/save/person", given_names="Plantedname")
    with floor.site.app.app_context():
        sealed = list(db.session.scalars(select(SectionRow.sealed).where(SectionRow.sealed.is_not(None))))
        audited = list(db.session.scalars(select(AuditRow.body)))
    assert sealed
    assert not [row for row in sealed if row is not None and b"Plantedname" in row]
    assert not [row for row in audited if "Plantedname" in str(row)]
