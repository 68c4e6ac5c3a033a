"""Officers and administrators who try what is not theirs, at the running server."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.abuse.centre import Centre, Employee, new_key
from tests.abuse.watch import Watch
from tests.protocol.provider import Provider

RACERS = 20


@pytest.fixture(scope="module")
def officer(centre: Centre) -> Employee:
    """An officer of the one."""
    return centre.employ("officer")


@pytest.fixture(scope="module")
def stranger(centre: Centre) -> Employee:
    """An officer and supervisor of the other."""
    return centre.employ("officer", "supervisor", centre="AWAY")


@pytest.fixture(scope="module")
def supervisor(centre: Centre) -> Employee:
    """A supervisor of the one."""
    return centre.employ("supervisor")


def test_application_of_another_centre_does_not_exist(
    watch: Watch, centre: Centre, officer: Employee, stranger: Employee
) -> None:
    """AC-095: opened, edited, signed, reviewed, decided: 404 each, one audit row each, and nothing of it changes."""
    aid = officer.opened()
    pages = [f"/staff/cases/{aid}", f"/staff/cases/{aid}/preview", f"/staff/review/{aid}"]
    forms = {
        f"/staff/cases/{aid}/save/person": {"given_names": "Taken", "version": "0"},
        f"/staff/cases/{aid}/consent": {"how": "signed"},
        f"/staff/cases/{aid}/sign": {"version": "1", "key": new_key()},
        f"/staff/cases/{aid}/cancel": {"version": "1", "key": new_key(), "reason": "mistake"},
        f"/staff/review/{aid}/take": {"version": "1", "key": new_key()},
        f"/staff/review/{aid}/decide": {"version": "1", "key": new_key(), "decision": "approve"},
    }
    stranger.send("/staff/cases", kind="none")
    with watch.attack() as scene:
        answers = [stranger.get(page) for page in pages]
        answers += [stranger.send(address, **form) for address, form in forms.items()]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert all("There is no such application here" in answer.text for answer in answers)
    assert scene.names == ["enrolment.refused"] * len(answers)
    assert centre.standing(aid) == ("capturing", 1)


@pytest.mark.parametrize("second", ["registrar", "adjudicator"])
def test_second_role_reaches_no_other_centres_applications(
    watch: Watch, centre: Centre, officer: Employee, second: str
) -> None:
    """AC-095: an officer with a role for the whole country reads and writes nothing of another centre: 404, audited."""
    aid = officer.opened()
    stranger = centre.employ("officer", second, centre="AWAY")
    stranger.send("/staff/cases", kind="none")
    with watch.attack() as scene:
        answers = [stranger.get(f"/staff/cases/{aid}/{page}") for page in ("preview", "sign", "receipt")]
        answers += [
            stranger.send(f"/staff/cases/{aid}/save/person", given_names="Taken", version="0"),
            stranger.send(f"/staff/cases/{aid}/consent", how="signed"),
            stranger.send(f"/staff/cases/{aid}/flag", section="person", reason="doubtful"),
        ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert scene.names == ["enrolment.refused"] * len(answers)
    assert "Taken" not in officer.get(f"/staff/cases/{aid}").text


def test_nobody_approves_what_they_captured(watch: Watch, centre: Centre) -> None:
    """AC-096: a supervisor who captured it: 409 ENR-FOUREYES at taking up and at deciding, audited; it stays."""
    both = centre.employ("officer", "supervisor")
    aid = both.opened()
    with watch.attack() as scene:
        centre.move(aid, "signed")
        taken = both.send(f"/staff/review/{aid}/take", version="1", key=new_key())
        together = both.send("/staff/review/together", key=new_key(), chosen=f"{aid}.1.signed")
        centre.move(aid, "in_review")
        decided = both.send(f"/staff/review/{aid}/decide", version="1", key=new_key(), decision="approve")
    assert (taken.status_code, decided.status_code) == (409, 409)
    assert "ENR-FOUREYES" in taken.text
    assert "ENR-FOUREYES" in decided.text
    assert "done=0" in together.headers["Location"]
    assert [row["body"]["code"] for row in scene.events] == ["ENR-FOUREYES"] * 3
    assert centre.standing(aid) == ("in_review", 1)


def test_role_is_not_raised_by_a_field(watch: Watch, provider: Provider, centre: Centre, officer: Employee) -> None:
    """AC-097: fields that name roles, forms of administrators, an administrator's own request: no role comes of it."""
    admin = centre.employ("admin")
    aid = officer.opened()
    held = provider.query("select count(*) as n from staff_role")
    fields = {"role": "admin", "roles": "admin", "staff": "1", "policy_group": "staff"}
    with watch.attack() as scene:
        answers = [
            officer.send(f"/staff/people/{officer.id}/ask", **fields),
            officer.send(f"/staff/people/{officer.id}/end", **fields),
            officer.send("/staff/roles/find", person="x", **fields),
            officer.get("/staff/roles"),
            admin.send(f"/staff/people/{admin.id}/ask", role="supervisor"),
        ]
        saved = officer.send(f"/staff/cases/{aid}/save/person", version="0", given_names="Testa", **fields)
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 409]
    assert saved.status_code == 303
    assert scene.names.count("staff.refused") == len(answers)
    assert provider.query("select count(*) as n from staff_role") == held
    assert provider.query("select count(*) as n from approval where state = 'waiting'") == [{"n": 0}]
    assert officer.get("/staff/roles").status_code == 403


