from collections.abc import Iterator

import pytest
from flask import Flask
from psycopg import sql

from idp.web.extensions import db
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, OpenSite, Site
from tests.stack import Stack

pytestmark = pytest.mark.integration


@pytest.fixture
def own_site(open_site: OpenSite) -> Iterator[Site]:
    """An application whose stores the test may break."""
    with open_site() as site:
        yield site


def without_valkey(site: Site) -> None:
    """Valkey stops answering."""
    pool = site.services.ephemeral._redis.connection_pool
    pool.connection_kwargs["port"] = 1
    pool.reset()


def without_database(site: Site, stack: Stack) -> None:
    """PostgreSQL drops every connection of this application and takes no new one."""
    with site.app.app_context():
        name = db.engine.url.database or ""
    with stack.admin() as admin:
        admin.autocommit = True
        admin.execute(sql.SQL("alter database {} with allow_connections false").format(sql.Identifier(name)))
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))


def told_to_come_back(visitor: Visitor) -> None:
    """503 with Retry-After, plain words and a way on; nobody is signed in."""
    page = visitor.page
    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    assert page.mimetype == "text/html"
    assert visitor.links()
    assert visitor.cookie("wangov_session") is None
    for leak in ("Traceback", "redis", "127.0.0.1", "psycopg", "sqlalchemy", "Error:"):
        assert leak not in page.text


def test_sign_in_without_valkey(own_site: Site) -> None:
    """No page begins or goes on with a sign-in, and no password is checked uncounted (AC-123)."""
    person, visitor = own_site.person(), own_site.visitor()
    visitor.get("/signin")
    without_valkey(own_site)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    told_to_come_back(visitor)
    visitor.get("/signin")
    told_to_come_back(visitor)
    assert own_site.events(person) == []


def test_the_account_without_valkey(own_site: Site) -> None:
    """Who is signed in stays so: PostgreSQL owns the session."""
    person, visitor = own_site.person(), own_site.visitor()
    visitor.get("/account")
    own_site.sign_in(visitor, person)
    without_valkey(own_site)
    visitor.get("/account")
    assert visitor.page.status_code == 200
    assert visitor.path == "/account"
    visitor.get("/help")
    assert visitor.page.status_code == 200


def test_sign_in_without_the_database(own_site: Site, stack: Stack) -> None:
    """Nothing is checked and nobody is signed in; the free pages are served on."""
    person, visitor = own_site.person(), own_site.visitor()
    visitor.get("/signin")
    without_database(own_site, stack)
    for _ in range(2):
        visitor.submit("/password", identifier=person.username, password=PASSWORD)
        told_to_come_back(visitor)
        visitor.get(next(link for link in visitor.links() if link.startswith("/signin/")))
        assert visitor.page.status_code == 200
    visitor.get("/help")
    assert visitor.page.status_code == 200


def test_the_account_without_the_database(own_site: Site, stack: Stack) -> None:
    """Come back in a moment; the session is not lost by it."""
    person, visitor = own_site.person(), own_site.visitor()
    visitor.get("/account")
    own_site.sign_in(visitor, person)
    held = visitor.cookie("wangov_session")
    without_database(own_site, stack)
    visitor.get("/account")
    assert visitor.page.status_code == 503
    assert visitor.page.headers["Retry-After"]
    assert visitor.cookie("wangov_session") == held


def broken(app: Flask, kind: type[Exception], words: str) -> None:
    """A page that fails."""

    def fail() -> str:
        raise kind(words)

    app.add_url_rule("/broken-for-a-test", view_func=fail)


def test_a_bug_is_a_bland_page(own_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """500 with a reference; the exception's text is in no page and no log (AC-119, AC-118)."""
    broken(own_site.app, RuntimeError, "select * from person where nin = 'made-up-4471'")
    visitor = own_site.visitor()
    visitor.get("/broken-for-a-test")
    assert visitor.page.status_code == 500
    assert visitor.links()
    for leak in ("4471", "select", "RuntimeError", "Traceback", "Werkzeug", "Python"):
        assert leak not in visitor.page.text
        assert leak not in str(visitor.page.headers)
    assert "made-up-4471" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert visitor.page.headers["X-Request-Id"] in visitor.page.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/signin/a/b/c", "/%2e%2e/%2e%2e/etc/passwd", "/<script>alert(1)</script>"]
)
def test_what_does_not_exist_is_a_page(site: Site, path: str) -> None:
    """404 with a way on, and nothing of the address in it."""
    visitor = site.visitor()
    visitor.get(path)
    assert visitor.page.status_code == 404
    assert "/" in visitor.links()
    assert "<script>alert" not in visitor.page.text
