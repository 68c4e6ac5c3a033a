"""Going back to the service instead of signing in."""

import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def leaving_link(visitor: Visitor) -> str:
    """The way back that the page shows."""
    return next(link for link in visitor.links() if "/oauth/leave/" in link)


def test_the_service_is_told_that_the_person_left(site: Site) -> None:
    """RFC 6749 4.1.2.1: from the first page, the client gets access_denied with its state."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service()))
    visitor.get(leaving_link(visitor))
    answer = answer_of(visitor)
    assert (answer["error"], answer["state"]) == ("access_denied", "st-1")
    assert "code" not in answer


def test_leaving_between_the_factors_signs_nobody_in(site: Site) -> None:
    """After the password alone there is no session, and none comes of leaving (AC-070)."""
    person, visitor = site.person(totp=True), site.visitor()
    visitor.get(authorize_address(site.service()))
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    visitor.get(leaving_link(visitor))
    assert answer_of(visitor)["error"] == "access_denied"
    assert visitor.cookie("wangov_session") is None


def test_another_browser_cannot_leave_for_somebody(site: Site) -> None:
    """AC-066: without the browser's own cookie the link does nothing."""
    visitor, stranger = site.visitor(), site.visitor()
    visitor.get(authorize_address(site.service()))
    link = leaving_link(visitor)
    assert stranger.get(link).status_code == 400
    visitor.get(visitor.path)
    assert visitor.page.status_code == 200
    assert visitor.title.startswith("Sign in")


def test_leaving_twice_does_not_answer_twice(site: Site) -> None:
    """Back and the link again: the sign-in is over, and the page says so."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service()))
    link = leaving_link(visitor)
    visitor.get(link)
    assert visitor.get(link).status_code == 409