def test_own_request_is_not_given_by_whoever_asked(provider: Provider, centre: Centre, officer: Employee) -> None:
    """AC-097: an administrator asks for another and gives it alone: 409; by a second one it is held."""
    admin, second = centre.employ("admin"), centre.employ("security")
    asked = admin.send(f"/staff/people/{officer.id}/ask", role="registrar")
    assert asked.status_code == 303
    [row] = provider.query("select id from approval where state = 'waiting'")
    address = f"/staff/roles/requests/{row['id']}"
    assert admin.send(address, decision="approve").status_code == 409
    assert officer.get("/staff/appeals").status_code == 403
    assert second.send(address, decision="approve").status_code == 303
    assert officer.get("/staff/appeals").status_code == 200
    assert admin.send(f"/staff/people/{officer.id}/end", role="registrar").status_code == 303
    assert officer.get("/staff/appeals").status_code == 403


def test_steps_are_not_skipped(centre: Centre, officer: Employee, supervisor: Employee) -> None:
    """AC-098: signed before consent and captures, decided before it was signed or taken up, a receipt before: 409."""
    aid = officer.opened()
    answers = [
        officer.send(f"/staff/cases/{aid}/sign", version="1", key=new_key()),
        officer.get(f"/staff/cases/{aid}/receipt"),
        supervisor.send(f"/staff/review/{aid}/take", version="1", key=new_key()),
        supervisor.send(f"/staff/review/{aid}/decide", version="1", key=new_key(), decision="approve"),
        officer.send(f"/staff/cases/{aid}/begin", version="1", key=new_key()),
        officer.send(f"/staff/cases/{aid}/appeal", version="1", key=new_key(), reason="disagrees"),
    ]
    assert [answer.status_code for answer in answers] == [409] * len(answers)
    assert centre.standing(aid) == ("capturing", 1)
    centre.move(aid, "signed")
    early = supervisor.send(f"/staff/review/{aid}/decide", version="1", key=new_key(), decision="approve")
    assert (early.status_code, centre.standing(aid)) == (409, ("signed", 1))


def test_decision_that_is_sent_many_times_at_once_is_made_once(
    provider: Provider, centre: Centre, officer: Employee, supervisor: Employee
) -> None:
    """AC-099: one form from many threads: one approval in the history, the same reply for all; another key is 409."""
    aid = officer.opened()
    centre.move(aid, "in_review")
    form = {"version": "1", "key": new_key(), "decision": "approve"}
    address = f"/staff/review/{aid}/decide"
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda _: supervisor.send(address, **form), range(RACERS)))
    assert Counter((answer.status_code, answer.headers.get("Location")) for answer in answers) == {
        (303, "/staff/review?said=approve"): RACERS
    }
    events = provider.query("select event from enrol_event where aid = %(aid)s and event = 'approve'", {"aid": aid})
    assert len(events) == 1
    assert supervisor.send(address, **{**form, "key": new_key()}).status_code == 409
    assert supervisor.send(address, **{**form, "decision": "return", "return_reason": "photo"}).status_code == 409


def test_form_that_is_sent_many_times_opens_one_application(provider: Provider, officer: Employee) -> None:
    """AC-099: the answer was lost, and the form goes out again and again: one application, and its page for each."""
    key = new_key()
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda _: officer.send("/staff/cases", kind="new", key=key), range(RACERS)))
    places = {answer.headers.get("Location") for answer in answers}
    assert {answer.status_code for answer in answers} == {303}
    assert len(places) == 1
    query = "select count(*) as n from enrol_application where officer_id = %(id)s and aid = %(aid)s"
    [place] = places
    assert provider.query(query, {"id": officer.id, "aid": str(place).rpartition("/")[2]}) == [{"n": 1}]


@pytest.mark.parametrize("role", ["officer", "admin"])
def test_staff_without_a_passkey_do_not_enter(watch: Watch, centre: Centre, role: str) -> None:
    """AC-101: a member of staff who signed in with a password: no page of the staff opens, and each try is audited."""
    member = centre.employ(role, passkey=False)
    address = "/staff" if role == "officer" else "/staff/roles"
    member.send("/text-size")
    with watch.attack() as scene:
        shut = member.get(address)
        opened = member.send("/staff/cases", kind="new", key=new_key())
    assert (shut.status_code, opened.status_code) == (403, 403)
    assert scene.names == ["staff.refused"] * 2
    assert {row["body"]["about"] for row in scene.events} == {"passkey"}
