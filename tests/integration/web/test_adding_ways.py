"""Adding a way to sign in: what a password alone is good for, and how what a stranger added is taken away again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from idp.authenticators.methods import Method
from idp.authenticators.newcomers import NEW_FOR
from idp.notices import LinkKind
from idp.web.code_rooms import overview, totp
from idp.web.extensions import db
from idp.web.rooms import disown, disown_method, links
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site
from tests.integration.web.recovering import DAY, NEW, Bureau

pytestmark = pytest.mark.integration

ADDING = ("/account/passkeys/add", "/account/methods/totp", "/account/methods/recovery-codes")
NO_PHONE: dict[str, Any] = {"phone_number": None, "phone_number_verified": None}
LOCKED = "Changes are locked for now - WanGov ID"


@pytest.fixture
def bureau(site: Site) -> Bureau:
    """The site with its worker."""
    return Bureau(site)


def at(site: Site, person: Person, path: str, visitor: Visitor | None = None) -> Visitor:
    """A browser that gave the password, and a code where the account asks for one, to come to this page."""
    site.clock.advance(60)
    visitor = visitor or site.visitor()
    visitor.get("/signin")
    site.sign_in(visitor, person)
    visitor.get(path)
    return visitor


def by_mail(bureau: Bureau, visitor: Visitor) -> None:
    """The code from the mailbox."""
    bureau.letters()
    visitor.submit("/email/send")
    visitor.submit("/email", code=bureau.code("email"))


def held(site: Site, person: Person) -> list[Method]:
    """The person's ways to sign in."""
    with site.app.app_context():
        return [way.method for way in overview().of(person.id)]


def bound(site: Site, person: Person) -> UUID:
    """An app that was added just now; what names it."""
    with site.app.app_context():
        totp().bind(person.id, person.username)
        db.session.commit()
        return totp().held_by(person.id)[-1].id


def pressed(visitor: Visitor, secret: str) -> Visitor:
    """The link of a notice, used."""
    visitor.get(f"/notice/{secret}")
    visitor.submit(f"/notice/{secret}")
    return visitor


def link_of(bureau: Bureau, notice: str) -> str:
    """The link in the newest unread message of this kind."""
    return bureau.letters(notice)[-1].parameters["link"]


@pytest.mark.parametrize("page", ADDING)
def test_a_password_alone_adds_nothing(bureau: Bureau, page: str) -> None:
    """Whoever knows the password is asked for a code from the mailbox first; its owner goes on with it."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    visitor = at(site, person, page)
    assert visitor.path.startswith("/signin/")
    assert "Get a code by e-mail" in visitor.title
    token = visitor.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    visitor.post(page, csrf_token=token, decision="make", app_name="mine", credential="{}")
    assert visitor.path.startswith("/signin/")
    visitor.post("/account/passkeys/options", csrf_token=token, follow=False)
    assert "challenge" not in visitor.page.text
    assert held(site, person) == [Method.PASSWORD]
    visitor.get(page)
    by_mail(bureau, visitor)
    assert (visitor.path, visitor.page.status_code) == (page, 200)


@pytest.mark.parametrize("page", ADDING)
def test_no_printed_code_is_used_up_by_adding(bureau: Bureau, page: str) -> None:
    """With printed codes and a mailbox the mailbox is asked, and no code is."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    bureau.paper(person)
    visitor = at(site, person, page)
    assert "Get a code by e-mail" in visitor.title
    visitor.get(f"{visitor.path}/ways")
    assert 'value="recovery-code"' not in visitor.page.text


def test_a_number_that_counts_is_asked_for(bureau: Bureau) -> None:
    """With a number the code goes there, since that reaches the higher level; one code is enough."""
    visitor = at(bureau.site, bureau.person(), ADDING[1])
    assert "Get a code by text message" in visitor.title
    bureau.letters()
    visitor.submit("/sms/send")
    visitor.submit("/sms", code=bureau.code("sms"))
    assert visitor.path == ADDING[1]


def test_who_has_no_address_is_asked_for_what_there_is(bureau: Bureau) -> None:
    """Without any address printed codes count again; with nothing at all the password has to do."""
    site = bureau.site
    bare, printed = site.person(), site.person()
    bureau.paper(printed)
    assert at(site, bare, ADDING[1]).path == ADDING[1]
    assert 'value="recovery-code"' in at(site, printed, ADDING[1]).page.text


