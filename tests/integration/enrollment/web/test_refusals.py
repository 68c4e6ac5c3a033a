"""Who may not: without a session, a passkey, a role, a posting; another centre's; oneself; a form without its token."""

import pytest

from enrollment.centres import Role
from tests.factories.floor import Floor, Member

pytestmark = pytest.mark.integration

OFFICERS = ("/staff/cases/{aid}/preview", "/staff/cases/{aid}/sign")
SUPERVISORS = ("/staff/review", "/staff/review/{aid}")
POSTS = (
    "/staff/cases/{aid}/save/person", "/staff/cases/{aid}/consent", "/staff/cases/{aid}/consent/withdraw",
    "/staff/cases/{aid}/flag", "/staff/cases/{aid}/exceptions", "/staff/cases/{aid}/exceptions/face/remove",
    "/staff/cases/{aid}/preview", "/staff/cases/{aid}/sign", "/staff/cases/{aid}/cancel", "/staff/cases/{aid}/begin",
)  # fmt: skip
TYPED = {
    "how": "signed", "section": "person", "reason": "mistake", "position": "face", "why": "missing",
    "given_names": "Testa", "answer": "right", "seen": "0", "version": "1", "script": "",
}  # fmt: skip
KEY = "01900000-0000-7000-8000-00000000000a"


def typed(address: str) -> dict[str, str]:
    """A whole form for this address."""
    reason = {"reason": "doubtful"} if address.endswith("/flag") else {}
    return {name: value for name, value in TYPED.items() if name != "script"} | {"key": KEY} | reason


@pytest.fixture(scope="module")
def officer(floor: Floor) -> Member:
    """An officer of the centre."""
    return floor.member(Role.OFFICER)


@pytest.fixture(scope="module")
def aid(officer: Member) -> str:
    """An application of that officer."""
    return officer.open()


def test_without_a_session_there_is_a_sign_in_that_comes_back(floor: Floor, aid: str) -> None:
    """Every page leads to a sign-in; the script is told so instead."""
    guest = floor.site.visitor()
    for address in (f"/staff/cases/{aid}", "/staff", "/staff/find", "/staff/review", "/introduce"):
        assert "/signin/" in guest.get(address, follow=False).location
    guest.get("/staff", follow=True)
    token = guest.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = guest.post(f"/staff/cases/{aid}/save/person", follow=False, csrf_token=token, script="1")
    assert (answer.status_code, (answer.json or {})["sign_in"]) == (401, "/staff")


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ({"amr": ("pwd", "otp"), "aal": 2}, "passkey"),
        ({"aal": 2, "amr": ("swk", "mfa")}, "sign_in"),
        ({"ial": 2}, "proofing"),
        ({"group": "citizen"}, "not_staff"),
    ],
)
def test_staff_enter_with_a_passkey_at_nid_3(floor: Floor, account: dict[str, object], why: str) -> None:
    """AC-101: no password, no lower level, no citizen opens the floor, and each try is written down."""
    roles = (Role.INTRODUCER,) if why == "not_staff" else (Role.OFFICER,)
    member = floor.member(*roles, posted=why != "not_staff", **account)  # type: ignore[arg-type]  # passed on as given
    page = member.get("/staff")
    assert page.status_code == 403
    assert floor.audited("staff.refused")[-1]["about"] == why


def test_officers_do_not_review_and_supervisors_do_not_capture(floor: Floor, officer: Member, aid: str) -> None:
    """The wrong role is 403, with an audit row for each."""
    supervisor = floor.member(Role.SUPERVISOR)
    before = len(floor.audited("staff.refused"))
    for address in SUPERVISORS:
        assert officer.get(address.format(aid=aid)).status_code == 403
    for address in OFFICERS:
        assert supervisor.get(address.format(aid=aid)).status_code == 403
    for address in POSTS[:-2]:
        assert supervisor.send(address.format(aid=aid), **typed(address)).status_code == 403, address
    asked = len(SUPERVISORS) + len(OFFICERS) + len(POSTS[:-2])
    assert len(floor.audited("staff.refused")) == before + asked


