import re
import time
from typing import Any

import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site, authorize_address

pytestmark = pytest.mark.integration


def token_on(visitor: Visitor) -> str:
    """The form token of the page that is shown."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def visitor(site: Site) -> Visitor:
    """A browser on the consent page."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service()))
    site.sign_in(visitor, site.person())
    assert visitor.path.startswith("/consent/")
    return visitor


def foreign_token(site: Site) -> str:
    """A good token of another browser."""
    other = site.visitor()
    other.get("/signin")
    return token_on(other)


@pytest.mark.parametrize("token", [None, "", "x", "foreign", "x" * 5000, "\0"])
def test_consent_needs_the_browsers_own_token(site: Site, visitor: Visitor, token: str | None) -> None:
    """Missing, made up or somebody else's: 400, a page with a way back, nothing stored (AC-087)."""
    before = len(site.audit(event="consent.granted"))
    values: dict[str, Any] = (
        {} if token is None else {"csrf_token": foreign_token(site) if token == "foreign" else token}
    )
    page = visitor.post(visitor.path, decision="allow", **values)
    assert page.status_code == 400
    assert page.mimetype == "text/html"
    assert "Location" not in page.headers
    assert visitor.path in visitor.links()
    assert len(site.audit(event="consent.granted")) == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"decision":"allow"}', "text/plain", 415),
        (b'{"decision":"allow"}', "application/json", 415),
        (b"decision=allow", "multipart/form-data; boundary=x", 415),
        (b"decision=allow", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe&&&=%zz", "application/x-www-form-urlencoded", 400),
    ],
)
def test_other_kinds_of_body_are_refused(site: Site, visitor: Visitor, body: bytes, kind: str, status: int) -> None:
    """What another site's form could send without a token does nothing (AC-087)."""
    before = len(site.audit(event="consent.granted"))
    answer = visitor.client.post(visitor.path, data=body, content_type=kind)
    assert answer.status_code == status
    assert len(site.audit(event="consent.granted")) == before


def test_a_refused_form_can_be_sent_again(site: Site) -> None:
    """Cookie lost between page and form: the page that is offered instead works."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    token = token_on(visitor)
    visitor.post(f"{visitor.path}/password", csrf_token=token + "x", identifier=person.username, password=PASSWORD)
    assert visitor.page.status_code == 400
    visitor.get(next(link for link in visitor.links() if link.startswith("/signin/")))
    site.sign_in(visitor, person)
    assert visitor.path == "/account"


def test_the_token_outlives_sign_in_and_time(site: Site) -> None:
    """It belongs to the browser: a form from before the sign-in, or from yesterday, is not refused for its token."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    token = token_on(visitor)
    site.sign_in(visitor, person)
    site.clock.advance(29 * 60)
    assert visitor.post("/signout", csrf_token=token).status_code == 200
    assert visitor.path == "/signed-out"


def test_pages_without_forms_set_no_browser_cookie(site: Site) -> None:
    """Who only reads the start page is not given a secret."""
    visitor = site.visitor()
    visitor.get("/")
    visitor.get("/help")
    assert visitor.cookie("wangov_browser") is None


@pytest.mark.parametrize("size", [65_537, 1_000_000, 20_000_000])
def test_large_bodies_are_refused_unread(site: Site, size: int) -> None:
    """413 before anything is parsed (AC-128)."""
    started = time.thread_time()
    answer = site.app.test_client().post(
        "/signout", data=b"a=" + b"x" * size, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
    assert time.thread_time() - started < 1


def test_many_fields_are_no_burden(site: Site) -> None:
    """As many fields as fit are read and refused quickly (AC-128)."""
    started = time.thread_time()
    answer = site.app.test_client().post(
        "/signout", data="&".join(["a="] * 20_000), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/signout", "/account", "/signin", "/"])
def test_other_methods_are_not_known(site: Site, method: str, path: str) -> None:
    """405 with the methods that are (AC-131)."""
    answer = site.app.test_client().open(path, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"]


def test_reading_does_not_sign_out(site: Site) -> None:
    """HEAD, GET and an overriding header change nothing (AC-131)."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, person)
    for method in ("GET", "HEAD"):
        answer = visitor.client.open("/signout", method=method, headers={"X-HTTP-Method-Override": "POST"})
        assert answer.status_code == 405
    assert visitor.client.get("/account").status_code == 200


def test_hostile_headers_reach_no_header_and_no_page(site: Site) -> None:
    """A user agent of 100 kB with quotes and control characters is stored short and clean (AC-117, AC-129)."""
    person, visitor = site.person(), site.visitor()
    visitor.get("/account")
    agent = "<b>\x1b[2J\"'" + "a" * 100_000
    started = time.thread_time()
    answer = visitor.client.post(
        f"{visitor.path}/password",
        data={"csrf_token": token_on(visitor), "identifier": person.username, "password": PASSWORD},
        headers={"User-Agent": agent},
    )
    assert answer.status_code == 303
    assert time.thread_time() - started < 2
