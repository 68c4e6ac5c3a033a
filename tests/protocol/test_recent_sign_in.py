"""Account pages ask who one is, and before a change ask it again; then they come back to where one was."""

from __future__ import annotations

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import add_code_generator, sign_in
from tests.protocol.provider import Provider

PAGE = "/account/methods/totp"


def passed(person: Person, browser: Browser, page: Page) -> Page:
    """The page after the person proved who they are."""
    return shown(person.go_on(browser, page)) if page.offers("identifier") else page


def test_page_is_come_back_to_after_a_sign_in(provider: Provider, visitor: Browser) -> None:
    """AC-069: whoever was not signed in ends at the page they asked for, by its name and not by an address."""
    person = provider.enrol(email_verified=False)
    asked = shown(visitor.open(f"{PAGE}?next=https://evil.example/"))
    assert asked.offers("password")
    assert passed(person, visitor, asked).url == f"{provider.issuer}{PAGE}"


@pytest.mark.parametrize(("minutes", "again"), [(9, False), (11, True)])
def test_change_needs_a_sign_in_of_the_last_ten_minutes(
    provider: Provider, visitor: Browser, clock: MovableClock, minutes: int, *, again: bool
) -> None:
    """After ten minutes the person proves who they are once more, and is back at the page."""
    person = provider.enrol(email_verified=False)
    passed(person, visitor, shown(visitor.open(PAGE)))
    clock.advance(minutes * 60)
    page = shown(visitor.open(PAGE))
    assert page.offers("password") is again
    assert passed(person, visitor, page).url == f"{provider.issuer}{PAGE}"


def test_form_sent_too_late_is_shown_again(provider: Provider, visitor: Browser, clock: MovableClock) -> None:
    """What was posted after the ten minutes changes nothing; after the sign-in its form is there again."""
    person = provider.enrol(email_verified=False)
    form = passed(person, visitor, shown(visitor.open(PAGE)))
    clock.advance(660)
    asked = shown(visitor.submit(form, "app_name", app_name="phone"))
    assert asked.offers("password")
    assert passed(person, visitor, asked).offers("app_name")


def test_change_needs_the_highest_level_of_the_person(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-071: a session of the password alone changes no factor of somebody who has a second one; the code is asked."""
    person = provider.enrol(email_verified=False)
    sign_in(tax, person, visitor)
    add_code_generator(visitor, person)
    page = shown(visitor.open(PAGE))
    assert page.offers("code")
    assert not page.offers("password")
    back = shown(visitor.submit(page, "code", code=person.code()))
    assert back.url == f"{provider.issuer}{PAGE}"
    assert back.status == 200


def test_nothing_is_changed_while_changes_are_locked(provider: Provider, visitor: Browser, clock: MovableClock) -> None:
    """After "this was not me" a plain page says until when, also to a form; afterwards it is as before."""
    person = provider.enrol(email_verified=False)
    form = passed(person, visitor, shown(visitor.open(PAGE)))
    until = {"id": person.id, "until": clock.now() + 3600}
    statement = (
        "update subscriber set changes_locked_until = to_timestamp(%(until)s) where id = %(id)s::uuid returning id"
    )
    assert provider.query(statement, until)
    for step in (visitor.open(PAGE), visitor.submit(form, "app_name", app_name="phone")):
        assert (shown(step).status, shown(step).heading) == (403, "Changes are locked for now")
    assert shown(visitor.open("/account")).status == 200
    clock.advance(3700)
    assert passed(person, visitor, shown(visitor.open(PAGE))).offers("app_name")
