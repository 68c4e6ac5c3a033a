"""Changing a record: opened by the national number, and shown to the supervisor as what is and what would be."""

from __future__ import annotations

import re
import uuid

import pytest

from enrollment.cases import FACE, FINGERS, Section
from enrollment.centres import Role
from enrollment.centres.actors import Actor
from enrollment.register import Birth, Facts, NewPerson, Precision, Sex
from enrollment.web.centre_rooms import accounts, identifiers, register
from enrollment.web.rooms import cases
from idp.web.extensions import db
from tests.factories.centres import DISTRICT
from tests.factories.floor import PERSON, Floor

pytestmark = pytest.mark.integration

KEY = "01900000-0000-7000-8000-0000000000e{}"
RECORDED = Facts(
    "Person", "Testa", Birth(1990, 2, 28, Precision.DAY), Sex.FEMALE, address=DISTRICT, phone="+232 00 000 001",
    birth_country="SLE",
)  # fmt: skip


def registered(floor: Floor, account: uuid.UUID | None = None) -> str:
    """The national number of somebody whom the register holds, and whose account this is."""
    with floor.site.app.test_request_context():
        key_id = uuid.uuid4()
        [person_id] = register().open([NewPerson(key_id, RECORDED, 3)])
        number = identifiers().give_nins({person_id: key_id})[person_id]
        if account is not None:
            accounts().link(account, person_id)
        db.session.commit()
    return number


def test_supervisor_sees_what_changes(floor: Floor) -> None:
    """Opened with the number typed in groups; only details that differ stand side by side, places by their names."""
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    number = registered(floor)
    officer.get("/staff")
    officer.submit("/cases", kind="update", number=f"{number[:3]} {number[3:7]} {number[7:]}")
    aid = officer.path.rpartition("/")[2]
    officer.send(f"/staff/cases/{aid}/consent", how="signed")
    officer.send(f"/staff/cases/{aid}/save/person", **{**PERSON, "family_name": "Married", "phone": "+232 00 000 009"})
    officer.send(f"/staff/cases/{aid}/save/documents", **{"document_1.type": "court_order"})
    with floor.site.app.test_request_context():
        actor, sample = Actor(officer.id, frozenset({Role.OFFICER}), floor.centre.id), {"accepted": True}
        held = cases()
        held.sections.record(actor, aid, Section.DOCUMENTS, {"document_1_object": str(uuid.uuid4())})
        samples = {one: {"sample": str(uuid.uuid4()), **sample} for one in (FACE, *FINGERS)}
        held.sections.record(actor, aid, Section.BIOMETRICS, samples)
        for tick in ("looked_at_face", "looked_at_fingers"):
            held.sections.save_field(actor, aid, Section.BIOMETRICS, tick, value=True)
        db.session.commit()
    officer.get(f"/staff/cases/{aid}/preview")
    officer.submit("/preview", answer="right")
    officer.get(f"/staff/cases/{aid}/sign")
    assert "/receipt" in (officer.submit("/sign", follow=False).location or ""), officer.title
    supervisor.get(f"/staff/review/{aid}")
    page = supervisor.submit("/take").text
    table = page.partition('id="changes"')[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(.*?)</tr>", table)][1:]
    assert [[cell for cell in row.split("|") if cell.strip()] for row in rows] == [
        ["Family name", "Person", "Married"],
        ["Telephone number", "+232 00 000 001", "+232 00 000 009"],
    ]


@pytest.mark.parametrize(
    ("typed", "words"), [("", "not a national number"), ("123", "not a national number"), ("29876543215", "")]
)
def test_number_that_is_none_opens_nothing(floor: Floor, typed: str, words: str) -> None:
    """Nothing typed, a wrong digit, a number that nobody has: said at the field, and written down."""
    officer = floor.member(Role.OFFICER)
    before = len(floor.audited("enrolment.refused"))
    answer = officer.send("/staff/cases", kind="correction", number=typed, key=KEY.format(1))
    assert answer.status_code == 400
    assert words in answer.text
    assert len(floor.audited("enrolment.refused")) == before + 1
    assert typed == "" or typed not in str(floor.audited("enrolment.refused")[-1])


def test_nobody_changes_their_own_record(floor: Floor) -> None:
    """An officer who types the own number is refused: it is their own application."""
    officer = floor.member(Role.OFFICER)
    answer = officer.send("/staff/cases", kind="update", number=registered(floor, officer.id), key=KEY.format(2))
    assert (answer.status_code, "your own application" in answer.text) == (403, True)


def test_first_registration_needs_no_number(floor: Floor) -> None:
    """Whatever was typed by mistake is not looked up."""
    officer = floor.member(Role.OFFICER)
    assert officer.send("/staff/cases", kind="new", number="123", key=KEY.format(3)).status_code == 303
