"""Beside the form: the one fact of whoever lost their number, the guardian of a child, and what a correction costs."""

import pytest
from sqlalchemy import select, update

from enrollment.cases.models import ApplicationRow, KinRow
from enrollment.centres import Role
from enrollment.life_events.models import ToldFactRow
from enrollment.register.models import PersonRow
from idp.web.extensions import db
from tests.factories.claims import bound
from tests.factories.floor import Floor

pytestmark = pytest.mark.integration


def test_one_fact_is_kept_and_not_readable(floor: Floor) -> None:
    """Nothing and no such fact are refused with words; what was told stands nowhere, and the form says that it is."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open("lost")
    assert "without it two people must look" in officer.page.text
    officer.get(f"/staff/cases/{aid}/told")
    for field, text in (("name", ""), ("nin", "x")):
        refused = officer.submit("/told", field=field, text=text)
        assert (refused.status_code, "Write down what the person says" in refused.text) == (400, True)
    page = officer.submit("/told", field="name", text="Zainab Sampleton")
    assert officer.path == f"/staff/cases/{aid}"
    assert "without it two people must look" not in page.text
    with floor.site.app.app_context():
        row = db.session.scalars(select(ToldFactRow).where(ToldFactRow.aid == aid)).one()
        assert (row.field, len(row.digest)) == ("name", 32)
    assert not any("Zainab" in str(body) for body in floor.audited("enrolment.fact_told"))


def test_a_fact_only_of_whoever_lost_a_number(floor: Floor) -> None:
    """Other applications have none, another centre's does not exist, other roles ask for none (AC-095)."""
    officer = floor.member(Role.OFFICER)
    other = officer.open()
    assert officer.get(f"/staff/cases/{other}/told").status_code == 409
    assert officer.send(f"/staff/cases/{other}/told", field="name", text="A B").status_code == 409
    aid = officer.open("lost")
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    assert foreign.get(f"/staff/cases/{aid}/told").status_code == 404
    assert foreign.send(f"/staff/cases/{aid}/told", field="name", text="A B").status_code == 404
    assert floor.member(Role.SUPERVISOR).get(f"/staff/cases/{aid}/told").status_code == 403


def test_a_guardian_is_noted_by_number(floor: Floor) -> None:
    """Of age and with a good record; a number of nobody is audited; of the staff, the guardian is shut out."""
    guardian = bound(floor)
    officer = floor.member(Role.OFFICER)
    aid = officer.open("child")
    officer.get(f"/staff/cases/{aid}/guardian")
    before = len(floor.audited("enrolment.refused"))
    assert officer.submit("/guardian", number="123").status_code == 400
    assert officer.submit("/guardian", number="22000000000").status_code == 400
    assert len(floor.audited("enrolment.refused")) == before + 2
    with floor.site.app.app_context():
        suspended = update(PersonRow).where(PersonRow.id == guardian.person_id)
        db.session.execute(suspended.values(status="suspended"))
        db.session.commit()
    unfit = officer.submit("/guardian", number=guardian.nin)
    assert (unfit.status_code, "cannot be the guardian" in unfit.text) == (400, True)
    with floor.site.app.app_context():
        good = update(PersonRow).where(PersonRow.id == guardian.person_id)
        db.session.execute(good.values(status="active"))
        db.session.commit()
    officer.submit("/guardian", number=guardian.nin)
    assert officer.path == f"/staff/cases/{aid}"
    with floor.site.app.app_context():
        kin = db.session.scalars(select(KinRow).where(KinRow.aid == aid)).one()
        assert (kin.subscriber_id, kin.relation) == (guardian.subscriber_id, "guardian")
    assert officer.get(f"/staff/cases/{officer.open()}/guardian").status_code == 409


def test_a_mistake_of_ours_is_free(floor: Floor) -> None:
    """The form of a correction says so, and until when; that of a change does not."""
    who, officer = bound(floor), floor.member(Role.OFFICER)
    for kind, said in (("correction", True), ("update", False)):
        officer.get("/staff")
        page = officer.submit("/cases", kind=kind, number=who.nin)
        assert ("costs nothing" in page.text) is said


def test_whose_account_was_only_named_is_told_of_nothing(floor: Floor) -> None:
    """AC-090: not of a later application, not of a card, and they are no child's guardian for it."""
    named = floor.site.person(ial=1)
    other = bound(floor, named.id)
    officer = floor.member(Role.OFFICER)
    officer.get("/staff")
    officer.submit("/cases", kind="update", number=other.nin)
    aid = officer.path.rpartition("/")[2]
    with floor.site.app.app_context():
        assert db.session.scalar(select(ApplicationRow.subscriber_id).where(ApplicationRow.aid == aid)) is None
    child = officer.open("child")
    officer.get(f"/staff/cases/{child}/guardian")
    assert officer.submit("/guardian", number=other.nin).status_code == 400
    before = len(floor.site.events(named))
    assert officer.get(f"/staff/cases/{other.aid}/card").status_code == 200
    officer.submit("/card", compared="yes")
    assert officer.page.status_code == 200
    assert floor.site.events(named)[before:] == []
