from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp.web import language

KNOWN = ["en", "fr", "pt-BR"]


@pytest.mark.parametrize(
    ("hint", "cookie", "accept", "spoken"),
    [
        (None, None, None, "en"),
        ("fr", None, "en", "fr"),
        ("fr-CA-x-private en", None, None, "fr"),
        ("xx FR", "en", None, "fr"),
        ("xx", "fr", "en", "fr"),
        (None, "fr", "en", "fr"),
        (None, "xx", "fr;q=0.5, en;q=0.4", "fr"),
        (None, None, "fr;q=0, en;q=0.1", "en"),
        (None, None, "fr; q=0.2 , pt-br ; q=0.9", "pt-BR"),
        (None, None, "*", "en"),
        ("en", "fr.en", None, "fr"),
        ("en", "fr", None, "en"),
        ("pt-BR", "fr.en", None, "pt-BR"),
        (None, "fr.en", None, "fr"),
    ],
)
def test_first_source_that_names_a_known_language_wins(
    hint: str | None, cookie: str | None, accept: str | None, spoken: str
) -> None:
    """The hint, then cookie, Accept-Language, English; a choice made against a hint stands against it."""
    assert language.choose(KNOWN, hint, cookie, accept) == spoken


@pytest.mark.parametrize(
    ("hint", "cookie", "person", "spoken"),
    [
        (None, None, "fr", "fr"),
        (None, None, "fr-CA", "fr"),
        (None, None, "xx", "en"),
        (None, "en", "fr", "en"),
        ("pt-BR", None, "fr", "pt-BR"),
    ],
)
def test_what_the_person_prefers_beats_the_browser_alone(
    hint: str | None, cookie: str | None, person: str, spoken: str
) -> None:
    """Recorded with whoever is signed in, it stands behind hint and cookie, and before Accept-Language."""
    assert language.choose(KNOWN, hint, cookie, "en", person) == spoken


@given(st.text(), st.text(), st.text())
def test_any_text_leads_to_a_known_language(hint: str, cookie: str, accept: str) -> None:
    """Whatever a browser or a service sends, a known language comes out."""
    assert language.choose(KNOWN, hint, cookie, accept) in KNOWN


@pytest.fixture
def build(tmp_path: Path) -> Callable[[bool], Flask]:
    """Makes an application with English and an empty French catalogue."""
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.mo").write_bytes(bytes.fromhex("de120495" + "00" * 24))

    def make(secure: bool) -> Flask:
        app = Flask("pages", static_folder=None)
        language.install(app, translations=tmp_path, timezone="Africa/Freetown", secure_cookie=secure)

        @app.route("/both", methods=["GET", "POST"])
        def both() -> str:
            return " ".join(link.href for link in language.links()) or "none"

        @app.post("/form")
        def form() -> str:
            return " ".join(link.href for link in language.links()) or "none"

        @app.post("/filled")
        def filled() -> str:
            return f"{language.switched()} {language.current().tag}"

        @app.get("/hinted")
        def hinted() -> str:
            language.prefer("en")
            return language.current().tag

        return app

    return make


def test_switch_keeps_the_rest_of_the_query(build: Callable[[bool], Flask]) -> None:
    """The links carry every other parameter, repeated and odd ones too, and replace an earlier choice."""
    page = build(False).test_client().get("/both?a=1&lang=en&a=%26&b=%C3%A9").text
    assert page == "?a=1&a=%26&b=%C3%A9&lang=en ?a=1&a=%26&b=%C3%A9&lang=fr"


def test_switch_leads_elsewhere_where_its_link_would_not_show_the_page(build: Callable[[bool], Flask]) -> None:
    """The start page, where a page only answers a form; an overlong query is not repeated."""
    browser = build(False).test_client()
    assert browser.post("/form?a=1").text == "/?lang=en /?lang=fr"
    assert browser.post("/both?a=1").text == "?a=1&lang=en ?a=1&lang=fr"
    assert browser.get("/both?state=" + "x" * 2001).text == "none"


def test_choice_is_remembered_in_a_guarded_cookie(build: Callable[[bool], Flask]) -> None:
    """Under https the cookie has the __Host- prefix, Secure, HttpOnly and SameSite."""
    answer = build(True).test_client().get("/both?lang=fr")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-wangov_lang=fr;")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"):
        assert attribute in cookie
    assert answer.headers["Content-Language"] == "fr"


@pytest.mark.parametrize(
    ("form", "answer", "kept"),
    [
        ({"lang": "fr"}, "True fr", True),
        ({"lang": "en"}, "True en", True),
        ({"lang": "xx"}, "True en", False),
        ({"lang": ""}, "True en", False),
        ({"name": "x"}, "False en", False),
    ],
)
def test_switch_of_a_form_speaks_at_once(
    build: Callable[[bool], Flask], form: dict[str, str], answer: str, kept: bool
) -> None:
    """The pressed language is that of the answer and remembered; one that we have not is no choice, and no decision."""
    response = build(False).test_client().post("/filled", data=form)
    assert response.text == answer
    assert ("Set-Cookie" in response.headers) is kept


def test_unknown_choice_sets_nothing(build: Callable[[bool], Flask]) -> None:
    """A language that we do not have is no choice."""
    answer = build(False).test_client().get("/both?lang=%0d%0axx")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Language"] == "en"


def test_choice_against_a_hint_lasts_for_that_hint(build: Callable[[bool], Flask]) -> None:
    """The person switches a page that was wanted in English; the next such page stays switched."""
    browser = build(False).test_client()
    assert browser.get("/hinted").text == "en"
    assert browser.get("/hinted?lang=fr").text == "fr"
    assert browser.get("/hinted").text == "fr"


def test_only_compiled_catalogues_are_offered(tmp_path: Path) -> None:
    """Without compiled catalogues there is English, and no switch."""
    app = Flask("pages", static_folder=None)
    language.install(app, translations=tmp_path, timezone="Africa/Freetown", secure_cookie=False)
    with app.test_request_context("/?lang=fr", headers={"Accept-Language": "fr"}):
        assert language.current().tag == "en"
        assert language.links() == ()
