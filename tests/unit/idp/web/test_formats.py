import datetime as dt

import flask_babel
import pytest
from babel import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from idp.web import language
from idp.web.formats import DRAFTS, locale_of
from tests.architecture.tree import ROOT
from tests.browser.preview.application import compile_catalogues

DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("tag", "day", "number"),
    [
        ("kri", "23 November 2026", "1,234.5"),
        ("fr", "23 novembre 2026", "1\u202f234,5"),
        ("pt-BR", "23 de novembro de 2026", "1.234,5"),
    ],
)
def test_dates_and_numbers_look_as_the_language_writes_them(tag: str, day: str, number: str) -> None:
    """Krio has the formats of the English of Sierra Leone, under its own name."""
    locale = locale_of(tag)
    assert str(locale) == tag.replace("-", "_")
    assert format_date(DAY, "long", locale) == day
    assert format_decimal(1234.5, locale=locale) == number


def test_a_tag_that_nobody_knows_is_refused() -> None:
    """Rather than shown in whatever formats."""
    with pytest.raises(UnknownLocaleError):
        locale_of("qqq")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A page in all languages of the checkout."""
    translations = compile_catalogues(tmp_path_factory.mktemp("translations"))
    app = Flask("pages", root_path=str(ROOT), static_folder=None)
    language.install(app, translations=translations, timezone="Africa/Freetown", secure_cookie=False)

    @app.get("/")
    def page() -> str:
        return render_template_string(
            "{{ _('Sign in') }}|{{ ngettext('%(num)s x', '%(num)s xs', 2) }}|{{ day|dateformat('long') }}|"
            "{{ language().draft }}",
            day=DAY,
        )

    @app.get("/mail")
    def mail() -> str:
        with flask_babel.force_locale(locale_of("kri")):
            return flask_babel.gettext("Sign in")

    return app.test_client()


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("kri", "Sayn in|2 xs|23 November 2026|True"),
        ("fr", "Se connecter|2 xs|23 novembre 2026|False"),
        ("en", "Sign in|2 xs|November 23, 2026|False"),
    ],
)
def test_a_page_speaks_its_language(client: FlaskClient, tag: str, shown: str) -> None:
    """Texts, plurals and dates, for a language without formats of its own too; and whether anybody reviewed it."""
    answer = client.get("/", query_string={"lang": tag})
    assert answer.text == shown
    assert answer.headers["Content-Language"] == tag


def test_what_is_written_outside_a_page_speaks_it_too(client: FlaskClient) -> None:
    """Mails and prepared copies ask for a language by its tag."""
    assert client.get("/mail?lang=fr").text == "Sayn in"


def test_drafts_are_marked_in_the_menu() -> None:
    """Krio is one until a speaker has reviewed it."""
    assert frozenset({"kri"}) == DRAFTS
