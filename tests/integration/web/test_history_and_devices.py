import json
import uuid

import pytest

from idp.web.extensions import db
from tests.factories.mail import letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def at(site: Site, person: Person, path: str) -> Visitor:
    """A browser of a person who signed in a moment ago, on an account page."""
    visitor = site.visitor()
    visitor.get(path)
    site.sign_in(visitor, person)
    assert visitor.path == path, visitor.title
    return visitor


def token_of(visitor: Visitor) -> str:
    """The form token of the page that is shown."""
    return visitor.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.fixture
def person(site: Site) -> Person:
    """Somebody with a password alone."""
    return site.person()


def test_history_tells_what_happened_in_words(site: Site, person: Person) -> None:
    """Sign-in, agreement and failed tries, newest first, with the service and its reason."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(client_name="Seed Bank", purpose="To lend you seed")))
    visitor.submit("/password", identifier=person.username, password="wrong")
    site.sign_in(visitor, person)
    visitor.submit(decision="allow", field=["name"])
    assert answer_of(visitor)["code"]
    text = visitor.get("/account/history").text
    told = [
        "You agreed to share details with Seed Bank",
        "A sign-in failed",
        "Your account was opened",
    ]
    assert [text.find(words) > 0 for words in told] == [True] * 3
    assert sorted(text.find(words) for words in told) == [text.find(words) for words in told]
    assert "To lend you seed" in text


def test_history_is_sorted_by_kind_and_month(site: Site, person: Person) -> None:
    """The filters leave out the rest; what nobody offers is passed over."""
    visitor = at(site, person, "/account/history")
    assert "You signed in" not in visitor.get("/account/history?kind=change").text
    assert "Your account was opened" in visitor.page.text
    assert "There is nothing of this kind" in visitor.get("/account/history?month=2020-01").text
    for odd in ("kind=x", "month=2026-13", "month=%00", "behind=x", f"behind={'9' * 4000}", "kind=read&kind=change"):
        assert visitor.get(f"/account/history?{odd}").status_code == 200


def test_history_has_pages(site: Site, person: Person) -> None:
    """From one page to the next nothing is told twice or left out."""
    visitor = site.visitor()
    visitor.get("/account")
    for _ in range(5):
        visitor.submit("/password", identifier=person.username, password="wrong")
        site.clock.advance(7200)
        visitor.get("/account")
    site.sign_in(visitor, person)
    with site.app.app_context():
        from idp.selfservice.history import History

        history = History(db.session())
        every = [entry.id for entry in history.whole(person.id)]
        first = history.page(person.id, size=4)
        second = history.page(person.id, behind=first.older, size=len(every))
        assert [entry.id for entry in (*first.entries, *second.entries)] == every
        assert second.older is None
    assert len(every) >= 8


def test_readings_of_the_record_are_told(site: Site, person: Person) -> None:
    """Who of the staff read, and why."""
    from idp.web.selfservice_rooms import concerns

    visitor = at(site, person, "/account/history")
    link = next(link for link in visitor.links() if link.endswith("/concern"))
    visitor.get(link)
    visitor.submit("/concern", words="I was not there.\r\nSomebody else was.")
    assert visitor.path == "/account/concerns"
    assert "I was not there." in visitor.page.text
    with site.app.app_context():
        (mine,) = [one for one in concerns().waiting("operator") if one.subscriber_id == person.id]
        assert mine.words == "I was not there.\nSomebody else was."
        assert concerns().answer(mine.id, "We looked: it was your tablet.", "operator") is None
        assert concerns().answer(mine.id, "Again.", "operator") is not None
        db.session.commit()
    assert "it was your tablet" in visitor.get("/account/concerns").text
    text = visitor.get("/account/history?kind=read").text
    assert "A member of staff read your record" in text
    assert "To answer a report of yours" in text


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001, "x" * 9000, "bad\x00"])
def test_reports_without_words_are_refused(site: Site, person: Person, words: str) -> None:
    """Empty, or over two thousand characters."""
    visitor = at(site, person, "/account/history")
    visitor.get(next(link for link in visitor.links() if link.endswith("/concern")))
    assert visitor.submit("/concern", words=words).status_code == 400
    assert "concern.reported" not in site.events(person)


def test_entries_of_others_cannot_be_reported(site: Site, person: Person) -> None:
    """AC-090: a foreign entry is a 404, as one that never was; the attempt is audited."""
    address = next(link for link in at(site, person, "/account/history").links() if link.endswith("/concern"))
    thief = site.person()
    visitor = at(site, thief, "/account/devices")
    token = token_of(visitor)
    for path in (address, f"/account/history/{uuid.uuid4()}/concern"):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, csrf_token=token, words="mine").status_code == 404
    assert site.events(thief).count("authorization.refused") == 2


def test_devices_are_named_and_this_one_is_marked(site: Site, person: Person) -> None:
    """Browser and system in words; where it stands is not told."""
    visitor = site.visitor()
    visitor.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Firefox/140.0"
    visitor.get("/account/devices")
    site.sign_in(visitor, person)
    assert visitor.page.text.count("Firefox on Android") == 2
    assert "This browser, now" in visitor.page.text
    assert "192.0.2" not in visitor.page.text


def test_signing_out_of_another_place(site: Site, person: Person) -> None:
    """The other browser is out, this one stays; and the other way round for all others."""
    phone, desk = at(site, person, "/account"), at(site, person, "/account/devices")
    other = next(form for form in desk.page.text.split("<form")[1:] if "/end" in form and "Sign out there" in form)
    desk.post(other.partition('action="')[2].partition('"')[0], csrf_token=token_of(desk))
    assert "Signed out there" in desk.page.text
    phone.get("/account")
    assert phone.path.startswith("/signin/")
    assert desk.get("/account").status_code == 200
    site.sign_in(phone, person)
    desk.get("/account/devices")
    desk.submit("/end-others")
    phone.get("/account")
    assert phone.path.startswith("/signin/")
    desk.get("/account")
    assert desk.path == "/account"


def test_signing_out_everywhere_ends_this_one_too(site: Site, person: Person) -> None:
    """No session is left."""
    phone, desk = at(site, person, "/account"), at(site, person, "/account/devices")
    desk.submit("/end-all")
    assert desk.path == "/signed-out"
    for visitor in (phone, desk):
        visitor.get("/account")
        assert visitor.path.startswith("/signin/")


def test_a_forgotten_browser_is_not_known(site: Site, person: Person) -> None:
    """It leaves the list, and signs in as a new one."""
    visitor = at(site, person, "/account/devices")
    visitor.submit("/forget")
    assert "known no longer" in visitor.page.text
    assert "device.forgotten" in site.events(person)
    assert "There are none." in visitor.page.text


@pytest.mark.parametrize("address", ["/account/devices/sessions/{}/end", "/account/devices/{}/forget"])
def test_sessions_and_devices_of_others_are_not_found(site: Site, person: Person, address: str) -> None:
    """AC-090: ending or forgetting by a foreign id is a 404 and audited, as for one that never was; nothing ends."""
    visitor = at(site, person, "/account/devices")
    mark = '/end"' if "end" in address else '/forget"'
    form = next(form for form in visitor.page.text.split("<form")[1:] if mark in form)
    known = form.partition('action="')[2].partition('"')[0]
    thief = site.person()
    intruder = at(site, thief, "/account/devices")
    token = token_of(intruder)
    seen = [intruder.post(path, csrf_token=token) for path in (known, address.format(uuid.uuid4()))]
    assert [answer.status_code for answer in seen] == [404, 404]
    assert site.events(thief).count("authorization.refused") == 2
    assert visitor.get("/account").status_code == 200
    assert visitor.path == "/account"


def test_a_copy_of_everything_is_made_and_fetched(site: Site) -> None:
    """Progress, JSON and PDF; the file holds what was recorded and no secret; one a day; gone after a day."""
    from idp.cli.selfservice_tasks import clear_away_exports, make_export
    from idp.selfservice.models import DataExportRow

    person = site.person(name="Ɛbony Ɔkra Ŋ", email="ebony@mail.example", email_verified=True)
    visitor = at(site, person, "/account/details")
    visitor.get("/account/data")
    visitor.submit("/account/data/ask")
    assert visitor.page.status_code == 200, visitor.title
    assert "0 percent done" in visitor.page.text
    assert visitor.page.headers["Refresh"] == "3"
    with site.app.app_context():
        waiting = str(db.session.scalars(db.select(DataExportRow.id).filter_by(subscriber_id=person.id)).one())
        make_export(waiting)
        make_export(waiting)
    visitor.get("/account/data")
    assert "Your copy is ready" in visitor.page.text
    assert "Refresh" not in visitor.page.headers
    form = visitor.page
    document = visitor.submit("/json")
    assert document.headers["Cache-Control"] == "no-store"
    assert "attachment" in document.headers["Content-Disposition"]
    copy = json.loads(document.text)
    assert "Ɛbony Ɔkra Ŋ" in [one["value"] for one in copy["details"]]
    assert copy["account"]["user_name"] == person.username
    assert "argon2" not in document.text
    assert PASSWORD not in document.text
    assert {entry["event"] for entry in copy["history"]} >= {"subscriber.created", "session.started", "export.asked"}
    visitor.page = form
    printed = visitor.submit("/pdf")
    assert printed.data.startswith(b"%PDF-")
    assert len(printed.data) > 5000
    assert site.events(person).count("export.fetched") == 2
    visitor.page = form
    token = token_of(visitor)
    assert visitor.post("/account/data/ask", csrf_token=token).status_code == 400
    site.clock.advance(24 * 3600 + 60)
    with site.app.app_context():
        assert clear_away_exports() >= 1
        row = db.session.scalars(db.select(DataExportRow).filter_by(subscriber_id=person.id)).one()
        assert (row.state, row.sealed_document, row.sealed_print) == ("expired", None, None)
        assert {letter["notice"] for letter in letters(site.services, db.session(), person.id)} >= {"export_ready"}


def test_copies_of_others_are_not_found(site: Site, person: Person) -> None:
    """AC-090: a foreign copy is a 404, as one that never was."""
    from idp.cli.selfservice_tasks import make_export
    from idp.selfservice.models import DataExportRow

    visitor = at(site, person, "/account/data")
    visitor.submit("/account/data/ask")
    with site.app.app_context():
        made = db.session.scalars(db.select(DataExportRow.id).filter_by(subscriber_id=person.id)).one()
        make_export(str(made))
    thief = site.person()
    intruder = at(site, thief, "/account/data")
    token = token_of(intruder)
    for path in (f"/account/data/{made}/json", f"/account/data/{uuid.uuid4()}/json", f"/account/data/{made}/xml"):
        assert intruder.post(path, csrf_token=token).status_code == 404


def test_an_old_sign_in_fetches_nothing(site: Site, person: Person) -> None:
    """A copy is handed out only to somebody who proved a moment ago who they are."""
    from idp.cli.selfservice_tasks import make_export
    from idp.selfservice.models import DataExportRow

    visitor = at(site, person, "/account/data")
    visitor.submit("/account/data/ask")
    with site.app.app_context():
        made = db.session.scalars(db.select(DataExportRow.id).filter_by(subscriber_id=person.id)).one()
        make_export(str(made))
    visitor.get("/account/data")
    site.clock.advance(11 * 60)
    visitor.submit("/json")
    assert visitor.path.startswith("/signin/")
    assert "export.fetched" not in site.events(person)


def test_nobody_was_signed_in_for_what_came_before(site: Site, person: Person) -> None:
    """A wrong password and the first steps of a recovery are not told as the deeds of somebody signed in."""
    visitor = site.visitor()
    visitor.get("/account")
    visitor.submit("/password", identifier=person.username, password="wrong")
    with site.app.app_context():
        from idp.audit import AuditEvent, Event
        from idp.web.rooms import trail

        for event in (Event.RECOVERY_STARTED, Event.RECOVERY_DONE):
            trail().append(AuditEvent(event, subscriber_id=person.id, body={}))
        db.session.commit()
    site.sign_in(visitor, person)
    text = visitor.get("/account/history").text
    for words, who in (
        ("A sign-in failed", "You, or somebody who tried to sign in as you"),
        ("Somebody began to get back", "You, or somebody else: nobody was signed in"),
        ("A new password was set by getting back", "You, or somebody else: nobody was signed in"),
        ("You signed in", "You, or somebody signed in as you"),
    ):
        assert f"<dd>{who}</dd>" in text.partition(f"<b>{words}")[2].partition("</li>")[0], words


def test_months_begin_with_the_account(site: Site, person: Person) -> None:
    """No month is offered in which there was nothing yet."""
    visitor = at(site, person, "/account/history")
    months = visitor.page.text.partition('id="month"')[2].partition("</select>")[0]
    assert months.count("<option") == 2
    site.clock.advance(40 * 24 * 3600)
    visitor = at(site, person, "/account/history")
    months = visitor.page.text.partition('id="month"')[2].partition("</select>")[0]
    assert months.count("<option") in {3, 4}


def test_who_confirms_before_a_copy_is_told_to_go_on(site: Site) -> None:
    """The button has done nothing yet: the page says so, and only for as long as it is true."""
    person = site.person(totp=True)
    visitor = at(site, person, "/account/data")
    site.clock.advance(700)
    visitor.get("/account/data")
    assert "You have confirmed" not in visitor.page.text
    visitor.submit("/account/data/ask")
    assert visitor.path.startswith("/signin/")
    site.sign_in(visitor, person)
    assert visitor.path == "/account/data"
    assert "You have confirmed that it is you" in visitor.page.text
    visitor.submit("/account/data/ask")
    assert "Your copy is being made" in visitor.page.text
    site.clock.advance(700)
    assert "You have confirmed" not in visitor.get("/account/data?said=confirmed").text
