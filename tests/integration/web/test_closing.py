import importlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.cli.selfservice_tasks import close_due, make_export
from idp.database import Base
from idp.errors import Code, Refusal
from idp.keys.models import PersonKeyRow
from idp.selfservice.erasure import KEPT, REMOVED
from idp.selfservice.models import DataExportRow
from idp.web.extensions import db
from tests.architecture.tree import modules
from tests.factories import dumps
from tests.factories.mail import letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration
DAY = timedelta(hours=24).total_seconds()
# Values that occur nowhere else, whatever the code does with them.
PLANTED = {
    "name": "Zubrowka Quillfeather",
    "given_name": "Zubrowka",
    "family_name": "Quillfeather",
    "email": "zubrowka.q@planted.example",
    "birthdate": "1931-07-19",
    "gender": "quintessential",
    "address": {"street_address": "77 Plantation Mews", "locality": "Nowheretown"},
}
TRACES = ("ubrowka", "uillfeather", "planted.example", "1931-07-19", "quintessential", "lantation Mews", "wheretown")


def at(site: Site, person: Person, path: str) -> Visitor:
    """A browser of a person who signed in a moment ago, on an account page."""
    visitor = site.visitor()
    visitor.get(path)
    site.sign_in(visitor, person)
    assert visitor.path == path, visitor.title
    return visitor


def ask(site: Site, person: Person) -> Visitor:
    """Ask for the account to be closed."""
    visitor = at(site, person, "/account/close")
    visitor.submit("/close", sure="close")
    assert visitor.path == "/account/close/begun", visitor.title
    return visitor


def work(site: Site) -> int:
    """What the worker does each minute."""
    with site.app.app_context():
        return close_due()


def state_of(site: Site, person: Person) -> str:
    """The account's state."""
    from idp.web.rooms import directory

    with site.app.app_context():
        found = directory().get(person.id)
        assert found is not None
        return found.state.value


@pytest.fixture
def person(site: Site) -> Iterator[Person]:
    """Somebody with a code generator and a proven address. What was asked of them is carried out in the end."""
    yield site.person(totp=True, email="stays@mail.example", email_verified=True)
    site.clock.advance(2 * DAY)
    work(site)


def test_closing_waits_a_day_and_is_carried_out(site: Site, person: Person) -> None:
    """Signed out at once, closed after 24 hours and not a minute before; then nobody signs in."""
    visitor = ask(site, person)
    visitor.get("/account")
    assert visitor.path.startswith("/signin/")
    site.clock.advance(DAY - 60)
    work(site)
    assert state_of(site, person) == "active"
    site.clock.advance(120)
    work(site)
    assert state_of(site, person) == "erased"
    late = site.visitor()
    late.get("/account")
    assert late.submit("/password", identifier=person.username, password=PASSWORD).status_code == 400
    assert "user name or the password is not right" in late.page.text
    assert site.events(person)[-3:] == ["subscriber.state_changed", "subscriber.state_changed", "subscriber.erased"]


def test_only_a_tick_and_the_button_begin_it(site: Site, person: Person) -> None:
    """Anything else leaves the account as it is."""
    visitor = at(site, person, "/account/close")
    assert visitor.submit("/close").status_code == 400
    assert visitor.title.startswith("Error:")
    assert visitor.submit("/close", sure="no").status_code == 400
    assert "closing.asked" not in site.events(person)


def test_a_link_in_the_message_stops_it(site: Site, person: Person) -> None:
    """Once; the account stays."""
    from idp.notices.links import SecurityLink
    from idp.web.rooms import links
    from idp.web.selfservice_rooms import closings

    ask(site, person)
    with site.app.app_context():
        told = [one for one in letters(site.services, db.session(), person.id) if one["notice"] == "closing_asked"]
        link = links().spend(told[0]["link"])
        assert isinstance(link, SecurityLink)
        assert link.concerns is not None
        assert closings().stop(person.id, link.concerns) is None
        assert closings().stop(person.id, link.concerns) == Refusal(Code.CLOSING_STATE)
        db.session.commit()
    site.clock.advance(DAY + 60)
    work(site)
    assert state_of(site, person) == "active"


