"""The supervisor's other pages: approving several, figures, handing over; and appeals, with the registrar's page."""

import re
import uuid

import pytest

from enrollment.cases import State
from enrollment.centres import Role
from enrollment.web.managing.answers import colleague
from tests.factories.floor import Floor, Member
from tests.factories.staged import staged

pytestmark = pytest.mark.integration

KEY = "01900000-0000-7000-8000-0000000000dd"


def ticks(page: str) -> dict[str, str]:
    """Number of an application -> what ticking it sends."""
    return {value.partition(".")[0]: value for value in re.findall(r'name="chosen" value="([^"]+)"', page)}


def state_of(member: Member, aid: str) -> str:
    """The words in which a page says where an application is."""
    return str(re.findall(r"<p><b>(.*?)</b>", member.get(f"/staff/cases/{aid}").text)[0])


def test_unflagged_ones_are_approved_together(floor: Floor) -> None:
    """Flagged and own ones have no box; the ticked ones are approved, and the form sent again changes nothing."""
    supervisor = floor.member(Role.SUPERVISOR)
    officer = floor.member(Role.OFFICER)
    plain = [staged(floor, State.SIGNED), staged(floor, State.IN_REVIEW)]
    own = staged(floor, State.SIGNED, by=supervisor.id)
    flagged = staged(floor, State.CAPTURING)
    officer.send(f"/staff/cases/{flagged}/flag", section="person", reason="doubtful")
    officer.get(f"/staff/cases/{flagged}/sign")
    assert "/receipt" in officer.submit("/sign", follow=False).location
    page = supervisor.get("/staff/review").text
    boxes = ticks(page)
    assert set(plain) <= set(boxes)
    assert own not in boxes
    assert flagged not in boxes
    key = re.findall(r'name="key" value="([^"]+)"', supervisor.form("/together"))[0]
    chosen = [boxes[aid] for aid in plain]
    done = supervisor.submit("/together", chosen=chosen).text
    assert "2 applications were approved" in done
    again = supervisor.send("/staff/review/together", chosen=chosen, key=key)
    assert "done=2&left=0" in again.location
    assert [state_of(supervisor, aid) for aid in plain] == ["Approved, on its way to the register"] * 2


def test_what_may_not_be_approved_together_stays(floor: Floor) -> None:
    """AC-096: an own capture, a flag, another centre's, an old version, no number: left as they were."""
    both = floor.member(Role.SUPERVISOR)
    own = staged(floor, State.SIGNED, by=both.id)
    foreign = staged(floor, State.SIGNED, centre=floor.elsewhere.id)
    plain = staged(floor, State.SIGNED)
    both.get("/staff/review")
    version = ticks(both.page.text)[plain].split(".")[1]
    wrong = [f"{own}.{version}.signed", f"{foreign}.{version}.signed", f"{plain}.1.signed", "x.2.signed", plain]
    before = len(floor.audited("enrolment.refused"))
    answer = both.send("/staff/review/together", chosen=wrong, key=KEY)
    assert "done=0&left=5" in answer.location
    codes = [row["code"] for row in floor.audited("enrolment.refused")[before:]]
    assert sorted(codes) == ["ENR-FOUREYES", "ENR-STATE", "ENR-UNKNOWN"]
    assert state_of(both, plain) == "Waiting for the supervisor"
    assert both.send("/staff/review/together", key=KEY).status_code == 422
    many = [f"{plain}.{version}.signed{number}" for number in range(51)]
    assert both.send("/staff/review/together", chosen=many, key=KEY).status_code == 422


def test_flag_that_comes_late_is_not_approved_together(floor: Floor) -> None:
    """Taken up and not approved: a flagged section wants a reason, which this form has not."""
    supervisor, officer = floor.member(Role.SUPERVISOR), floor.member(Role.OFFICER)
    aid = staged(floor, State.CAPTURING)
    officer.send(f"/staff/cases/{aid}/flag", section="person", reason="doubtful")
    officer.get(f"/staff/cases/{aid}/sign")
    assert "/receipt" in officer.submit("/sign", follow=False).location
    answer = supervisor.send("/staff/review/together", chosen=f"{aid}.2.signed", key=KEY)
    assert "done=0&left=1" in answer.location
    assert floor.audited("enrolment.refused")[-1]["code"] == "ENR-GUARD"


def test_approving_together_wants_a_factor_of_these_minutes(floor: Floor) -> None:
    """Ten minutes after the sign-in the passkey is asked for; nothing was approved."""
    supervisor = floor.member(Role.SUPERVISOR)
    aid = staged(floor, State.SIGNED)
    chosen = ticks(supervisor.get("/staff/review").text)[aid]
    floor.site.clock.advance(600)
    assert "/signin/" in supervisor.send("/staff/review/together", chosen=chosen, key=KEY).location
    assert state_of(supervisor, aid) == "Waiting for the supervisor"


