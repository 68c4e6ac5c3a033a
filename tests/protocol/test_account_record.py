"""People run their own record over HTTP, with scripts off; operators and the worker do their part by command."""

import json

import pytest

from tests.protocol.driver import Browser, Person, shown
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider
from tests.protocol.record import opened, pressed


@pytest.fixture
def someone(provider: Provider) -> Person:
    """A person with a code generator and no contact point that is proven."""
    return provider.enrol(totp=True, email_verified=False)


def test_every_page_of_the_account_is_reached_from_its_first(visitor: Browser, someone: Person) -> None:
    """No link of the list is dead, and each page leads back."""
    home = opened(someone, visitor, "/account")
    links = {url for url in home.links.values() if "/account/" in url}
    assert len(links) >= 8
    for url in links:
        page = shown(someone.go_on(visitor, visitor.open(url)))
        assert page.status == 200, url
        assert page.headers["Cache-Control"] == "no-store"
        assert any(link.endswith("/account") for link in page.links.values()), url


def test_a_correction_is_decided_by_the_registry(provider: Provider, visitor: Browser, someone: Person) -> None:
    """Proposed on a page, decided by command, shown on the page; the reading of it stands in the history."""
    page = opened(someone, visitor, "/account/details/correct/birthdate")
    page = pressed(visitor, page, "/birthdate", value="1991-04-27", reason="So says my birth certificate.")
    assert "Waiting for the registry" in page.text
    waiting = provider.operate("subscriber", "corrections", "list")
    (mine,) = [one for one in waiting if one["subscriber_id"] == someone.id]
    assert (mine["recorded"], mine["proposed"]) == ("1990-04-27", "1991-04-27")
    decide = ("subscriber", "corrections", "decide", mine["id"], "--accept", "--because", "document_seen")
    assert provider.operate(*decide) == {"id": mine["id"], "state": "accepted"}
    assert provider.refused(*decide)["error"] == "correction.state"
    page = opened(someone, visitor, "/account/details")
    assert "27 April 1991" in page.text
    assert "A member of staff read your record" in opened(someone, visitor, "/account/history").text
    bodies = json.dumps([row["body"] for row in provider.events(subscriber_id=someone.id)])
    assert "1991" not in bodies
    assert "birth certificate" not in bodies


def test_a_report_is_answered(provider: Provider, visitor: Browser, someone: Person) -> None:
    """Written on a page, answered by command, read on the page."""
    history = opened(someone, visitor, "/account/history")
    page = shown(visitor.open(next(url for url in history.links.values() if url.endswith("/concern"))))
    page = pressed(visitor, page, "/concern", words="That was not me.")
    assert "That was not me." in page.text
    (mine,) = [one for one in provider.operate("subscriber", "concerns", "list") if one["subscriber_id"] == someone.id]
    provider.operate("subscriber", "concerns", "answer", mine["id"], document={"answer": "It was your new phone."})
    assert "It was your new phone." in opened(someone, visitor, "/account/concerns").text


def test_a_copy_is_made_by_the_worker_and_downloaded(provider: Provider, visitor: Browser, someone: Person) -> None:
    """Asked for, made by `worker --once`, downloaded as JSON and as a PDF."""
    page = opened(someone, visitor, "/account/data")
    page = pressed(visitor, page, "/account/data/ask")
    assert "Your copy is being made" in page.text
    provider.operate("worker", "--once")
    page = opened(someone, visitor, "/account/data")
    for form in (form for form in page.forms if "/account/data/" in form.action and not form.action.endswith("/ask")):
        answer = visitor.raw("POST", form.action, data=form.held)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        if form.action.endswith("json"):
            assert answer.json()["account"]["number"] == someone.id
        else:
            assert answer.content.startswith(b"%PDF-")


def test_links_of_messages_undo_what_was_asked(provider: Provider, visitor: Browser) -> None:
    """A change of contact is taken back, and the account kept open, from any browser and without a sign-in."""
    person = provider.enrol(totp=True, email="before@mail.example", email_verified=True)
    mailbox, anywhere = Mailbox(provider.live), provider.browser()
    page = opened(person, visitor, "/account/details/contact/email")
    page = pressed(visitor, page, "/contact/email", value="after@mail.example")
    page = shown(visitor.submit(page, "code", code=mailbox.last(person.id).code))
    assert "after@mail.example" in page.text
    provider.live.clock.advance(31)
    page = opened(person, visitor, "/account/close")
    pressed(visitor, page, "/close", sure="close")
    letters = [mailbox.last(person.id, notice) for notice in ("contact_changed", "closing_asked")]
    mailbox.close()
    assert [letter.to for letter in letters] == ["before@mail.example", "after@mail.example"]
    # The second ends every sign-in that may have been a stranger's, and with it what was asked in them.
    for letter in reversed(letters):
        page = shown(anywhere.open(f"/notice/{letter.parameters['link']}"))
        form = next(form for form in page.forms if "/notice/" in form.action)
        assert shown(anywhere.open(form.action, form.held, headers={"Referer": page.url})).status == 200
    provider.live.clock.advance(2 * 24 * 3600)
    provider.operate("worker", "--once")
    page = opened(person, visitor, "/account/details")
    assert "before@mail.example" in page.text
    assert "after@mail.example" not in page.text
    assert provider.events("subscriber.erased", subscriber_id=person.id) == []
