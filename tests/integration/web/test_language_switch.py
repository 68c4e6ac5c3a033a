import re
from typing import Any

import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def arrived(site: Site, **parameters: str) -> Visitor:
    """A browser that a service has just sent here."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), **parameters))
    return visitor


def switch(visitor: Visitor, tag: str, action: str = "", **filled: Any) -> None:
    """Press the page's language button, with the form as the person left it."""
    button = re.search(rf'<button[^>]*\bform="form"[^>]*\bname="lang" value="{tag}"[^>]*>', visitor.page.text)
    assert button, visitor.title
    assert "formnovalidate" in button[0]
    visitor.submit(action, lang=tag, **filled)
    assert visitor.page.status_code == 200
    assert visitor.page.headers["Content-Language"] == tag


def ticked(visitor: Visitor) -> set[str]:
    """The boxes that are ticked."""
    return set(re.findall(r'name="field" value="(\w+)" checked', visitor.page.text))


def test_what_was_unticked_stays_unticked(site: Site) -> None:
    """Reading the consent page in another language and back changes no tick, and decides nothing."""
    person = site.person(birthdate="1990-02-28", email="testa@people.example")
    visitor = arrived(site, scope="openid profile email")
    site.sign_in(visitor, person)
    left = sorted(ticked(visitor) - {"birthdate"})
    assert "birthdate" in ticked(visitor)
    for tag in ("fr", "en"):
        switch(visitor, tag, field=left)
        assert ticked(visitor) == set(left)
        assert not visitor.title.startswith("Err")
    assert site.audit(subscriber_id=person.id, event="consent.granted") == []
    visitor.submit(decision="allow", field=sorted(ticked(visitor)))
    assert answer_of(visitor)["code"]
    (row,) = site.audit(subscriber_id=person.id, event="consent.granted")
    assert "birthdate" not in row.body["fields"]


@pytest.mark.parametrize("tag", ["fr", "xx", ""])
def test_a_form_of_the_switch_decides_nothing(site: Site, tag: str) -> None:
    """Whatever else it carries: no consent and no refusal."""
    person = site.person()
    visitor = arrived(site)
    site.sign_in(visitor, person)
    visitor.submit(lang=tag, decision="allow", field=["name"])
    assert visitor.page.status_code == 200
    assert visitor.path.startswith("/consent/")
    assert site.audit(subscriber_id=person.id, event="consent.granted") == []


def test_the_user_name_is_kept_and_nothing_is_checked(site: Site) -> None:
    """On the password page: the name stays, the password is neither checked nor sent back, also after a mistake."""
    person, visitor = site.person(), arrived(site)
    switch(visitor, "fr", "/password", identifier=person.username, password=PASSWORD)
    assert f'value="{person.username}"' in visitor.page.text
    assert PASSWORD not in visitor.page.text
    assert visitor.cookie("wangov_session") is None
    visitor.submit("/password", identifier=person.username, password="x")
    assert visitor.page.status_code == 400
    switch(visitor, "en", "/password", identifier=person.username, password="")
    assert [event for event in site.events(person) if event != "signin.failed"] == []
    site.sign_in(visitor, person)
    assert visitor.path.startswith("/consent/")


def test_a_typed_code_is_kept(site: Site) -> None:
    """On the code page; switching is no try."""
    person, visitor = site.person(totp=True), arrived(site)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    for tag in ("fr", "en") * 3:
        switch(visitor, tag, "/code", code="123 45")
        assert 'value="123 45"' in visitor.page.text
    visitor.submit("/code", code=site.code(person))
    assert visitor.path.startswith("/consent/")


def test_enter_in_a_field_does_not_switch(site: Site) -> None:
    """The first button of a form is the one that Enter presses: it is not one of the languages."""
    visitor = arrived(site)
    buttons = re.findall(r"<button[^>]*>", visitor.page.text)
    assert "hidden" in buttons[0]
    assert 'form="form"' in buttons[0]
    assert "lang" not in buttons[0]


@pytest.mark.parametrize("fault", ["no token", "too many"])
def test_error_pages_that_answer_a_form_keep_the_switch(site: Site, fault: str) -> None:
    """Each language leads to the page that the form stood on."""
    person, visitor = site.person(), arrived(site)
    step = visitor.path
    if fault == "no token":
        visitor.post(f"{step}/password", identifier=person.username, password="x")
    else:
        for _ in range(6):
            visitor.submit("/password", identifier=person.username, password="x")
    assert visitor.page.status_code == {"no token": 400, "too many": 429}[fault]
    link = re.search(r'<a href="([^"]+)" hreflang="fr">', visitor.page.text)
    assert link
    visitor.get(link[1])
    assert visitor.path == step
    assert visitor.page.headers["Content-Language"] == "fr"


def test_where_nothing_can_be_shown_again_the_switch_leads_to_the_start(site: Site) -> None:
    """A refused form whose address has no page, and a request that a service sent as a form."""
    visitor = site.visitor()
    visitor.get("/account")
    for address in ("/signout", "/oauth/authorize"):
        visitor.post(address, client_id="nobody")
        assert visitor.page.status_code == 400
        assert '<a href="/?lang=fr" hreflang="fr">' in visitor.page.text
