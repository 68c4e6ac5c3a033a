import uuid

import pytest

from idp.web.extensions import db
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def sharing(site: Site, person: Person, **metadata: object) -> Visitor:
    """A browser of a person who agreed to share something, on the page of services."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(**metadata)))
    site.sign_in(visitor, person)
    visitor.submit(decision="allow", field=["name"])
    assert answer_of(visitor)["code"]
    visitor.get("/account/services")
    return visitor


def withdraw_link(visitor: Visitor) -> str:
    """The page's link that stops sharing."""
    return next(link for link in visitor.links() if link.endswith("/withdraw"))


def test_the_page_lists_who_sees_what(site: Site) -> None:
    """Service, purpose, fields, and a way to stop each."""
    visitor = sharing(site, site.person(), client_name="Seed Bank", purpose="To lend you seed")
    assert all(words in visitor.page.text for words in ("Seed Bank", "To lend you seed"))
    assert withdraw_link(visitor)


def test_an_empty_list_says_what_to_expect(site: Site) -> None:
    """Nobody is left before a blank page."""
    visitor = site.visitor()
    visitor.get("/account/services")
    site.sign_in(visitor, site.person())
    assert "none yet" in visitor.page.text


def test_stopping_asks_first_and_then_tells(site: Site) -> None:
    """A page to confirm, a post that does it, and a banner; afterwards the service must ask anew."""
    person = site.person()
    visitor = sharing(site, person, client_name="Seed Bank")
    visitor.get(withdraw_link(visitor))
    assert "Stop sharing with Seed Bank?" in visitor.page.text
    assert "consent.withdrawn" not in site.events(person)
    visitor.submit("/withdraw", decision="withdraw")
    assert visitor.path == "/account/services"
    assert "Seed Bank may no longer see" in visitor.page.text
    assert "consent.withdrawn" in site.events(person)
    (row,) = site.audit(subscriber_id=person.id, event="consent.withdrawn")
    visitor.get(authorize_address(row.client_id or ""))
    assert visitor.path.startswith("/consent/")


def test_stopping_twice_is_no_error(site: Site) -> None:
    """A second tab's button finds it done."""
    person = site.person()
    visitor = sharing(site, person)
    visitor.get(withdraw_link(visitor))
    form = visitor.page
    for _ in range(2):
        visitor.page = form
        visitor.submit("/withdraw", decision="withdraw")
        assert visitor.path == "/account/services"
    assert site.events(person).count("consent.withdrawn") == 1


@pytest.mark.parametrize("decision", [[], ["stay"], ["withdraw", "stay"]])
def test_only_the_button_stops_it(site: Site, decision: list[str]) -> None:
    """Any other form leaves everything as it is."""
    person = site.person()
    visitor = sharing(site, person)
    visitor.get(withdraw_link(visitor))
    assert visitor.submit("/withdraw", decision=decision).status_code == 400
    assert "consent.withdrawn" not in site.events(person)


def test_another_persons_consent_does_not_exist(site: Site) -> None:
    """Foreign and made-up ones are the same 404, by page and by post; the attempt is audited (AC-090)."""
    owner, thief = site.person(), site.person()
    address = withdraw_link(sharing(site, owner))
    visitor = sharing(site, thief)
    visitor.get(withdraw_link(visitor))
    form = visitor.page
    foreign = visitor.get(address)
    made_up = visitor.get(f"/account/services/{uuid.uuid4()}/withdraw")
    assert (foreign.status_code, made_up.status_code) == (404, 404)
    token = form.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    posted = visitor.post(address, csrf_token=token, decision="withdraw")
    assert posted.status_code == 404
    assert "consent.withdrawn" not in site.events(owner)
    assert "authorization.refused" in site.events(thief)


@pytest.mark.parametrize("name", ["1", "x", "%00", "..%2f..", "0" * 4000])
def test_names_that_are_no_consents(site: Site, name: str) -> None:
    """Not found, whatever is put there."""
    visitor = sharing(site, site.person())
    assert visitor.get(f"/account/services/{name}/withdraw").status_code == 404


