"""Staff sign in with a passkey and come to the page that they wanted; introducers as citizens do."""

import pytest
from sqlalchemy import update

from enrollment.centres import Role
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from tests.factories.floor import Floor
from tests.integration.web.test_passkey_pages import add, prove

pytestmark = pytest.mark.integration


def test_passkey_leads_to_the_page_that_was_asked_for(floor: Floor) -> None:
    """An officer opens Find without a session, taps the passkey, and is there; after ten minutes signing asks again."""
    site = floor.site
    person = site.person(ial=3)
    soft = add(site, site.visitor(), person)
    with site.app.app_context():
        db.session.execute(update(SubscriberRow).where(SubscriberRow.id == person.id).values(policy_group="staff"))
        db.session.commit()
    floor.employ(person.id, Role.OFFICER)
    visitor = site.visitor()
    visitor.get("/staff/find")
    assert visitor.path.startswith("/signin/")
    page = visitor.page.text
    assert page.index('data-passkey="get"') < page.index('name="identifier"')
    prove(visitor, soft)
    assert (visitor.page.status_code, visitor.path) == (200, "/staff/find")


def test_password_leads_an_introducer_to_their_page(floor: Floor) -> None:
    """A citizen with that role signs in as ever and comes back; one without it is told, with status 403."""
    site = floor.site
    person, other = site.person(), site.person()
    floor.employ(person.id, Role.INTRODUCER, posted=False)
    visitor = site.visitor()
    page = visitor.get("/introduce").text
    assert page.index('name="identifier"') < page.index('data-passkey="get"')
    site.sign_in(visitor, person)
    assert (visitor.page.status_code, visitor.path) == (200, "/introduce")
    stranger = site.visitor()
    stranger.get("/introduce")
    site.sign_in(stranger, other)
    assert (stranger.page.status_code, stranger.path) == (403, "/introduce")
