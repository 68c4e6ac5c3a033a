import json
from pathlib import Path

import pytest

from tests.integration.web.conftest import OpenSite, Site

pytestmark = pytest.mark.integration

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DEMO = {
    "people": [
        {
            "name": "Aminata Example",
            "identifier": "aminata",
            "password": "shown-on-purpose",
            "totp_secret": SECRET,
            "what": "Try this",
        },
        {
            "name": "Foday Specimen",
            "identifier": "foday",
            "password": "shown-as-well",
            "totp_secret": None,
            "what": None,
        },
    ],
    "services": [{"name": "Tax Filing", "url": "http://localhost:8001/", "what": "File a return"}],
}


def with_demo(folder: Path) -> None:
    """Demonstration people on file."""
    (folder / "demo").mkdir()
    (folder / "demo" / "people.json").write_text(json.dumps(DEMO), encoding="utf-8")


@pytest.mark.parametrize(
    ("environment", "embedded", "shown"),
    [
        ("development", "true", True),
        ("development", "false", False),
        ("test", "true", False),
        ("staging", "false", False),
    ],
)
def test_made_up_people_are_shown_to_developers_only(
    open_site: OpenSite, tmp_path: Path, environment: str, embedded: str, shown: bool
) -> None:
    """Passwords and codes stand on the start page only over the embedded stores of a developer."""
    with_demo(tmp_path)
    settings = {"WANGOV_ENVIRONMENT": environment, "WANGOV_EMBEDDED": embedded, "WANGOV_DATA": str(tmp_path)}
    if environment != "test":
        settings["WANGOV_TEST_CLOCK"] = ""
    with open_site(**settings) as site:
        visitor = site.visitor()
        visitor.get("/")
    text = visitor.page.text
    assert visitor.page.status_code == 200
    for words in ("aminata", "shown-on-purpose", "Tax Filing"):
        assert (words in text) is shown
    assert SECRET not in text


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "not json", '{"people": []}'])
def test_a_broken_demo_file_breaks_nothing(open_site: OpenSite, tmp_path: Path, content: str | None) -> None:
    """Whatever stands in the file, the start page is served."""
    if content is not None:
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo" / "people.json").write_text(content, encoding="utf-8")
    settings = {"WANGOV_ENVIRONMENT": "development", "WANGOV_EMBEDDED": "true", "WANGOV_TEST_CLOCK": ""}
    with open_site(**settings, WANGOV_DATA=str(tmp_path)) as site:
        visitor = site.visitor()
        assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/accessibility"])
def test_free_pages(site: Site, path: str) -> None:
    """The pages about this site are there for everybody, signed in or not."""
    visitor = site.visitor()
    assert visitor.get(path).status_code == 200
    visitor.get("/account")
    site.sign_in(visitor, site.person())
    assert visitor.get(path).status_code == 200


def test_the_start_page_knows_who_is_signed_in(site: Site) -> None:
    """And says so by name."""
    visitor = site.visitor()
    visitor.get("/account")
    site.sign_in(visitor, site.person(name="Made Up Name"))
    assert "Made Up Name" in visitor.get("/").text


def test_a_demonstration_says_that_nobody_answers(open_site: OpenSite) -> None:
    """Help, a page that does not exist and a lost sign-in, in development without a contact."""
    with open_site(WANGOV_ENVIRONMENT="development", WANGOV_TEST_CLOCK="") as site:
        visitor = site.visitor()
        for path in ("/help", "/nowhere", "/signin/x", "/oauth/authorize"):
            assert "demonstration: nobody answers" in visitor.get(path).text


def test_without_a_contact_nothing_is_promised(site: Site) -> None:
    """Elsewhere there is no empty box."""
    visitor = site.visitor()
    for path in ("/help", "/nowhere"):
        assert 'id="contact"' not in visitor.get(path).text


def test_the_contact_stands_where_people_get_stuck(open_site: OpenSite) -> None:
    """Each line, as text, on Help, errors and lost sign-ins; a start without it is warned about."""
    contact = r"Call 000\n<b>1 Made-up Street</b>"
    with open_site(WANGOV_ENVIRONMENT="staging", WANGOV_TEST_CLOCK="", WANGOV_HELP_CONTACT=contact) as site:
        visitor = site.visitor()
        for path in ("/help", "/nowhere", "/signin/x", "/oauth/authorize"):
            assert "Call 000<br>&lt;b&gt;1 Made-up Street&lt;/b&gt;" in visitor.get(path).text


@pytest.mark.parametrize(
    ("environment", "contact", "warned"),
    [("staging", "", True), ("staging", "Call 000", False), ("test", "", False), ("development", "", False)],
)
def test_a_real_installation_without_a_contact_is_warned(
    open_site: OpenSite, capsys: pytest.CaptureFixture[str], environment: str, contact: str, warned: bool
) -> None:
    """Started all the same."""
    with open_site(WANGOV_ENVIRONMENT=environment, WANGOV_TEST_CLOCK="", WANGOV_HELP_CONTACT=contact):
        assert ("nobody_to_turn_to" in capsys.readouterr().err) is warned


def test_the_start_page_leads_to_an_account_and_back_into_one(site: Site) -> None:
    """For whoever has none, and for whoever cannot sign in; not for somebody who is signed in."""
    visitor = site.visitor()
    visitor.get("/")
    assert {"/register", "/recover"} <= set(visitor.links())
    visitor.get("/account")
    site.sign_in(visitor, site.person())
    visitor.get("/")
    assert not {"/register", "/recover"} & set(visitor.links())


def test_text_size_is_for_everybody(site: Site) -> None:
    """Linked from the foot of every page, kept without signing in; what is no size changes nothing."""
    visitor = site.visitor()
    assert 'href="/text-size"' in visitor.get("/help").text
    visitor.get("/text-size")
    visitor.submit("/text-size", size="larger")
    assert "Saved" in visitor.page.text
    assert 'data-text="larger"' in visitor.get("/signin").text
    visitor.get("/text-size")
    visitor.submit("/text-size", size="huge")
    assert "Saved" not in visitor.page.text
    assert 'data-text="larger"' in visitor.get("/help").text
