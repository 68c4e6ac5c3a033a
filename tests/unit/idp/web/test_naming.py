import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from idp.web.naming import country_name, language_name, spaced_number, zone_name

ENGLISH, FRENCH = Locale("en"), Locale("fr")


@pytest.mark.parametrize(
    ("tag", "english", "french"),
    [
        ("fr-FR", "French (France)", "fran\u00e7ais (France)"),
        ("en", "English", "anglais"),
        ("kri-SL", "Krio (Sierra Leone)", "krio (Sierra Leone)"),
        ("zh-Hant-TW", "Chinese (Taiwan)", "chinois (Ta\u00efwan)"),
        ("fr_fr", "French (France)", "fran\u00e7ais (France)"),
        ("xx-YY", "xx-YY", "xx-YY"),
        ("fr-QQ", "French (QQ)", "fran\u00e7ais (QQ)"),
        ("", "", ""),
    ],
)
def test_languages_have_names(tag: str, english: str, french: str) -> None:
    """With their country; a tag that nobody knows stays as it is."""
    assert (language_name(tag, ENGLISH), language_name(tag, FRENCH)) == (english, french)


@pytest.mark.parametrize(
    ("code", "name"),
    [("SL", "Sierra Leone"), ("sl", "Sierra Leone"), ("DE", "Allemagne"), ("QQ", "QQ"), ("001", "001")],
)
def test_countries_have_names(code: str, name: str) -> None:
    """By their code of two letters; a name that was recorded instead stays as it is."""
    assert country_name(code, FRENCH) == name


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Africa/Freetown", "Freetown (Sierra Leone)"),
        ("Europe/Berlin", "Berlin (Allemagne)"),
        ("Nowhere/Land", "Nowhere/Land"),
    ],
)
def test_time_zones_are_told_by_their_place(zone: str, name: str) -> None:
    """In words, not as a path; a zone that nobody knows stays as it is."""
    assert zone_name(zone, FRENCH) == name


@given(st.text())
def test_any_text_is_shown(text: str) -> None:
    """What was recorded, however odd, breaks no page."""
    for name in (language_name, country_name, zone_name):
        assert isinstance(name(text, FRENCH), str)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+23276123456", "+232 76 123 456"),
        ("+232 76 123456", "+232 76 123456"),
        ("+4915112345678", "+4915112345678"),
        ("", ""),
    ],
)
def test_numbers_of_the_country_are_grouped(number: str, shown: str) -> None:
    """As they are read out; any other text stays as it is."""
    assert spaced_number(number) == shown
