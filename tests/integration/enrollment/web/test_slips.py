"""The slip from an officer's hand: compared, with a fresh passkey, once; any centre, never one's own."""

import re
import uuid

import pytest
from sqlalchemy import select, update

from enrollment.cases import State, grouped
from enrollment.centres import Role
from enrollment.register.models import PersonRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from tests.factories.claims import bound
from tests.factories.floor import Floor, Member
from tests.integration.enrollment.web.test_claiming import PASSWORD, UNTOLD, other_number, shows

pytestmark = pytest.mark.integration

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def printed(officer: Member, aid: str) -> str:
    """The code of a slip that this officer prints."""
    officer.get(f"/staff/visits?number={grouped(aid)}")
    officer.submit("/slip", compared="yes")
    assert officer.title.startswith("Slip for your account"), officer.title
    assert "no-store" in officer.page.headers["Cache-Control"]
    found = CODE.findall(officer.page.text)
    assert len(set(found)) == 1
    return str(found[0])


def test_a_new_slip_kills_the_one_before(floor: Floor) -> None:
    """Printed twice: the code of the issuance and the first print are worthless, the last one claims."""
    one = bound(floor)
    officer = floor.member(Role.OFFICER)
    first, second = printed(officer, one.aid), printed(officer, one.aid)
    assert len({one.code, first, second}) == 3
    for dead in (one.code, first):
        assert UNTOLD in shows(floor.site.visitor(), one.aid, dead).page.text
    assert shows(floor.site.visitor(), one.aid, second).title.startswith("Choose how")
    assert [body for body in floor.audited("slip.made") if body == {"case": one.aid}] == [{"case": one.aid}] * 2
    reads = [body for body in floor.audited("enrolment.read") if body["aid"] == one.aid]
    assert {"aid": one.aid, "purpose": "slip"} in reads


def test_a_slip_is_printed_at_any_centre(floor: Floor) -> None:
    """The person stands there: the officer of another centre prints it, though the application itself stays shut."""
    one = bound(floor)
    officer = floor.member(Role.OFFICER, centre=floor.elsewhere)
    assert printed(officer, one.aid)
    officer.get(f"/staff/cases/{one.aid}")
    assert officer.page.status_code == 404


def test_no_slip_for_somebody_who_is_suspended(floor: Floor) -> None:
    """Neither looked up nor printed while the record is not active, and the earlier slip opens no account."""
    one, officer = bound(floor), floor.member(Role.OFFICER)
    with floor.site.app.app_context():
        db.session.execute(update(PersonRow).where(PersonRow.id == one.person_id).values(status="suspended"))
        db.session.commit()
    assert officer.get(f"/staff/cases/{one.aid}/slip").status_code == 409
    assert officer.send(f"/staff/cases/{one.aid}/slip", compared="yes").status_code == 409
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(f"{guest.path}/password")
    guest.submit("/password", password=PASSWORD)
    assert guest.page.status_code == 409
    with floor.site.app.app_context():
        assert db.session.scalar(select(SubscriberRow.state).where(SubscriberRow.id == one.subscriber_id)) == "pending"


def test_nobody_prints_without_having_compared(floor: Floor) -> None:
    """The tick is asked for again, and the slip of before stays good."""
    one = bound(floor)
    officer = floor.member(Role.OFFICER)
    officer.get(f"/staff/cases/{one.aid}/slip")
    officer.submit("/slip")
    assert officer.page.status_code == 400
    assert shows(floor.site.visitor(), one.aid, one.code).title.startswith("Choose how")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.ADJUDICATOR, Role.REGISTRAR])
def test_only_officers_print(floor: Floor, role: Role) -> None:
    """403 for every other role, for the page and for the form."""
    one = bound(floor)
    other = floor.member(role)
    assert other.get(f"/staff/cases/{one.aid}/slip").status_code == 403
    officer = floor.member(Role.OFFICER)
    token = officer.token
    assert other.post(f"/staff/cases/{one.aid}/slip", csrf_token=token, compared="yes").status_code in {400, 403}
    assert shows(floor.site.visitor(), one.aid, one.code).title.startswith("Choose how")


def test_nobody_prints_their_own(floor: Floor) -> None:
    """An officer whose own account it is: 403, and an audit row."""
    officer = floor.member(Role.OFFICER)
    one = bound(floor, officer.id)
    assert officer.send(f"/staff/cases/{one.aid}/slip", compared="yes").status_code == 403
    refused = [body for body in floor.audited("enrolment.refused") if body["aid"] == one.aid]
    assert [(body["wanted"], body["code"]) for body in refused] == [("slip", "ENR-OWN")]


def test_there_is_no_slip_before_the_number_or_after_the_claim(floor: Floor) -> None:
    """409 for an application of the centre that has none to give; 404 for one that is not there, or elsewhere."""
    officer, elsewhere = floor.member(Role.OFFICER), floor.member(Role.OFFICER, centre=floor.elsewhere)
    early = bound(floor, until=State.ISSUED)
    assert officer.send(f"/staff/cases/{early.aid}/slip", compared="yes").status_code == 409
    assert elsewhere.send(f"/staff/cases/{early.aid}/slip", compared="yes").status_code == 404
    assert officer.send(f"/staff/cases/{other_number(early.aid)}/slip", compared="yes").status_code == 404
    assert officer.send(f"/staff/cases/{uuid.uuid4().hex}/slip", compared="yes").status_code == 404


def test_an_old_factor_is_asked_for_again(floor: Floor) -> None:
    """Minutes after the passkey: the sign-in first, and nothing is printed."""
    one = bound(floor)
    officer = floor.member(Role.OFFICER)
    assert officer.token
    floor.site.clock.advance(5 * 60)
    answer = officer.send(f"/staff/cases/{one.aid}/slip", compared="yes")
    assert answer.status_code == 303
    assert "/signin/" in answer.location
    assert shows(floor.site.visitor(), one.aid, one.code).title.startswith("Choose how")


def test_the_page_of_an_application_leads_to_its_slip(floor: Floor) -> None:
    """Where a number waits for its owner, and nowhere else."""
    officer, one = floor.member(Role.OFFICER), bound(floor)
    early = bound(floor, until=State.ISSUED)
    officer.get(f"/staff/cases/{one.aid}")
    assert f"/staff/cases/{one.aid}/slip" in officer.links()
    officer.get(f"/staff/cases/{early.aid}")
    assert not [link for link in officer.links() if link.endswith("/slip")]
