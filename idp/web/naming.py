"""Names, in the page's language, for what is recorded about a person as a code: languages, countries, time zones."""

from __future__ import annotations

import re

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from flask import Flask
from flask_babel import get_locale

__all__ = ["country_name", "install", "language_name", "named", "spaced_number", "zone_name"]

NOWHERE = "ZZ"
_NUMBER = re.compile(r"(\+232)(\d{2})(\d{3})(\d{3})")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?")


def install(app: Flask) -> None:
    """Add the Jinja filter `named`."""
    app.add_template_filter(named)


def named(recorded: object, claim: str) -> object:
    """The name of a recorded value, as a filter: `{{ "fr-FR"|named("locale") }}`; what has none stays as it is."""
    locale = get_locale()
    if locale is None or not isinstance(recorded, str):
        return recorded
    if claim == "phone_number":
        return spaced_number(recorded)
    if claim == "locale":
        return language_name(recorded, locale)
    if claim == "zoneinfo":
        return zone_name(recorded, locale)
    return country_name(recorded, locale) if claim == "country" else recorded


def language_name(tag: str, locale: Locale) -> str:
    """What a language tag (BCP 47) names, with its country: `fr-FR` is "French (France)"."""
    parts = _TAG.fullmatch(tag.replace("_", "-"))
    name = None if parts is None else locale.languages.get(parts[1].lower())
    if parts is None or name is None:
        return tag
    return f"{name} ({country_name(parts[2], locale)})" if parts[2] else name


def spaced_number(number: str) -> str:
    """A number of this country as it is read out: `+232 76 123 456`; any other text is returned as it is."""
    parts = _NUMBER.fullmatch(number)
    return number if parts is None else " ".join(parts.groups())


def country_name(code: str, locale: Locale) -> str:
    """What a country code of two letters (ISO 3166-1) names; any other text is returned as it is."""
    known = locale.territories.get(code.upper()) if len(code) == len("SL") else None
    return known or code


def zone_name(zone: str, locale: Locale) -> str:
    """The place that a time zone (IANA name) is called after, with its country; any other text is returned as it is."""
    try:
        city = get_timezone_location(zone, locale=locale, return_city=True)
    except LookupError:
        return zone
    city = city.rpartition("/")[2]
    code = get_global("zone_territories").get(zone, NOWHERE)
    return city if code == NOWHERE else f"{city} ({country_name(code, locale)})"
