"""Looking for somebody of the register, as the staff do it at their pages."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from enrollment.centres import Role
from enrollment.finding.models import PeopleSearchRow
from enrollment.register import NewPerson
from enrollment.web.centre_rooms import accounts, register
from idp.web.extensions import db
from tests.factories.floor import Floor, Member
from tests.factories.records import citizen, signed_in
from tests.factories.register import facts

pytestmark = pytest.mark.integration

FORM = {"names": "", "born": "1990", "around": "1", "sex": "", "place": "", "purpose": "forgotten"}
Registered = Callable[..., tuple[str, uuid.UUID]]
ALONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def registered(floor: Floor) -> Registered:
    """Somebody of the register with a family name of their own; the name, and their identifier."""

    def make(account: uuid.UUID | None = None, **changes: str) -> tuple[str, uuid.UUID]:
        name = "Q" + "".join(chr(97 + int(digit, 16)) for digit in uuid.uuid4().hex[:9])
        with floor.site.app.test_request_context():
            [person_id] = register().open([NewPerson(uuid.uuid4(), facts(family_name=name, **changes), 3)])
            if account is not None:
                accounts().link(account, person_id)
            db.session.commit()
        return name, person_id

    return make


def searched(member: Member, name: str, **typed: str) -> str:
    """The text of the page that a search leads to."""
    member.get("/staff/search")
    values: dict[str, Any] = {**FORM, "names": f"Testa {name}", **typed}
    member.submit("/staff/search", **values)
    return str(member.page.text)


def test_somebody_is_found_opened_and_has_an_application(
    floor: Floor, registered: Callable[..., tuple[str, uuid.UUID]]
) -> None:
    """By name and year; the name is in no address; opened, the officer opens an application for them."""
    officer = floor.member(Role.OFFICER)
    citizen = floor.member(Role.INTRODUCER, posted=False, group="citizen")
    name, _ = registered(citizen.id)
    page = searched(officer, name)
    assert f"Testa B\u2022\u2022\u2022 {name}" in page
    assert name.lower() not in officer.path.lower()
    officer.get(f"{officer.path}/1")
    assert f"Testa Binta {name}" in officer.page.text
    officer.submit("/1", kind="update")
    assert (officer.page.status_code, "/staff/cases/" in officer.path) == (200, True)
    history = citizen.get("/account/history").text
    assert "looked for somebody by name, and opened your entry" in history
    assert "Somebody did not know their number" in history


@pytest.mark.parametrize("proven", [True, False])
def test_an_account_that_was_only_named_hears_of_no_search(floor: Floor, *, proven: bool) -> None:
    """AC-090: an application named somebody else's account; who looks for that person is none of its owner's news."""
    name = "Q" + "".join(chr(97 + int(digit, 16)) for digit in uuid.uuid4().hex[:9])
    linked, officer = citizen(floor, proven=proven, family_name=name), floor.member(Role.OFFICER)
    assert name in searched(officer, name)
    officer.get(f"{officer.path}/1")
    assert ("looked for somebody" in signed_in(floor, linked).get("/account/history").text) is proven


def test_nobody_is_found(floor: Floor) -> None:
    """What to try is said, and what was typed stands in the form."""
    page = searched(floor.member(Role.SUPPORT, posted=False), "Zzqqy")
    assert "Nobody was found" in page
    assert 'value="Testa Zzqqy"' in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"purpose": ""}, "Choose why you look"),
        ({"names": ""}, "at least one name"),
        ({"names": "Testa"}, "One name fits too many"),
        ({"born": "soon"}, "Type the year of birth"),
        ({"sex": "x"}, "leave it open"),
        ({"around": "9"}, "how sure the year is"),
    ],
)
def test_wrong_fields_are_named(floor: Floor, typed: dict[str, str], words: str) -> None:
    """With what was typed kept."""
    officer = floor.member(Role.OFFICER)
    answer = officer.send("/staff/search", **{**FORM, "names": "Testa Kept", **typed})
    assert (answer.status_code, words in answer.text) == (400, True)
    assert typed.get("names", "Testa Kept") in answer.text


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.ADJUDICATOR, Role.SECURITY, Role.INTRODUCER])
def test_other_roles_find_nobody(floor: Floor, role: Role) -> None:
    """403 at every address, with an audit row."""
    member = floor.member(role, posted=False)
    before = len(floor.audited("staff.refused"))
    answers = [
        member.get("/staff/search"), member.send("/staff/search", **FORM), member.get(f"/staff/search/{ALONE}"),
        member.get(f"/staff/search/{ALONE}/1"), member.send(f"/staff/search/{ALONE}/1", kind="update"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [403] * 5
    assert len(floor.audited("staff.refused")) == before + 5


def test_a_search_of_another_is_not_there(floor: Floor, registered: Registered) -> None:
    """A colleague at the same centre, and a hit that is none: 404."""
    officer, other = floor.member(Role.OFFICER), floor.member(Role.OFFICER)
    name, _ = registered()
    searched(officer, name)
    address = officer.path
    for path in (address, f"{address}/1"):
        assert other.get(path).status_code == 404
    assert other.send(f"{address}/1", kind="update").status_code == 404
    assert officer.get(f"{address}/2").status_code == 404
    assert officer.send(f"{address}/1", kind="death").status_code == 422


def test_the_own_record_is_for_a_colleague(floor: Floor, registered: Registered) -> None:
    """On the list, masked; not to be opened."""
    officer = floor.member(Role.OFFICER)
    name, _ = registered(officer.id)
    searched(officer, name)
    answer = officer.get(f"{officer.path}/1")
    assert (answer.status_code, "your own record" in answer.text) == (403, True)


def test_names_with_markup_are_text(floor: Floor) -> None:
    """What was typed comes back escaped, and is kept sealed."""
    officer = floor.member(Role.OFFICER)
    page = searched(officer, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page
    with floor.site.app.test_request_context():
        rows = db.session.scalars(select(PeopleSearchRow.sealed).where(PeopleSearchRow.searcher_id == officer.id))
        assert all(b"alert" not in sealed for sealed in rows)
