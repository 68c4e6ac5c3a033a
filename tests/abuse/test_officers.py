"""Officers who are shut out, come too late, or look for somebody by a face, at the running server."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from tests.abuse.centre import Centre, Employee, new_key
from tests.abuse.watch import Watch
from tests.protocol.provider import Provider

# Enough of a picture to be one by its name and kind.
PICTURE = ("face.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "image/png")


def test_nobody_is_found_by_a_face(watch: Watch, centre: Centre) -> None:
    """AC-113: no page takes a picture without a number or an application; the search's results are no officer's."""
    officer = centre.employ("officer", "supervisor")
    officer.send("/text-size")
    addresses = ("/counter", "/staff/find", "/staff/visits", f"/counter/{uuid.uuid4()}")
    before = centre.provider.query("select count(*) as n from verify_log")
    with watch.attack() as scene:
        answers = [
            officer.browser.raw(
                "POST",
                address,
                data={"csrf_token": officer.token, "purpose": "service", "present": "yes", "turn": "0"},
                files={"face": PICTURE, "picture": PICTURE},
            )
            for address in addresses
        ]
        pages = [officer.get(f"/adjudicate/{uuid.uuid4()}"), officer.get("/adjudicate")]
    assert [answer.status_code for answer in answers] == [415, 415, 415, 404]
    assert [page.status_code for page in pages] == [403, 403]
    assert scene.names == ["staff.refused"] * 3
    assert centre.provider.query("select count(*) as n from verify_log") == before


def test_suspended_officer_does_nothing_more(provider: Provider, centre: Centre) -> None:
    """AC-133: with an open form and a live session: from the suspension on nothing is opened, read or signed."""
    officer = centre.employ("officer")
    aid = officer.opened()
    provider.operate("subscriber", "suspend", officer.id, "--reason", "suspected_misuse")
    opened = officer.send("/staff/cases", kind="new", key=new_key())
    saved = officer.send(f"/staff/cases/{aid}/save/person", version="0", given_names="Late")
    page = officer.get(f"/staff/cases/{aid}")
    assert {answer.status_code for answer in (opened, saved, page)} <= {303, 400, 401, 403}
    assert "Late" not in _person_of(centre, aid)
    query = "select count(*) as n from enrol_application where officer_id = %(id)s"
    assert provider.query(query, {"id": officer.id}) == [{"n": 1}]


def test_role_that_ended_by_the_clock_opens_nothing(centre: Centre) -> None:
    """AC-134: a role given until a moment is over at that moment, whoever comes by to clean up, in the same session."""
    officer = centre.employ("officer")
    aid = officer.opened()
    centre.write("update staff_role set until = %s where subscriber_id = %s", _now(centre), officer.id)
    assert officer.get(f"/staff/cases/{aid}").status_code == 403
    assert officer.send("/staff/cases", kind="new", key=new_key()).status_code == 403


def test_request_for_a_role_that_is_over_gives_none(provider: Provider, centre: Centre) -> None:
    """AC-134: approved on the eighth day: 409, and nobody holds the role."""
    officer, admin, second = centre.employ("officer"), centre.employ("admin"), centre.employ("security")
    assert admin.send(f"/staff/people/{officer.id}/ask", role="supervisor").status_code == 303
    waiting = "select id from approval where state = 'waiting' and subject_id = %(id)s"
    [row] = provider.query(waiting, {"id": officer.id})
    centre.write("update approval set expires_at = %s where id = %s", _now(centre), row["id"])
    assert second.send(f"/staff/roles/requests/{row['id']}", decision="approve").status_code == 409
    assert officer.get("/staff/review").status_code == 403
    held = "select count(*) as n from staff_role where subscriber_id = %(id)s and role = 'supervisor'"
    assert provider.query(held, {"id": officer.id}) == [{"n": 0}]
    centre.write("update approval set state = 'over' where id = %s", row["id"])


def _now(centre: Centre) -> datetime:
    return datetime.fromtimestamp(centre.provider.live.clock.now(), UTC) - timedelta(seconds=1)


def _person_of(centre: Centre, aid: str) -> str:
    """What a colleague reads in the application."""
    colleague: Employee = centre.employ("officer")
    page = colleague.get(f"/staff/cases/{aid}")
    assert page.status_code == 200
    return page.text
