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
