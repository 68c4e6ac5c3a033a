"""Pages of administrators: centres, stations, postings, and roles that take two people."""

import json
import re

import pytest

from enrollment.centres import Role, StationKey
from enrollment.web.managing.answers import sign_in_name
from tests.factories.centres import DISTRICT, station_key
from tests.factories.floor import Floor, Member

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def admin(floor: Floor) -> Member:
    """An administrator, posted nowhere."""
    return floor.member(Role.ADMIN, posted=False)


@pytest.fixture(scope="module")
def second(floor: Floor) -> Member:
    """Another one."""
    return floor.member(Role.ADMIN, posted=False)


def named(member: Member) -> str:
    """The sign-in name of somebody."""
    with member.floor.site.app.test_request_context():
        return sign_in_name(member.id)


def new_centre(admin: Member, code: str) -> str:
    """The address of a centre that was just added."""
    admin.get("/staff/centres")
    admin.submit("/staff/centres", code=code, name="Made-up Hall", division=DISTRICT)
    assert "The centre was added" in admin.page.text, admin.page.text
    return admin.path


def test_centre_is_added_and_closed(admin: Member) -> None:
    """Added, listed, closed: nobody can be posted there; opened again. A code that is taken is named at its field."""
    address = new_centre(admin, "hall1")
    assert "HALL1" in admin.get("/staff/centres").text
    taken = admin.submit("/staff/centres", code="HALL1", name="Another", division=DISTRICT)
    assert (taken.status_code, "Another centre has this code" in taken.text) == (400, True)
    assert 'value="Another"' in taken.text
    admin.get(address)
    admin.submit("/status")
    assert "The centre is closed" in admin.page.text
    assert "Post somebody" not in admin.page.text
    assert admin.send(f"{address}/status", status="closed").status_code == 409
    assert admin.send(f"{address}/status", status="gone").status_code == 422
    admin.get(address)
    assert "The centre is open" in admin.submit("/status").text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": "h"}, "2 to 10 capital letters"),
        ({"name": ""}, "at most 120 signs"),
        ({"division": "SL-X"}, "Choose a region or district"),
    ],
)
def test_centre_with_a_wrong_field_is_not_added(admin: Member, changed: dict[str, str], words: str) -> None:
    """Each wrong field has its own words; nothing is added."""
    values = {"code": "WRONG9", "name": "Wrong", "division": DISTRICT, **changed}
    answer = admin.send("/staff/centres", **values)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert "WRONG9</a>" not in admin.get("/staff/centres").text


def test_station_is_added_by_its_public_key_and_revoked_for_good(floor: Floor, admin: Member) -> None:
    """The public half is taken, a private one or text is not; a revoked station's key is never taken again."""
    address = new_centre(admin, "HALL2")
    jwk = StationKey.of(station_key().public_key()).jwk
    for wrong in ("", "[1]", "{", json.dumps({**jwk, "d": "AA"}), json.dumps(jwk) + " " * 3000):
        answer = admin.send(f"{address}/stations", station_name="Desk", key=wrong)
        assert (answer.status_code, "no public key on P-256" in answer.text) == (400, True), wrong[:20]
    admin.get(address)
    page = admin.submit("/stations", station_name="Desk one", key=json.dumps(jwk)).text
    assert "The station was added" in page
    revoke = re.findall(r'href="(/staff/stations/[^"]+/revoke)"', page)[0]
    assert "There is no way back" in admin.get(revoke).text
    page = admin.submit("/revoke", reason="stolen").text
    assert "The station was revoked" in page
    assert "Stolen" in page
    assert floor.audited("station.revoked")[-1]["reason"] == "stolen"
    again = admin.send(revoke, reason="lost")
    assert again.status_code == 409
    answer = admin.send(f"{address}/stations", station_name="Desk two", key=json.dumps(jwk))
    assert (answer.status_code, "already, or had it" in answer.text) == (400, True)


def test_revoking_wants_a_factor_of_these_minutes(floor: Floor) -> None:
    """Ten minutes after the sign-in the passkey is asked for first, for machines and for roles."""
    late = floor.member(Role.ADMIN, posted=False)
    address = new_centre(late, "HALL3")
    jwk = json.dumps(StationKey.of(station_key().public_key()).jwk)
    late.send(f"{address}/stations", station_name="Desk", key=jwk)
    revoke = re.findall(r'href="(/staff/stations/[^"]+/revoke)"', late.get(address).text)[0]
    floor.site.clock.advance(600)
    for path, values in (
        (f"{address}/stations", {"station_name": "Desk", "key": jwk}),
        (revoke, {"reason": "lost"}),
        (f"/staff/people/{late.id}/ask", {"role": "officer"}),
        (f"/staff/people/{late.id}/end", {"role": "admin"}),
    ):
        assert "/signin/" in (late.send(path, **values).location or ""), path
    assert "Revoke" in late.get(address).text