def test_roles_without_business_here_open_no_application(floor: Floor, aid: str) -> None:
    """An adjudicator, a registrar, a member of the support: 403 at the pages of centres."""
    for role in (Role.ADJUDICATOR, Role.REGISTRAR, Role.SUPPORT, Role.AUDITOR, Role.ADMIN):
        member = floor.member(role)
        assert member.get(f"/staff/cases/{aid}").status_code == 403, role
        assert member.get("/staff/find").status_code == 403, role


def test_application_of_another_centre_does_not_exist(floor: Floor, aid: str) -> None:
    """AC-095: 404 at every address, for reading and for changing, as for a number that nobody has; audited."""
    foreign = floor.member(Role.OFFICER, Role.SUPERVISOR, centre=floor.elsewhere)
    before = len(floor.audited("enrolment.refused"))
    shown = foreign.get(f"/staff/cases/{aid}")
    assert shown.status_code == 404
    nobody = foreign.get("/staff/cases/22222222222222")
    assert nobody.status_code == 404
    assert "There is no such application here" in shown.text
    for address in (*OFFICERS, "/staff/review/{aid}", "/staff/cases/{aid}/receipt"):
        assert foreign.get(address.format(aid=aid)).status_code == 404, address
    for address in POSTS:
        assert foreign.send(address.format(aid=aid), **typed(address)).status_code == 404, address
    assert len(floor.audited("enrolment.refused")) == before + 2 + 4 + len(POSTS)
    found = foreign.get(f"/staff/find?number={aid}")
    assert (found.status_code, "open to you" in found.text) == (400, True)


def test_without_a_posting_nothing_opens(floor: Floor, aid: str) -> None:
    """An officer who is posted nowhere today sees why, and reaches no application."""
    member = floor.member(Role.OFFICER, posted=False)
    assert "not posted to a centre today" in member.get("/staff").text
    assert member.get(f"/staff/cases/{aid}").status_code == 404
    assert member.send("/staff/cases", kind="new", key=KEY).status_code == 403


def test_role_that_ended_ends_at_the_next_request(floor: Floor) -> None:
    """An officer whose role is taken away is shut out in the same session."""
    member = floor.member(Role.OFFICER)
    assert member.get("/staff").status_code == 200
    floor.end_roles(member)
    assert member.get("/staff").status_code == 403


def test_every_form_needs_its_token(floor: Floor, officer: Member, aid: str) -> None:
    """Without the token of this browser nothing is done, at any address."""
    for address in (*POSTS, "/staff/cases", "/staff/review/{aid}/take", "/staff/review/{aid}/decide", "/introduce"):
        answer = officer.post(address.format(aid=aid), follow=False, **typed(address))
        assert answer.status_code == 400, address
    assert "Testa" not in officer.get(f"/staff/cases/{aid}").text


def test_stale_version_changes_nothing(floor: Floor, officer: Member, aid: str) -> None:
    """A form of an older version of the application is 409, and the application stays as it is."""
    answer = officer.send(f"/staff/cases/{aid}/cancel", version="7", reason="mistake", key=KEY)
    assert (answer.status_code, "Nothing was done twice" in answer.text) == (409, True)
    assert officer.get(f"/staff/cases/{aid}").status_code == 200


def test_form_that_is_not_one_of_ours_is_refused(officer: Member, aid: str) -> None:
    """Closed words only: no other kind, section, flag, answer or reason."""
    assert officer.send("/staff/cases", kind="death", key=KEY).status_code == 422
    assert officer.send(f"/staff/cases/{aid}/save/preview", shown="x").status_code == 404
    assert officer.send(f"/staff/cases/{aid}/flag", section="person", reason="spite").status_code == 422
    assert officer.send(f"/staff/cases/{aid}/preview", answer="maybe").status_code == 422
    assert officer.send(f"/staff/cases/{aid}/consent", how="shouted").status_code == 400
    officer.send(f"/staff/cases/{aid}/save/biometrics", face="forged", looked_at_face=["", ""])
    assert "captured</small>" not in officer.get(f"/staff/cases/{aid}").text
