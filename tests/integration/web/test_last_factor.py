"""The last second factor stays until the password is long enough to open the account alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from idp.authenticators.models import PasswordRow, TotpRow
from idp.web.account.password import _passwords as passwords
from idp.web.code_rooms import totp
from idp.web.extensions import db
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site

pytestmark = pytest.mark.integration

SHORT = "wet tin hat"
LONG = "quiet rain on tin roofs"
REFUSED = "First set a longer password - WanGov ID"


def at(site: Site, person: Person, path: str, password: str = PASSWORD) -> Visitor:
    """A browser of a person who signed in a moment ago."""
    site.clock.advance(60)
    visitor = site.visitor()
    visitor.get(path)
    visitor.submit("/password", identifier=person.username, password=password)
    visitor.submit("/code", code=site.code(person))
    assert visitor.path == path, visitor.title
    return visitor


def shortened(site: Site, **claims: Any) -> tuple[Person, Visitor]:
    """Somebody with an app who set a password that is long enough beside it, and no longer."""
    person = site.person(totp=True, **claims)
    visitor = at(site, person, "/account/password")
    visitor.submit("/account/password", password=SHORT)
    assert visitor.path == "/account/methods"
    return person, visitor


def generators(site: Site, person: Person) -> list[UUID]:
    """The person's apps."""
    with site.app.app_context():
        return list(db.session.scalars(select(TotpRow.id).where(TotpRow.subscriber_id == person.id)))


def removal(site: Site, person: Person) -> str:
    """Where the first app is taken away."""
    return f"/account/methods/totp/{generators(site, person)[0]}/remove"


def test_a_short_password_keeps_the_last_app(site: Site) -> None:
    """By page and by form nothing is removed, and the page leads to a longer password; then it goes."""
    person, visitor = shortened(site)
    address = removal(site, person)
    visitor.get("/account/password")
    token = visitor.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    visitor.get(address)
    assert (visitor.page.status_code, visitor.title) == (409, REFUSED)
    visitor.post(address, csrf_token=token, decision="remove")
    assert (visitor.page.status_code, visitor.title) == (409, REFUSED)
    assert len(generators(site, person)) == 1
    visitor.get(next(link for link in visitor.links() if link.startswith("/account/password")))
    assert "At least 15 characters" in visitor.page.text
    visitor.submit("alone=1", password=SHORT)
    assert visitor.page.status_code == 400
    visitor.submit("alone=1", password=LONG)
    assert visitor.path == "/account/methods"
    visitor.get(address)
    visitor.submit("/remove", decision="remove")
    assert visitor.path == "/account/methods"
    assert generators(site, person) == []


def test_a_long_password_lets_it_go(site: Site) -> None:
    """Nothing is asked of somebody whose password would do alone."""
    person = site.person(totp=True)
    visitor = at(site, person, removal(site, person))
    visitor.submit("/remove", decision="remove")
    assert generators(site, person) == []


def test_another_factor_is_enough(site: Site) -> None:
    """With two apps one goes; the other is then the last."""
    person, visitor = shortened(site)
    with site.app.app_context():
        totp().bind(person.id, person.username)
        db.session.commit()
    visitor.get(removal(site, person))
    visitor.submit("/remove", decision="remove")
    assert len(generators(site, person)) == 1
    assert visitor.get(removal(site, person)).status_code == 409


def test_a_password_of_unknown_length_is_learned_at_sign_in(site: Site) -> None:
    """One that was set before lengths were noted counts as short until it was typed, and not longer."""
    person = site.person(totp=True)
    unknown = update(PasswordRow).where(PasswordRow.subscriber_id == person.id).values(stands_alone=False)
    with site.app.app_context():
        db.session.execute(unknown)
        db.session.commit()
        assert passwords().left_short(person.id)
        db.session.rollback()
        assert passwords().check(person.id, "kettle on the red hill") is False
        assert passwords().left_short(person.id)
        db.session.rollback()
    visitor = at(site, person, removal(site, person))
    assert visitor.page.status_code == 200


def test_two_removals_at_once_leave_one(site: Site) -> None:
    """Of fifty who each take away one of two apps at the same moment, one does."""
    person, _ = shortened(site)
    with site.app.app_context():
        totp().bind(person.id, person.username)
        db.session.commit()
    both = generators(site, person)
    barrier = threading.Barrier(4)

    def race(first: int) -> int:
        barrier.wait()
        removed = 0
        for turn in range(first, 50, 4):
            with site.app.app_context():
                if not passwords().left_short(person.id):
                    removed += totp().remove(person.id, both[turn % 2]) is None
                db.session.commit()
        return removed

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(race, range(4))) == 1
    with site.app.app_context():
        left = select(func.count()).where(TotpRow.subscriber_id == person.id)
        assert db.session.scalar(left) == 1
