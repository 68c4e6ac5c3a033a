import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def arrived(site: Site, **parameters: str) -> Visitor:
    """A browser that a service has just sent here."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), **parameters))
    return visitor


def test_an_expired_sign_in_starts_again(site: Site) -> None:
    """After half an hour the page says so, and its link begins the very same request."""
    person, visitor = site.person(), arrived(site, state="kept & whole")
    site.clock.advance(31 * 60)
    page = visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert page.status_code == 400
    assert "took too long" in page.text
    assert "Market Stall Permits" in page.text
    visitor.get(next(link for link in visitor.links() if link.startswith("/oauth/authorize?")))
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    assert answer_of(visitor)["state"] == "kept & whole"


def test_an_expired_account_sign_in_starts_again(site: Site) -> None:
    """The same without a service."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.clock.advance(31 * 60)
    visitor.get(visitor.path)
    assert visitor.page.status_code == 400
    visitor.get("/signin")
    site.sign_in(visitor, person)
    assert visitor.path == "/account"


def test_without_cookies_the_page_says_what_to_do(site: Site) -> None:
    """Cookies off: no loop, no error, a plain page that leads to the service, where it begins again."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service()), follow=False)
    target = visitor.page.location
    visitor.drop_cookies("wangov_browser")
    page = visitor.get(target)
    assert page.status_code == 400
    assert "cookies" in page.text
    assert "https://permits.example/" in visitor.links()


@pytest.mark.parametrize("form", ["password", "code", "consent"])
def test_a_form_sent_without_cookies_is_told_at_once(site: Site, form: str) -> None:
    """What is missing is the cookie, so that is what the page says, not that something took too long."""
    person, visitor = site.person(totp=True), arrived(site)
    if form != "password":
        visitor.submit("/password", identifier=person.username, password=PASSWORD)
    if form == "consent":
        visitor.submit("/code", code=site.code(person))
    visitor.drop_cookies("wangov_browser", "wangov_session", "wangov_device")
    page = visitor.submit(
        "" if form == "consent" else f"/{form}", identifier="a", password="b", code="1", decision="allow"
    )
    assert page.status_code == 400
    assert "did not begin in this browser" in visitor.title
    assert "cookies" in page.text
    assert "https://permits.example/" in visitor.links()


def test_a_made_up_sign_in_without_cookies_has_a_way_on(site: Site) -> None:
    """Nothing is known of it: the page of a lost sign-in."""
    visitor = site.visitor()
    page = visitor.post("/signin/x/password", identifier="a", password="b")
    assert page.status_code == 400
    assert visitor.links()


def test_a_link_that_somebody_else_began_goes_nowhere(site: Site) -> None:
    """A sign-in prepared by another browser is not gone on with, and shows nothing of it (AC-066)."""
    attacker, victim = arrived(site, login_hint="prepared-name", state="st-of-another"), site.visitor()
    victim.get("/signin")
    victim.get(attacker.path)
    assert victim.page.status_code == 400
    for kept in ("prepared-name", "st-of-another", "n-1", "code_challenge", "/oauth/authorize"):
        assert kept not in victim.page.text
    assert "https://permits.example/" in victim.links()
    assert "<form" not in victim.page.text.partition("<main")[2]


@pytest.mark.parametrize(
    "address",
    [
        "/signin/x",
        "/signin/wt_" + "A" * 43,
        "/consent/wt_" + "A" * 43,
        "/oauth/resume/wt_" + "A" * 43,
        "/signin/%00",
        "/signin/%ED%A0%80",
    ],
)
def test_lost_and_made_up_transactions_lead_on(site: Site, address: str) -> None:
    """A page older than our memory: plain words and a way to the start."""
    visitor = site.visitor()
    visitor.get(address)
    assert visitor.page.status_code == 400
    assert visitor.links()


def test_back_after_the_password(site: Site) -> None:
    """The address is the same for both steps, so that Back and reload show the step that is due."""
    person, visitor = site.person(totp=True), arrived(site)
    path = visitor.path
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert visitor.path == path
    visitor.get(path)
    visitor.submit("/code", code=site.code(person))
    assert visitor.path.startswith("/consent/")


@pytest.mark.parametrize("form", ["password", "code"])
def test_a_forms_address_opened_by_hand(site: Site, form: str) -> None:
    """Enter in the address bar after a mistake, or the language switch: back to the step that is due."""
    visitor = arrived(site)
    step = visitor.path
    visitor.get(f"{step}/{form}?lang=fr")
    assert visitor.path == step
    assert 'lang="fr"' in visitor.page.text


def test_an_address_that_only_takes_a_button(site: Site) -> None:
    """Not for reading, but one click from the step that is due."""
    visitor = arrived(site)
    step = visitor.path
    visitor.get(f"{step}/restart")
    assert visitor.page.status_code == 405
    assert step in visitor.links()


def test_back_after_signing_in(site: Site) -> None:
    """Whoever goes back to the sign-in is led to where the journey stands."""
    person, visitor = site.person(), arrived(site)
    path = visitor.path
    site.sign_in(visitor, person)
    visitor.get(path)
    assert visitor.path.startswith("/consent/")


def test_back_after_the_end(site: Site) -> None:
    """A finished journey says so and leads to the service; no second code is made."""
    person, visitor = site.person(), arrived(site)
    path = visitor.path
    site.sign_in(visitor, person)
    consent = visitor.path
    visitor.submit(decision="allow")
    for address in (path, consent):
        visitor.get(address)
        assert visitor.page.status_code == 409
        assert "https://permits.example/" in visitor.links()
    assert site.events(person).count("authorization.granted") == 1


def test_an_old_form_after_the_end(site: Site) -> None:
    """The form of a page that lay open in another tab signs nobody in again."""
    person, visitor = site.person(), arrived(site)
    old = visitor.page
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    visitor.page = old
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert visitor.page.status_code == 409
    assert site.events(person).count("session.started") == 1


def test_two_tabs(site: Site) -> None:
    """Two services opened side by side: signing in at one is enough, both journeys end well."""
    person, visitor = site.person(), site.visitor()
    first, second = (authorize_address(site.service(), state=state) for state in ("one", "two"))
    visitor.get(first)
    tab_one = visitor.path
    visitor.get(second)
    tab_two = visitor.path
    visitor.get(tab_one)
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    assert answer_of(visitor)["state"] == "one"
    visitor.get(tab_two)
    assert visitor.path.startswith("/consent/")
    visitor.submit(decision="allow")
    assert answer_of(visitor)["state"] == "two"
    assert site.events(person).count("session.started") == 1


def test_use_another_account(site: Site) -> None:
    """From the code page and from the consent page one can change to another account."""
    wrong, right = site.person(totp=True), site.person()
    visitor = arrived(site)
    visitor.submit("/password", identifier=wrong.username, password=PASSWORD)
    visitor.submit("/restart")
    assert "Password" in visitor.page.text
    assert wrong.username not in visitor.page.text
    site.sign_in(visitor, right)
    visitor.submit("/restart")
    assert visitor.path.startswith("/signin/")
    site.sign_in(visitor, wrong)
    assert visitor.path.startswith("/consent/")
    visitor.submit(decision="allow")
    assert answer_of(visitor)["code"]
    ended = site.audit(subscriber_id=right.id, event="session.ended")
    assert [row.body["reason"] for row in ended] == ["replaced"]


def test_a_session_that_ended_meanwhile(site: Site) -> None:
    """Whoever thinks for half an hour over the consent signs in again and goes on; the page says why."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, person)
    site.clock.advance(25 * 60)
    visitor.get(authorize_address(site.service()))
    assert visitor.path.startswith("/consent/")
    site.clock.advance(29 * 60)
    visitor.get(visitor.path)
    assert visitor.path.startswith("/consent/")
    site.clock.advance(31 * 60)
    visitor.submit(decision="allow")
    assert visitor.page.status_code == 400
    visitor.get(next(link for link in visitor.links() if link.startswith("/oauth/authorize?")))
    assert visitor.path.startswith("/signin/")
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    assert answer_of(visitor)["code"]


def test_an_idle_session_is_over(site: Site) -> None:
    """After half an hour the account asks to sign in again (AC-068)."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, person)
    site.clock.advance(30 * 60)
    visitor.get("/account")
    assert visitor.path.startswith("/signin/")
    ended = site.audit(subscriber_id=person.id, event="session.ended")
    assert [row.body["reason"] for row in ended] == ["idle"]