def test_not_me_takes_away_what_was_added_and_the_owner_sets_a_password(bureau: Bureau) -> None:
    """The account of somebody with a mailbox and a password that a stranger knows is theirs again within minutes."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    home = at(site, person, "/account")
    site.clock.advance(3600)
    bureau.letters()
    stranger = at(site, person, "/account")
    secret = link_of(bureau, "new_device")
    site.clock.advance(60)
    bound(site, person)
    bureau.paper(person)
    page = pressed(site.visitor(), secret).page.text
    assert "Authenticator app" in page
    assert "Recovery codes" in page
    assert held(site, person) == [Method.PASSWORD]
    assert stranger.get("/account", follow=False).status_code == 303
    at(site, person, "/account/password", home)
    assert "Get a code by e-mail" in home.title
    by_mail(bureau, home)
    home.submit("/account/password", present=PASSWORD, password=NEW)
    assert home.path == "/account/methods"
    assert bureau.can_sign_in(person, NEW)
    assert not bureau.can_sign_in(person, PASSWORD)


def test_the_stranger_sets_no_password_under_the_hold(bureau: Bureau) -> None:
    """Neither with the password on a device of their own, nor with the mailbox beside it."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    at(site, person, "/account")
    site.clock.advance(3600)
    bureau.letters()
    stranger = at(site, person, "/account")
    pressed(site.visitor(), link_of(bureau, "new_device"))
    at(site, person, "/account/password", stranger)
    assert (stranger.page.status_code, stranger.title) == (403, LOCKED)


def test_what_has_long_stood_stays(bureau: Bureau) -> None:
    """Whoever reads the owner's mail strips nothing that was there for a week, by whichever link."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    at(site, person, "/account")
    (session,) = [row.session_id for row in site.audit(subscriber_id=person.id, event="session.started")]
    site.clock.advance(60)
    app = bound(site, person)
    bureau.paper(person)
    site.clock.advance(NEW_FOR.total_seconds() + DAY)
    with site.app.app_context():
        assert disown_method(person.id, app) is None
        assert disown(person.id, session).removed == ()
        db.session.commit()
    assert held(site, person) == [Method.PASSWORD, Method.TOTP, Method.RECOVERY_CODE]


def test_the_notice_of_a_new_way_takes_exactly_that_away(bureau: Bureau) -> None:
    """Its link removes it and nothing else, ends every session, holds changes, and is good once."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    at(site, person, "/account")
    bureau.paper(person)
    site.clock.advance(10 * DAY)
    visitor = at(site, person, "/account/methods/recovery-codes")
    by_mail(bureau, visitor)
    bureau.letters()
    visitor.submit("/account/methods/recovery-codes", decision="make")
    secret = link_of(bureau, "method_added")
    app = bound(site, person)
    owner = site.visitor()
    owner.get(f"/notice/{secret}")
    assert "Recovery codes" in owner.page.text
    assert held(site, person)[-1] is Method.RECOVERY_CODE
    pressed(owner, secret)
    assert "The new way to sign in is removed" in owner.title
    assert held(site, person) == [Method.PASSWORD, Method.TOTP]
    with site.app.app_context():
        assert [one.id for one in totp().held_by(person.id)] == [app]
    assert visitor.get("/account", follow=False).status_code == 303
    assert {"notice.link_used", "authenticator.removed", "signin.disowned"} <= set(site.events(person))
    owner.get(f"/notice/{secret}")
    assert owner.page.status_code == 404


def test_a_link_of_somebody_else_takes_nothing_away(bureau: Bureau) -> None:
    """AC-090: a link acts on its own person's ways to sign in alone."""
    site, person, stranger = bureau.site, bureau.person(**NO_PHONE), bureau.person(**NO_PHONE)
    app = bound(site, person)
    with site.app.app_context():
        secret = links().make(LinkKind.REMOVE_METHOD, stranger.id, app, NEW_FOR)
        db.session.commit()
    assert pressed(site.visitor(), secret).page.status_code == 404
    assert Method.TOTP in held(site, person)


def test_of_fifty_removals_one_is_done(bureau: Bureau) -> None:
    """However often the link's answer runs at the same moment."""
    site, person = bureau.site, bureau.person(**NO_PHONE)
    app = bound(site, person)
    barrier = threading.Barrier(4)

    def race(first: int) -> int:
        barrier.wait()
        done = 0
        for _ in range(first, 50, 4):
            with site.app.app_context():
                done += disown_method(person.id, app) is not None
                db.session.commit()
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(race, range(4))) == 1


def test_the_hold_never_keeps_what_is_new(bureau: Bureau) -> None:
    """On a device known before it was added a new app goes under the hold; elsewhere, and an old one, does not."""
    site, person = bureau.site, bureau.person(totp=True, **NO_PHONE)
    home = at(site, person, "/account")
    site.clock.advance(10 * DAY)
    new = bound(site, person)
    site.clock.advance(5 * DAY)
    elsewhere = at(site, person, "/account")
    with site.app.app_context():
        assert disown(person.id, None).removed == ()
        old = next(one.id for one in totp().held_by(person.id) if one.id != new)
        db.session.commit()
    for visitor, app in ((elsewhere, new), (home, old)):
        at(site, person, f"/account/methods/totp/{app}/remove", visitor)
        assert (visitor.page.status_code, visitor.title) == (403, LOCKED)
    home.get(f"/account/methods/totp/{new}/remove")
    home.submit("/remove", decision="remove")
    assert home.path == "/account/methods"
    with site.app.app_context():
        assert [one.id for one in totp().held_by(person.id)] == [old]
