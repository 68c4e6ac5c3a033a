"""Which column of a file is what: as whoever imports says, else by the names that registers give their columns."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from enrollment.legacy.wishes import Column, Wishes
from enrollment.register.names import neighbours_swapped, one_edit
from idp.subscribers.folding import fold_name

__all__ = ["NEEDED", "guessed", "places_of"]

NEEDED = (Column.SURNAME, Column.GIVEN_NAMES, Column.SEX, Column.DATE_OF_BIRTH)
"""Columns without which nobody can be taken over."""

_USUAL: Mapping[Column, tuple[str, ...]] = MappingProxyType(
    {
        Column.LEGACY_NO: (
            "legacyno", "legacynumber", "legacyid", "oldno", "oldnumber", "oldid", "oldidno", "oldidnumber", "oldregno",
            "ancienno", "anciennumero", "matricule", "registrationno", "registrationnumber", "registernumber",
            "registerno", "regno", "regnumber", "idno", "idnumber", "idcardno", "idcardnumber", "nin", "nationalid",
            "nationalidno", "cardno", "cardnumber", "voterid", "voteridno", "numerodenregistrement", "numeroregistre",
            "personno", "personid", "recordno", "recordid", "refno", "reference", "fileno", "numero", "num",
            "serialnumber", "serialno", "id", "no", "n", "sn",
        ),
        Column.SURNAME: (
            "surname", "surnames", "lastname", "lastnames", "familyname", "familynames", "nomdefamille", "nomfamille",
            "nom", "noms", "secondname", "name2", "name",
        ),
        Column.GIVEN_NAMES: (
            "givennames", "givenname", "givens", "given", "firstnames", "firstname", "forenames", "forename", "prenoms",
            "prenom", "christiannames", "christianname", "firstandmiddlenames", "firstmiddlenames", "othernames",
            "othername", "autresnoms", "names", "name1", "name",
        ),
        Column.SEX: ("sex", "gender", "sexe", "genre", "mf", "fm"),
        Column.DATE_OF_BIRTH: (
            "dateofbirth", "dob", "birthdate", "birthday", "dateborn", "borndate", "datebirth", "datedenaissance",
            "datenaissance", "datenaiss", "ddn", "nele", "neele", "nee", "ne", "naissance", "dayofbirth", "birth",
            "born", "bornon", "yearofbirth", "birthyear", "yob", "anneedenaissance",
        ),
        Column.DISTRICT: (
            "district", "districtname", "districtofresidence", "residencedistrict", "homedistrict",
            "districtderesidence", "dist", "districtoforigin", "districtofbirth", "county", "departement",
        ),
        Column.CHIEFDOM: (
            "chiefdom", "chiefdomname", "chiefdomward", "chiefdomorward", "wardchiefdom", "chieftaincy", "chefferie",
            "ward", "section",
        ),
        Column.TOWN: (
            "town", "townname", "village", "townvillage", "villagetown", "townorvillage", "villageortown", "towncity",
            "citytown", "city", "hometown", "locality", "localite", "ville", "villevillage", "villageville",
            "settlement", "placeofresidence", "lieuderesidence", "residence", "domicile", "address", "adresse", "place",
        ),
        Column.PHONE: (
            "phone", "phoneno", "phonenumber", "telephone", "telephoneno", "telephonenumber", "numerodetelephone",
            "notelephone", "tel", "telno", "mobile", "mobileno", "mobilenumber", "mobilephone", "cellphone", "cell",
            "cellno", "gsm", "portable", "contactno", "contactnumber", "contact", "contacts", "notel", "ntel",
        ),
        Column.MOTHER_NAME: (
            "mothername", "mothersname", "mothersnames", "nameofmother", "motherfullname", "mothersfullname",
            "fullnameofmother", "nomdelamere", "nommere", "nomdemere", "mother", "mere", "mothersmaidenname",
        ),
    }
)  # fmt: skip
# What headings say besides: `(dd/mm/yyyy)`, `M/F`, whose the cell is.
_BRACKETS = re.compile(r"\([^)]*\)?|\[[^\]]*\]?|\{[^}]*\}?")
_FORM = re.compile(r"\b[djmya]{1,4}(?:\W[djmya]{1,4}){1,2}\b|\b[mfh]\s*[/|-]\s*[mfh]\b")
_WHOSE = re.compile(r"^(?:persons?|person's|citizens?|citizen's|applicants?|applicant's|holders?|holder's)\b\W*")
_SURE_LENGTH = 6
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
    """What the names of the columns say by themselves: the surest name of each first, no column twice.

    A column that is not found is looked for with a slip of the pen in its name.
    """
    found: dict[Column, int] = {}
    for bare in (_plain, _bare):
        _find(found, [bare(name) for name in header], _USUAL, operator.eq)
    _find(found, [_bare(name) for name in header], _USUAL, _slip)
    return found


def _find(
    found: dict[Column, int],
    folded: Sequence[str],
    wanted: Mapping[Column, Sequence[str]],
    fits: Callable[[str, str], bool],
) -> None:
    for column, names in wanted.items():
        if column in found:
            continue
        free = [(at, held) for at, held in enumerate(folded) if held and at not in found.values()]
        place = next((at for name in names for at, held in free if fits(held, name)), None)
        if place is not None:
            found[column] = place


def _slip(held: str, name: str) -> bool:
    return len(name) >= _SURE_LENGTH and (one_edit(held, name) or neighbours_swapped(held, name))


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


def _bare(name: str) -> str:
    """The name without what stands in brackets and how cells are written; whole where nothing else is left."""
    folded = fold_name(name).replace("_", " ")
    rest = _WHOSE.sub("", _FORM.sub(" ", _BRACKETS.sub(" ", folded)).strip())
    return _REST.sub("", rest) or _REST.sub("", folded)
