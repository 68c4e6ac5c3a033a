"""Which column of a file is what: as whoever imports says, else by the names that registers give their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from enrollment.legacy.wishes import Column, Wishes
from idp.subscribers.folding import fold_name

__all__ = ["NEEDED", "guessed", "places_of"]

NEEDED = (Column.SURNAME, Column.GIVEN_NAMES, Column.SEX, Column.DATE_OF_BIRTH)
"""Columns without which nobody can be taken over."""

_USUAL: Mapping[Column, tuple[str, ...]] = MappingProxyType(
    {
        Column.LEGACY_NO: (
            "legacyno", "legacynumber", "legacyid", "oldno", "oldnumber", "oldid", "registrationno",
            "registrationnumber", "regno", "idno", "idnumber", "nin", "nationalid", "cardno", "cardnumber",
            "numero", "serialno", "personno", "id", "no",
        ),
        Column.SURNAME: (
            "surname", "surnames", "lastname", "familyname", "familynames", "nom", "nomdefamille", "name2",
        ),
        Column.GIVEN_NAMES: (
            "givennames", "givenname", "firstname", "firstnames", "forename", "forenames", "prenom", "prenoms",
            "christianname", "names", "name1",
        ),
        Column.SEX: ("sex", "gender", "sexe", "genre", "mf"),
        Column.DATE_OF_BIRTH: (
            "dateofbirth", "dob", "birthdate", "birthday", "birth", "born", "dateborn", "datenaissance",
            "datedenaissance", "yearofbirth",
        ),
        Column.DISTRICT: ("district", "districtname", "districtofresidence", "residencedistrict", "county"),
        Column.CHIEFDOM: ("chiefdom", "chiefdomname", "chieftaincy", "ward", "section"),
        Column.TOWN: ("town", "village", "townvillage", "towncity", "city", "locality", "place", "settlement", "ville"),
        Column.PHONE: (
            "phone", "phoneno", "phonenumber", "telephone", "tel", "telno", "mobile", "mobileno", "mobilenumber",
            "mobilephone", "cell", "contactno", "contactnumber",
        ),
        Column.MOTHER_NAME: (
            "mothername", "mothersname", "nameofmother", "mother", "motherfullname", "mothersfullname", "nomdelamere",
            "mere",
        ),
    }
)  # fmt: skip
_REST = re.compile(r"[^a-z0-9]+")


def places_of(header: Sequence[str], wishes: Wishes) -> dict[Column, int] | tuple[str, ...]:
    """The place of each column in a row, from 0; or the names of those that are needed and not found.

    What is wished for and not there is missing, too: a slip in a mapping must not lose a column unseen.
    """
    folded = [_plain(name) for name in header]
    places: dict[Column, int] = {}
    missing: list[str] = []
    for column, wanted in wishes.columns.items():
        place = _place(folded, header, wanted)
        if place is None:
            missing.append(column.value)
        else:
            places[column] = place
    for column, place in guessed(header).items():
        if column not in places and column.value not in missing and place not in places.values():
            places[column] = place
    missing += [column.value for column in NEEDED if column not in places and column.value not in missing]
    return tuple(missing) if missing or len(set(places.values())) < len(places) else places


def guessed(header: Sequence[str]) -> dict[Column, int]:
    """What the names of the columns say by themselves: the surest name of each first, no column twice."""
    folded = [_plain(name) for name in header]
    found: dict[Column, int] = {}
    for column, names in _USUAL.items():
        for name in names:
            place = next((at for at, held in enumerate(folded) if held == name and at not in found.values()), None)
            if place is not None:
                found[column] = place
                break
    return found


def _place(folded: Sequence[str], header: Sequence[str], wanted: str) -> int | None:
    """By the very name, by its letters, else by its place counted from 1."""
    if wanted in header:
        return list(header).index(wanted)
    plain = _plain(wanted)
    if plain in folded:
        return list(folded).index(plain)
    if wanted.isdecimal() and wanted.isascii() and len(wanted) < 4 and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    return None


def _plain(name: str) -> str:
    return _REST.sub("", fold_name(name))