def test_signing_out_ends_the_session_everywhere(site: Site) -> None:
    """By post only; the other tab is out too, and a service's next request asks for the password."""
    person = site.person()
    visitor = sharing(site, person)
    visitor.get("/account")
    visitor.submit("/signout")
    assert visitor.path == "/signed-out"
    assert "signed out" in visitor.title.lower()
    visitor.get("/account")
    assert visitor.path.startswith("/signin/")
    ended = site.audit(subscriber_id=person.id, event="session.ended")
    assert [row.body["reason"] for row in ended] == ["signed_out"]


def test_signing_out_twice_is_no_error(site: Site) -> None:
    """The button of another tab finds it done."""
    visitor = sharing(site, site.person())
    page = visitor.get("/account")
    for _ in range(2):
        visitor.page = page
        visitor.submit("/signout")
        assert visitor.path == "/signed-out"


@pytest.mark.parametrize(
    "hint", ["//evil.example", "https://evil.example", "/\\evil.example", "\thttps://evil.example"]
)
@pytest.mark.parametrize("name", ["next", "return_to", "withdrawn", "url"])
def test_no_address_leads_away(site: Site, name: str, hint: str) -> None:
    """No parameter of the pages is an address: one stays here (AC-069)."""
    visitor = site.visitor()
    answer = visitor.client.get("/signin", query_string={name: hint})
    assert answer.status_code == 303
    assert answer.location.startswith("/signin/wt_")
    visitor.get("/account")
    site.sign_in(visitor, site.person())
    visitor.client.get("/account", query_string={name: hint})
    assert "evil" not in visitor.get("/account", follow=False).headers.get("Location", "")


def test_suspension_ends_what_is_open(site: Site) -> None:
    """Whoever is suspended is out at the next click."""
    from idp.cli.subscribers import _move
    from idp.subscribers import MoveReason, State

    person = site.person()
    visitor = sharing(site, person)
    with site.app.app_context():
        _move(person.id, State.SUSPENDED, MoveReason.SUSPECTED_MISUSE, as_json=True)
    visitor.get("/account")
    assert visitor.path.startswith("/signin/")
    site.sign_in(visitor, person)
    assert visitor.page.status_code == 400


def test_a_hold_is_said_before_a_button_is_pressed(site: Site) -> None:
    """On the account pages, from the moment a sign-in was reported until the hold is over."""
    from idp.web.rooms import disown

    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, person)
    paths = ("/account", "/account/data", "/account/helping", "/account/details", "/account/history")
    for path in paths:
        assert "Changes are held until" not in visitor.get(path).text, path
    with site.app.app_context():
        disown(person.id, None)
        db.session.commit()
    visitor.get("/account")
    site.sign_in(visitor, person)
    for path in paths:
        assert "Changes are held until" in visitor.get(path).text, path
    site.clock.advance(4 * 24 * 3600)
    visitor.get("/account")
    site.sign_in(visitor, person)
    assert "Changes are held until" not in visitor.get("/account/data").text


def test_ways_to_sign_in_lead_to_the_forms(site: Site) -> None:
    """To the form itself; a lock for face and fingerprint is offered to nobody who has none."""
    visitor = site.visitor()
    visitor.get("/account/methods")
    site.sign_in(visitor, site.person())
    assert {"/account/details/contact/phone", "/account/details/contact/email"} <= set(visitor.links())
    assert "/account/biometrics" not in visitor.links()


def test_who_lost_a_phone_is_told_what_follows(site: Site) -> None:
    """The question for the account says why it is asked; to whom nothing was lost it stays short."""
    visitor = site.visitor()
    visitor.get("/recover")
    visitor.get(next(link for link in visitor.links() if link.endswith("lost=1")))
    assert "say what was lost" in visitor.page.text
    assert "say what was lost" not in visitor.get("/recover/password").text