def test_somebody_is_posted_and_the_posting_ends(floor: Floor, admin: Member) -> None:
    """By sign-in name, for some days; a second posting on these days, a citizen or nobody: said at the field."""
    address = new_centre(admin, "HALL4")
    officer = floor.member(Role.OFFICER, posted=False)
    citizen = floor.member(Role.INTRODUCER, posted=False, group="citizen")
    today = floor.site.services.clock.now().date().isoformat()
    admin.get(address)
    page = admin.submit("/postings", person=named(officer), first=today, last=today).text
    assert "The posting was made" in page
    assert named(officer) in page
    assert "Made-up Hall" in officer.get("/staff").text
    for person, words in (
        (named(officer), "posted somewhere on one of these days"),
        (named(citizen), "no active member of staff"),
        ("nobody-at-all", "no active member of staff"),
    ):
        admin.get(address)
        answer = admin.submit("/postings", person=person, first=today, last=today)
        assert (answer.status_code, words in answer.text) == (400, True), person
    admin.get(address)
    assert "The posting was ended" in admin.submit("/end").text
    assert "not posted to a centre today" in officer.get("/staff").text


@pytest.mark.parametrize(("first", "last"), [("", ""), ("2020-01-01", "2020-01-02"), ("2030-02-30", "2030-03-01")])
def test_days_that_cannot_be_are_refused(floor: Floor, admin: Member, first: str, last: str) -> None:
    """No day, days that are over, a day that does not exist."""
    officer = floor.member(Role.OFFICER, posted=False)
    address = f"/staff/centres/{floor.centre.id}"
    answer = admin.send(f"{address}/postings", person=named(officer), first=first, last=last)
    assert (answer.status_code, "The first day is today or later" in answer.text) == (400, True)


def test_role_takes_two_people(floor: Floor, admin: Member, second: Member) -> None:
    """One asks, cannot give it, another does; from then on it is held. Nobody asks for themselves."""
    subject = floor.member(Role.OFFICER, posted=False)
    admin.get("/staff/roles")
    admin.submit("/find", person=named(subject))
    assert admin.path == f"/staff/people/{subject.id}"
    page = admin.submit("/ask", role="supervisor").text
    assert "A second person gives it" in page
    waiting = admin.get("/staff/roles").text
    assert "Take the request back" in waiting
    request = re.findall(r'action="(/staff/roles/requests/[^"]+)"', waiting)[-1]
    refused = admin.send(request, decision="approve")
    assert (refused.status_code, "You asked for this role yourself" in refused.text) == (409, True)
    assert floor.audited("staff.refused")[-1]["about"] == "own_request"
    assert subject.get("/staff/review").status_code == 403
    second.get("/staff/roles")
    assert "The role was given" in second.submit(request, decision="approve").text
    assert second.send(request, decision="approve").status_code == 409
    assert subject.get("/staff/review").status_code == 200
    asked = admin.send(f"/staff/people/{admin.id}/ask", role="officer")
    assert asked.status_code == 409


def test_request_is_declined_or_taken_back(floor: Floor, admin: Member, second: Member) -> None:
    """A no is a no; the own request is taken back by whoever asked, and by nobody else."""
    subject = floor.member(Role.OFFICER, posted=False)
    requests = []
    for role in ("supervisor", "adjudicator"):
        admin.send(f"/staff/people/{subject.id}/ask", role=role)
        requests.append(re.findall(r'action="(/staff/roles/requests/[^"]+)"', admin.get("/staff/roles").text)[-1])
    assert second.send(requests[0], decision="withdraw").status_code == 404
    assert "said=declined" in second.send(requests[0], decision="decline").location
    assert "said=withdrawn" in admin.send(requests[1], decision="withdraw").location
    assert second.send(requests[1], decision="approve").status_code == 409
    assert second.send(requests[1], decision="grant").status_code == 422


def test_role_that_cannot_be_is_said_at_its_field(floor: Floor, admin: Member) -> None:
    """Held already, asked for already, in clash with another, no role at all, a day that is over."""
    subject = floor.member(Role.OFFICER, posted=False)
    address = f"/staff/people/{subject.id}/ask"
    admin.send(address, role="registrar")
    for values, words in (
        ({"role": "officer"}, "has this role already"),
        ({"role": "registrar"}, "asked for already"),
        ({"role": "auditor"}, "does not go together"),
        ({"role": "king"}, "Choose a role"),
        ({"role": "support", "until": "2020-01-01"}, "This day is over"),
        ({"role": "support", "until": "soon"}, "Write the day as year"),
    ):
        answer = admin.send(address, **values)
        assert (answer.status_code, words in answer.text) == (400, True), values


def test_role_is_taken_away_at_once(floor: Floor, admin: Member) -> None:
    """One person is enough; the open session of the other is shut out at the next page."""
    officer = floor.member(Role.OFFICER)
    assert officer.get("/staff/find").status_code == 200
    admin.get(f"/staff/people/{officer.id}")
    assert "The role was taken away" in admin.submit("/end", role="every").text
    assert officer.get("/staff/find").status_code == 403
    assert admin.send(f"/staff/people/{officer.id}/end", role="officer").status_code == 404
    assert admin.send(f"/staff/people/{officer.id}/end", role="king").status_code == 422