def test_figures_count_what_each_officer_did(floor: Floor) -> None:
    """Opened, signed, returned and excepted, for this centre alone; another's supervisor sees nothing of it."""
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    staged(floor, State.RETURNED, by=officer.id)
    staged(floor, State.SIGNED, by=officer.id)
    aid = officer.open()
    officer.send(f"/staff/cases/{aid}/exceptions", position="left_index", why="missing")
    page = supervisor.get("/staff/figures").text
    with floor.site.app.test_request_context():
        called = colleague(officer.id)
    row = page.partition(f"{called}</th>")[2].partition("</tr>")[0]
    cells = [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    assert cells[:6] == ["3", "2", "1 (50 %)", "0", "1", "0"]
    foreign = floor.member(Role.SUPERVISOR, centre=floor.elsewhere)
    assert called not in foreign.get("/staff/figures").text
    assert supervisor.get("/staff/figures?days=100000").status_code == 200
    assert officer.get("/staff/figures").status_code == 403
    assert "posted" in floor.member(Role.SUPERVISOR, posted=False).get("/staff/figures").text


def test_work_is_handed_over_and_taken(floor: Floor) -> None:
    """Offered, taken: the application in capture is the colleague's, and the history says so."""
    giver, taker = floor.member(Role.OFFICER), floor.member(Role.OFFICER)
    aid = giver.open()
    giver.get("/staff/hand-over")
    page = giver.submit("/staff/hand-over", taker=str(taker.id)).text
    assert "It is offered" in page
    assert "Take the offer back" in page
    assert "offers you their work" in taker.get("/staff/hand-over").text
    action = re.findall(r'action="(/staff/hand-over/[^"]+)"', taker.page.text)[0]
    assert "with 1 application" in taker.submit(action, answer="take").text
    row = taker.get("/staff").text.partition(f"{aid[:4]}-{aid[4:10]}-{aid[10:]}")[2].partition("</tr>")[0]
    assert "You" in row
    assert taker.send(action, answer="take").status_code == 409


def test_offer_is_declined_or_taken_back_and_is_nobody_elses(floor: Floor) -> None:
    """A third officer finds nothing to take; a no leaves everything as it is; so does taking it back."""
    giver, taker, third = (floor.member(Role.OFFICER) for _ in range(3))
    for answer, member, said in (("decline", taker, "You said no"), ("withdraw", giver, "The offer was taken back")):
        giver.send("/staff/hand-over", taker=str(taker.id))
        action = re.findall(r'action="(/staff/hand-over/[^"]+)"', giver.get("/staff/hand-over").text)[0]
        assert third.send(action, answer="take").status_code == 404
        assert third.send(action, answer="withdraw").status_code == 404
        assert member.send(action, answer="steal").status_code == 422
        member.get("/staff/hand-over")
        assert said in member.submit(action, answer=answer).text
        assert taker.send(action, answer="take").status_code == 409


def test_who_cannot_take_over_is_said(floor: Floor) -> None:
    """Nobody chosen, oneself, an officer of another centre, somebody who is none; a supervisor never for themself."""
    giver = floor.member(Role.OFFICER)
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    supervisor = floor.member(Role.SUPERVISOR)
    for taker, status in (("", 400), ("x", 400), (str(foreign.id), 400), (str(uuid.uuid4()), 400)):
        assert giver.send("/staff/hand-over", taker=taker).status_code == status, taker
    assert giver.send("/staff/hand-over", taker=str(giver.id)).status_code == 409
    assert supervisor.send("/staff/hand-over", giver=str(giver.id), taker=str(supervisor.id)).status_code == 409
    other = floor.member(Role.OFFICER)
    assert giver.send("/staff/hand-over", giver=str(other.id), taker=str(foreign.id)).status_code == 400
    assert "said=offered" in supervisor.send("/staff/hand-over", giver=str(giver.id), taker=str(other.id)).location


def test_officer_takes_an_appeal_down(floor: Floor) -> None:
    """After the centre's rejection, for a reason of the list, once."""
    officer = floor.member(Role.OFFICER)
    aid = staged(floor, State.REJECTED_CENTRE)
    address = f"/staff/cases/{aid}/appeal"
    assert officer.send(address, version="4", key=KEY, reason="spite").status_code == 422
    officer.get(f"/staff/cases/{aid}")
    page = officer.submit("/appeal", reason="documents").text
    assert "The appeal was taken down" in page
    assert state_of(officer, aid) == "Appeal"
    other = KEY.replace("dd", "de")
    assert officer.send(address, version="5", key=other, reason="documents").status_code == 409


def test_registrar_sees_every_appeal_and_little_of_it(floor: Floor) -> None:
    """Of every centre, with the history and without a name; found by number in any grouping; ended for a reason."""
    registrar = floor.member(Role.REGISTRAR, posted=False)
    aid = staged(floor, State.APPEAL, centre=floor.elsewhere.id)
    assert registrar.get("/staff").status_code == 200
    assert registrar.path == "/staff/appeals"
    assert f"/staff/appeals/{aid}" in registrar.page.text
    page = registrar.get(f"/staff/appeals?number={aid[:4].lower()}-{aid[4:]}").text
    assert registrar.path == f"/staff/appeals/{aid}"
    assert "Testa" not in page
    assert "Give it to new people" in page
    assert registrar.get("/staff/appeals?number=12").status_code == 400
    assert registrar.get("/staff/appeals/22222222222222").status_code == 404
    assert registrar.send(f"/staff/appeals/{aid}/cancel", version="5", key=KEY, reason="x").status_code == 422
    registrar.get(f"/staff/appeals/{aid}")
    assert "The application was given up" in registrar.submit("/cancel", reason="died").text


def test_registrar_takes_an_appeal_down_against_a_duplicate(floor: Floor) -> None:
    """Where adjudicators decided; the centre's own rejection is taken down at the centre."""
    registrar = floor.member(Role.REGISTRAR, posted=False)
    aid = staged(floor, State.REJECTED_DUPLICATE)
    registrar.get(f"/staff/appeals/{aid}")
    assert "The appeal was taken down" in registrar.submit("/appeal", reason="disagrees").text
    centre = staged(floor, State.REJECTED_CENTRE)
    assert "Take the appeal down" not in registrar.get(f"/staff/appeals/{centre}").text
    answer = registrar.send(f"/staff/cases/{centre}/appeal", version="4", key=KEY, reason="disagrees")
    assert answer.status_code == 403
