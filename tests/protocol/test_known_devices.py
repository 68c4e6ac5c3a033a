"""Known devices: whoever signs in where they were not known is told of it, and nobody is told twice."""

from __future__ import annotations

from tests.protocol.driver import Browser, Person, RelyingParty, shown
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider


def told(provider: Provider, person: Person) -> tuple[int, int]:
    """How many notices of a new device were queued, and links in them made."""
    messages = provider.query(
        "select 1 from outbox_message where notice = 'new_device' and subscriber_id = %(id)s::uuid", {"id": person.id}
    )
    links = provider.query(
        "select concerns from security_link where kind = 'not_me' and subscriber_id = %(id)s::uuid", {"id": person.id}
    )
    return len(messages), len(links)


def test_sign_in_on_a_new_device_is_told_once(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """One notice to each verified contact, with a link about the session; none for a device that is known."""
    person = provider.enrol()
    sign_in(tax, person, visitor)
    assert told(provider, person) == (1, 1)
    sign_in(tax, person, visitor, prompt="login")
    assert told(provider, person) == (1, 1)
    sign_in(tax, person, provider.browser())
    assert told(provider, person) == (2, 2)
    sessions = {row["session_id"] for row in provider.events("session.started", subscriber_id=person.id)}
    links = provider.query("select concerns from security_link where subscriber_id = %(id)s::uuid", {"id": person.id})
    assert {row["concerns"] for row in links} == sessions


def test_refused_sign_in_is_no_new_device(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """A wrong password, and a right one without its code, make no device known and tell nobody."""
    person = provider.enrol(totp=True)
    page = shown(visitor.open(tax.ask().url))
    for password in ("wrong password", person.password):
        page = shown(visitor.submit(page, "identifier", identifier=person.username, password=password))
    assert told(provider, person) == (0, 0)
    assert provider.query("select 1 from known_device where subscriber_id = %(id)s::uuid", {"id": person.id}) == []