def test_supervisor_keeps_the_own_centre_and_no_other(floor: Floor) -> None:
    """AC-095: the own one opens, posts and revokes; another's does not exist, and that is written down."""
    supervisor = floor.member(Role.SUPERVISOR)
    officer = floor.member(Role.OFFICER, posted=False)
    own, other = f"/staff/centres/{floor.centre.id}", f"/staff/centres/{floor.elsewhere.id}"
    assert supervisor.get("/staff/centres").status_code == 200
    assert supervisor.path == own
    today = floor.site.services.clock.now().date().isoformat()
    typed = {"person": named(officer), "first": today, "last": today}
    before = len(floor.audited("staff.refused"))
    assert supervisor.get(other).status_code == 404
    assert supervisor.send(f"{other}/postings", **typed).status_code == 404
    assert len(floor.audited("staff.refused")) == before + 2
    assert "said=posted" in supervisor.send(f"{own}/postings", **typed).location
    assert "Add a station" not in supervisor.get(own).text
    assert supervisor.send(f"{own}/stations", station_name="x", key="{}").status_code == 403
    assert supervisor.send(f"{own}/status", status="closed").status_code == 403


def test_supervisor_revokes_no_station_of_another_centre(floor: Floor, admin: Member) -> None:
    """AC-095: neither the page that asks nor the deed; the station stays in use."""
    address = new_centre(admin, "HALL5")
    jwk = json.dumps(StationKey.of(station_key().public_key()).jwk)
    admin.send(f"{address}/stations", station_name="Desk", key=jwk)
    revoke = re.findall(r'href="(/staff/stations/[^"]+/revoke)"', admin.get(address).text)[0]
    supervisor = floor.member(Role.SUPERVISOR)
    before = len(floor.audited("staff.refused"))
    assert supervisor.get(revoke).status_code == 404
    assert supervisor.send(revoke, reason="stolen").status_code == 404
    assert len(floor.audited("staff.refused")) == before + 2
    assert "in use" in admin.get(address).text


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REGISTRAR, Role.ADJUDICATOR, Role.AUDITOR, Role.SUPPORT])
def test_other_roles_keep_neither_centres_nor_roles(floor: Floor, role: Role) -> None:
    """AC-097: 403 at every page and form of these, with an audit row; a role that is posted along changes nothing."""
    member = floor.member(role)
    posts = {
        "/staff/centres": {"code": "X1", "name": "X", "division": DISTRICT},
        f"/staff/centres/{floor.centre.id}/status": {"status": "closed"},
        f"/staff/centres/{floor.centre.id}/stations": {"station_name": "X", "key": "{}"},
        f"/staff/centres/{floor.centre.id}/postings": {"person": "x"},
        f"/staff/people/{member.id}/ask": {"role": "admin"},
        f"/staff/people/{member.id}/end": {"role": "every"},
        "/staff/roles/find": {"person": "x"},
    }
    before = len(floor.audited("staff.refused"))
    for path, values in posts.items():
        assert member.send(path, role_of_mine="admin", **values).status_code == 403, path
    pages = ("/staff/centres", f"/staff/centres/{floor.centre.id}", "/staff/roles", f"/staff/people/{member.id}")
    for path in pages:
        assert member.get(path).status_code == 403, path
    assert len(floor.audited("staff.refused")) == before + len(posts) + len(pages)


@pytest.mark.parametrize("sign", ["\x00", "x\x00y", "\ud7ff\u202e", "9" * 5000, "'; --"])
def test_signs_that_nobody_types_are_refused(floor: Floor, admin: Member, sign: str) -> None:
    """Every field of every form of these pages: a page with a no, never a fault, and nothing comes of it."""
    centre, day = f"/staff/centres/{floor.centre.id}", floor.site.services.clock.now().date().isoformat()
    officer = floor.member(Role.OFFICER)
    wrong = [
        admin.send("/staff/centres", code="GOOD1", name="Good", division=sign),
        admin.send("/staff/centres", code=sign, name="Good", division=DISTRICT),
        admin.send(f"{centre}/stations", station_name="Good", key=sign),
        admin.send(f"{centre}/postings", person=named(officer), first=day, last=day, station=sign),
        admin.send(f"{centre}/postings", person=sign, first=day, last=day),
        admin.send(f"{centre}/postings", person=named(officer), first=sign, last=sign),
        admin.send("/staff/roles/find", person=sign),
        admin.send(f"/staff/people/{officer.id}/ask", role=sign, until=sign),
        officer.send("/staff/hand-over", giver=sign, taker=sign),
        officer.send("/staff/cases", kind="update", number=sign, key=sign),
        officer.send("/staff/cases", kind="new", key=sign),
    ]
    assert {answer.status_code for answer in wrong} <= {400, 409, 422}, [answer.status_code for answer in wrong]
    assert admin.get(f"/staff/roles?role={len(sign)}").status_code == 200
    assert admin.get(f"{centre}?day=2027-02-30").status_code == 200
