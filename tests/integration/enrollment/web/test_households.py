"""Nobody of the staff has to do with the record of their own household, by whatever way they come to it."""

import pytest

from enrollment.cases.models import KinRow
from enrollment.centres import Role
from idp.web.extensions import db
from tests.factories.claims import Claimant, bound
from tests.factories.floor import Floor, Member
from tests.factories.visits import asks_for_visit, matched_at_counter
from tests.integration.enrollment.web.test_claiming import PASSWORD, shows
from tests.integration.enrollment.web.test_recovering import finds

pytestmark = pytest.mark.integration

KEY = "01900000-0000-7000-8000-0000000000{:02d}"


@pytest.fixture(scope="module")
def cousin(floor: Floor) -> Claimant:
    """Somebody of the register, who claimed the account."""
    one = bound(floor)
    guest = shows(floor.site.visitor(), one.aid, one.code)
    guest.get(f"{guest.path}/password")
    guest.submit("/password", password=PASSWORD)
    return one


@pytest.fixture(scope="module")
def relative(floor: Floor, cousin: Claimant) -> Member:
    """An officer and supervisor of that household, as it was noted at the enrolment."""
    made = floor.member(Role.OFFICER, Role.SUPERVISOR)
    with floor.site.app.app_context():
        db.session.add(KinRow(aid=cousin.aid, subscriber_id=made.id, relation="household"))
        db.session.commit()
    return made


def test_their_change_is_not_opened(floor: Floor, cousin: Claimant, relative: Member) -> None:
    """AC-095: by the national number: 403, audited, and no application comes of it."""
    before = len(floor.audited("enrolment.moved"))
    for number, kind in enumerate(("update", "correction", "reenrol")):
        answer = relative.send("/staff/cases", kind=kind, number=cousin.nin, key=KEY.format(number))
        assert (answer.status_code, "ENR-OWN" in answer.text) == (403, True), kind
    assert len(floor.audited("enrolment.moved")) == before
    assert floor.audited("enrolment.refused")[-1]["code"] == "ENR-OWN"


def test_their_change_that_a_colleague_opened_is_not_reached(floor: Floor, cousin: Claimant, relative: Member) -> None:
    """AC-095: neither read, written, reviewed nor listed, although it was noted at another application."""
    colleague = floor.member(Role.OFFICER)
    opened = colleague.send("/staff/cases", kind="update", number=cousin.nin, key=KEY.format(10))
    aid = str(opened.location).rpartition("/")[2]
    for address in ("/staff/cases/{}", "/staff/cases/{}/preview", "/staff/review/{}"):
        assert relative.get(address.format(aid)).status_code == 403, address
    assert relative.send(f"/staff/cases/{aid}/save/person", given_names="Taken").status_code == 403
    assert colleague.get(f"/staff/cases/{aid}").status_code == 200


def test_they_are_not_let_back_in(floor: Floor, cousin: Claimant, relative: Member) -> None:
    """AC-095: a visit of theirs opens to no relative, be it shown, agreed to or printed; a stranger goes on."""
    case_id, reference = asks_for_visit(floor, cousin.subscriber_id)
    matched_at_counter(floor, relative, cousin.person_id)
    own = relative.send("/staff/visits", reference=reference)
    assert (own.status_code, "ENR-OWN" in own.text) == (403, True)
    assert relative.get(f"/staff/visits/{case_id}").status_code == 403
    assert relative.send(f"/staff/visits/{case_id}/show", way="compared").status_code == 403
    assert relative.send(f"/staff/visits/{case_id}/code").status_code == 403
    finds(floor.member(Role.OFFICER), reference)
    assert floor.audited("recovery.visit_refused")[-1]["code"] == "ENR-OWN"


def test_somebody_elses_stays_open(floor: Floor, relative: Member) -> None:
    """What is noted of one household says nothing of another."""
    stranger = bound(floor)
    opened = relative.send("/staff/cases", kind="update", number=stranger.nin, key=KEY.format(20))
    assert opened.status_code == 303
