"""The supervisor's pages: flagged first, taken up, approved, returned, rejected; exceptions allowed."""

import pytest

from enrollment.centres import Role
from idp.web.signin.pages import account_url
from tests.factories.floor import Floor, Member

pytestmark = pytest.mark.integration


@pytest.fixture
def officer(floor: Floor) -> Member:
    """An officer of the centre."""
    return floor.member(Role.OFFICER)


@pytest.fixture
def supervisor(floor: Floor) -> Member:
    """A supervisor of the centre."""
    return floor.member(Role.SUPERVISOR)


def signed(floor: Floor, officer: Member, *, flag: str = "") -> str:
    """An application that waits for a review."""
    aid = officer.open()
    floor.fill(officer, aid, confirm=False)
    if flag:
        officer.get(f"/staff/cases/{aid}")
        officer.submit("/flag", section="person", reason=flag)
    officer.get(f"/staff/cases/{aid}/preview")
    officer.submit("/preview", answer="right")
    officer.get(f"/staff/cases/{aid}/sign")
    officer.submit("/sign")
    assert officer.path.endswith("/receipt"), officer.title
    return aid


def test_flagged_come_first_and_need_a_reason(floor: Floor, officer: Member, supervisor: Member) -> None:
    """The flagged one stands first; approving it without a reason for the flag is refused."""
    plain = signed(floor, officer)
    flagged = signed(floor, officer, flag="doubtful")
    page = supervisor.get("/staff/review").text
    assert 0 < page.index(f"/staff/review/{flagged}") < page.index(f"/staff/review/{plain}")
    assert "T 000 001" not in supervisor.get(f"/staff/review/{flagged}").text
    page = supervisor.submit("/take").text
    assert "T 000 001" in page
    assert "I have a doubt" in page
    refused = supervisor.submit("/decide", decision="approve")
    assert refused.status_code == 409
    supervisor.get(f"/staff/review/{flagged}")
    supervisor.fill_in("/decide", {"decision": "approve", "tick-person": "seen"})
    page = supervisor.page.text
    assert "The application was approved" in page
    assert flagged not in page


def test_returned_application_comes_back_to_the_officer(floor: Floor, officer: Member, supervisor: Member) -> None:
    """With its reason; everything captured is still there; without a reason nothing happens."""
    aid = signed(floor, officer)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    assert supervisor.submit("/decide", decision="return", return_reason="").status_code == 400
    supervisor.submit("/decide", decision="return", return_reason="photo")
    assert "The photograph must be taken again" in officer.get(f"/staff/cases/{aid}").text
    page = officer.submit("/begin").text
    assert 'value="Testa"' in page


def test_rejection_needs_a_reason_of_its_own(floor: Floor, officer: Member, supervisor: Member) -> None:
    """A reason for returning is none for rejecting."""
    aid = signed(floor, officer)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    assert supervisor.submit("/decide", decision="reject", reject_reason="photo").status_code == 400
    assert "was rejected" in supervisor.submit("/decide", decision="reject", reject_reason="evidence").text
    assert "Rejected at the centre" in supervisor.get(f"/staff/cases/{aid}").text


def test_nobody_reviews_what_they_captured(floor: Floor) -> None:
    """AC-096: a supervisor who is an officer, too, can neither take up nor approve their own: 409, audited."""
    both = floor.member(Role.OFFICER, Role.SUPERVISOR)
    aid = signed(floor, both)
    both.get(f"/staff/review/{aid}")
    refused = both.submit("/take")
    assert (refused.status_code, "Somebody else must do this" in refused.text) == (409, True)
    assert floor.audited("enrolment.refused")[-1]["code"] == "ENR-FOUREYES"
    colleague = floor.member(Role.SUPERVISOR)
    colleague.get(f"/staff/review/{aid}")
    colleague.submit("/take")
    both.get(f"/staff/review/{aid}")
    assert both.submit("/decide", decision="approve").status_code == 409


def test_decision_wants_a_factor_of_these_minutes(floor: Floor, officer: Member, supervisor: Member) -> None:
    """Ten minutes after the sign-in the passkey is asked for; nothing was decided."""
    aid = signed(floor, officer)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    floor.site.clock.advance(600)
    answer = supervisor.submit("/decide", follow=False, decision="approve")
    assert "/signin/" in answer.location
    assert "Your decision" in supervisor.get(f"/staff/review/{aid}").text


def test_a_decision_that_a_passkey_interrupted_is_told_to_be_open(
    floor: Floor, officer: Member, supervisor: Member
) -> None:
    """The sign-in comes back to the page, which says that the press was not carried out; a visit says nothing."""
    aid = signed(floor, officer)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    floor.site.clock.advance(600)
    answer = supervisor.submit("/decide", follow=False, decision="approve")
    with floor.site.app.test_request_context():
        parked = floor.site.services.transactions.parked(answer.location.rpartition("/")[2])
        assert parked is not None
        back = account_url(parked)
    floor.sign_in(supervisor)
    assert "Nothing was done yet." in supervisor.get(back).text
    assert "Nothing was done yet." not in supervisor.get(f"/staff/review/{aid}").text


def test_exception_is_allowed_by_whoever_saw_it(floor: Floor, officer: Member, supervisor: Member) -> None:
    """It is listed for the supervisor, who allows it; a colleague of another centre cannot."""
    aid = officer.open()
    officer.send(f"/staff/cases/{aid}/exceptions", position="left_index", why="missing")
    assert aid in supervisor.get("/staff/review").text
    stranger = floor.member(Role.SUPERVISOR, centre=floor.elsewhere)
    assert stranger.send(f"/staff/cases/{aid}/exceptions/left_index/grant").status_code == 404
    supervisor.get(f"/staff/cases/{aid}")
    assert "allowed by a supervisor" in supervisor.submit("/grant").text
    assert "allowed by a supervisor" in officer.get(f"/staff/cases/{aid}").text