def test_a_sign_in_stops_it(site: Site, person: Person) -> None:
    """Whoever signs in again keeps the account, and may ask anew."""
    ask(site, person)
    site.clock.advance(3600)
    assert "Your account stays open" in at(site, person, "/account").page.text
    site.clock.advance(DAY)
    work(site)
    assert state_of(site, person) == "active"
    assert "closing.stopped" in site.events(person)
    site.clock.advance(3600)
    ask(site, person)
    assert site.events(person).count("closing.asked") == 2


def test_every_table_that_names_a_person_is_decided_about() -> None:
    """What refers to a subscriber goes with the person or stays for a stated reason, never by oversight."""
    for path in modules("idp", "enrollment"):
        if path.name == "models.py":
            importlib.import_module(".".join(path.with_suffix("").parts))
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "subscriber" for key in table.foreign_keys)
        or {"subscriber_id", "citizen_id", "person_id", "represented_id"} & set(table.columns.keys())
    }
    assert naming | {"subscriber"} == set(REMOVED) | set(KEPT)
    assert not set(REMOVED) & set(KEPT)


def test_nothing_of_an_erased_person_is_left(site: Site, redis_url: str) -> None:
    """AC-121, AC-122: planted values are in no dump of database and Valkey, and nothing sealed for them opens."""
    person = site.person(totp=True, email_verified=True, **PLANTED)
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), scope="openid profile email"))
    site.sign_in(visitor, person)
    visitor.submit(decision="allow", field=["name", "email"])
    assert answer_of(visitor)["code"]
    visitor.get("/account/details/correct/name")
    visitor.submit("/name", value="Zubrowka Lantation Mews", reason="Quillfeather is wrong.")
    visitor.get("/account/history")
    visitor.get(next(link for link in visitor.links() if link.endswith("/concern")))
    visitor.submit("/concern", words="It was not Zubrowka.")
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value="other@planted.example")
    visitor.get("/account/data")
    visitor.submit("/account/data/ask")
    with site.app.app_context():
        make_export(str(db.session.scalars(db.select(DataExportRow.id).filter_by(subscriber_id=person.id)).one()))
    visitor.get("/account/close")
    visitor.submit("/close", sure="close")
    address = db_address(site)
    backup = dumps.database(address)
    site.clock.advance(DAY + 60)
    work(site)
    assert state_of(site, person) == "erased"
    with site.app.app_context():
        assert db.session.query(PersonKeyRow).filter_by(person_id=person.id).count() == 0
    left = dumps.database(address) + dumps.short_lived(redis_url, site.services.ephemeral._prefix)
    assert str(person.id).encode() in left
    assert [trace for trace in TRACES if trace.encode() in left] == []
    assert [trace for trace in TRACES if trace.encode().hex().encode() in left] == []
    assert [trace for trace in TRACES if trace.encode() in backup] == []
    assert b"person_key" in backup


def test_who_was_erased_is_nobody_else(site: Site) -> None:
    """AC-086: the user name goes to nobody; the identifier, from which every `sub` is made, stays taken."""
    from idp.subscribers import NewSubscriber
    from idp.web.rooms import directory

    person = site.person(totp=True)
    ask(site, person)
    site.clock.advance(DAY + 60)
    work(site)
    with site.app.app_context():
        again = directory().create(NewSubscriber(person.username))
        assert isinstance(again, Refusal)
        assert again.code is Code.SUBSCRIBER_EXISTS
        db.session.rollback()
        assert directory().get(person.id) is not None


def db_address(site: Site) -> str:
    """The database of the site."""
    with site.app.app_context():
        return db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "").partition("?")[0]


def test_whoever_kept_the_account_is_told(site: Site, person: Person) -> None:
    """By message, as soon as the worker comes by and not only when the day is over."""
    ask(site, person)
    site.clock.advance(3600)
    visitor = at(site, person, "/account")
    work(site)
    with site.app.app_context():
        notices = [letter["notice"] for letter in letters(site.services, db.session(), person.id)]
    assert notices.count("closing_stopped") == 1
    assert "Your account stays open" in visitor.get("/account").text
    site.clock.advance(2 * DAY)
    work(site)
    assert state_of(site, person) == "active"
    assert "Your account stays open" not in at(site, person, "/account").page.text
