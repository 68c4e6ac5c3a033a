"""What an application would change of somebody's record: what the register holds beside what was written down."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.cases import File, Kind, Section
from enrollment.errors import Refusal
from enrollment.issuance.recording import facts_of_case
from enrollment.register.nations import NATIONS
from enrollment.web.centre_rooms import register
from enrollment.web.rooms import divisions
from idp.web import language
from idp.web.formats import locale_of

__all__ = ["Change", "changes_of"]

# In the order in which people say them; the words for the fields are those of the register.
_FIELDS = (
    "given_names", "family_name", "other_name", "local_name", "birth_date", "birth_precision", "sex", "nationality",
    "birth_country", "birthplace", "birthplace_line", "address", "address_line", "phone", "email", "contact_person",
    "contact_phone", "guardian_name", "guardian_relation",
)  # fmt: skip
_PLACES = frozenset({"birthplace", "address"})
_COUNTRIES = frozenset({"nationality", "birth_country"})
_LETTERS = {three: two for two, three in NATIONS.items()}
_CHANGING = frozenset({Kind.UPDATE, Kind.CORRECTION, Kind.REENROL})


@dataclass(frozen=True, slots=True)
class Change:
    """One detail: what is recorded now, and what would be; empty for nothing."""

    field: str
    before: str
    after: str


def changes_of(opened: File) -> list[Change] | None:
    """Every detail that differs from the register. None where there is nothing to compare.

    That is where the application is about nobody known, or its details cannot be recorded as they are. Whoever asks
    has opened the application for a purpose, which its citizen sees.
    """
    if opened.case.kind not in _CHANGING or opened.case.person_id is None:
        return None
    held = register().current(opened.case.person_id)
    wanted = facts_of_case(opened.of(Section.PERSON), opened.judged.birth, None)
    if held is None or isinstance(wanted, Refusal):
        return None
    before, after = held.facts.as_document(), wanted.as_document()
    return [
        Change(field, _said(field, before.get(field, "")), _said(field, after.get(field, "")))
        for field in _FIELDS
        if before.get(field, "") != after.get(field, "")
    ]


def _said(field: str, value: str) -> str:
    """Places and countries by their names."""
    if field in _COUNTRIES and value in _LETTERS:
        return str(locale_of(language.current().tag).territories.get(_LETTERS[value], value))
    found = divisions().find(value) if field in _PLACES and value else None
    return value if found is None else found.name
