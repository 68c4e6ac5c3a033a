"""A printed code is used up by a step-up: it comes last, and the person is told before."""

import pytest

from idp.web.code_rooms import recovery_codes
from idp.web.extensions import db
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site

pytestmark = pytest.mark.integration

PAGE = "/account/password"


def sheet_of(site: Site, person: Person) -> list[str]:
    """A sheet of printed codes."""
    with site.app.app_context():
        codes = recovery_codes().make(person.id)
        db.session.commit()
    return codes


def left(site: Site, person: Person) -> int:
    """How many are good."""
    with site.app.app_context():
        return recovery_codes().left(person.id)


def stepped(site: Site, person: Person) -> Visitor:
    """A browser that gave a password and wants to change something."""
    visitor = site.visitor()
    visitor.get(PAGE)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    return visitor


def test_a_printed_code_is_asked_for_by_choice_alone(site: Site) -> None:
    """Where there is nothing else, a page says that one is used up and how many there are, before there is a field."""
    person = site.person()
    sheet = sheet_of(site, person)
    visitor = stepped(site, person)
    assert visitor.path.startswith("/signin/")
    assert 'name="recovery_code"' not in visitor.page.text
    assert "One of them will be used up" in visitor.page.text
    assert "you have 10" in visitor.page.text
    assert "checked" not in visitor.form("/choose")
    visitor.get(visitor.path)
    assert 'name="recovery_code"' not in visitor.page.text
    visitor.submit("/choose", method="recovery-code")
    assert "The code will be used up: you have 10" in visitor.page.text
    assert left(site, person) == 10
    visitor.submit("/recovery-code", recovery_code=sheet[0])
    assert visitor.path == PAGE
    assert left(site, person) == 9


@pytest.mark.parametrize("other", ["totp", "sms"])
def test_another_factor_comes_first(site: Site, other: str) -> None:
    """An app or a number spares the sheet: its page is shown at once, and paper is only in the list."""
    number = {"phone_number": "+23276000077", "phone_number_verified": True} if other == "sms" else {}
    person = site.person(totp=other == "totp", **number)
    sheet_of(site, person)
    visitor = stepped(site, person)
    assert "used up" not in visitor.page.text
    assert 'name="recovery_code"' not in visitor.page.text
    visitor.get(f"{visitor.path}/ways")
    assert 'value="recovery-code"' in visitor.page.text
    assert "It is used up by this; you have 10" in visitor.page.text
    assert left(site, person) == 10
