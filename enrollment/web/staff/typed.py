"""From the inputs of the form to the fields of its sections, and back. What is wrong is handed on as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from enrollment.cases.demographics import RELATIONS, Sex
from enrollment.cases.judging import DOCUMENT_TYPES
from enrollment.cases.sections import DOCUMENTS, TYPED, Section
from enrollment.centres import Divisions
from idp.subscribers.folding import fold_name

__all__ = ["DOCUMENT_FIELDS", "PLACES", "RELATIONS", "SEXES", "TYPES", "inputs_of", "typed_fields"]

TICKS = frozenset({"none", "no_contact", "single_name", "looked_at_face", "looked_at_fingers"})
PLACES = ("birth_division", "address_division")
DOCUMENT_FIELDS = ("type", "number", "issuer", "issued_on", "expires_on")
TYPES = (*sorted(DOCUMENT_TYPES - {"other", "death_certificate"}), "other")
SEXES = tuple(sex.value for sex in Sex)
_PARTS = {1: "year", 2: "month", 3: "day"}


def typed_fields(section: Section, form: MultiDict[str, str], divisions: Divisions) -> dict[str, Any]:
    """The fields that these inputs stand for; an input that is not there leaves its field alone.

    A ticked box is preceded by an empty input of its name, so that an empty box is there as well.
    """
    fields: dict[str, Any] = {}
    for name in TYPED.get(section, ()):
        if name in TICKS and name in form:
            fields[name] = form.getlist(name)[-1] == "yes" or None
        elif name in PLACES and name in form:
            fields[name] = _place(form[name].strip(), divisions)
        elif name not in {*TICKS, "birth_date", "birth_precision", *DOCUMENTS} and name in form:
            fields[name] = form[name].strip() or None
    if section is Section.PERSON and "birth_date" in form:
        fields |= _birth(form["birth_date"].strip(), declared=form.getlist("birth_declared")[-1:] == ["yes"])
    if section is Section.DOCUMENTS:
        fields |= {slot: _document(slot, form) for slot in DOCUMENTS if f"{slot}.type" in form}
    return fields


def inputs_of(content: Mapping[str, Any], divisions: Divisions) -> dict[str, Any]:
    """What stands in the inputs for the content of a section: places by name, the date as people write it."""
    shown = dict(content)
    for name in PLACES:
        found = divisions.find(content[name]) if content.get(name) else None
        shown[name] = content.get(name, "") if found is None else found.name
    shown["birth_declared"] = content.get("birth_precision") == "declared"
    return shown


def _birth(text: str, *, declared: bool) -> dict[str, Any]:
    """The date and how exactly it is known: as many parts as were typed. Days first, as people here write them."""
    parts = [part for part in text.replace("/", "-").replace(".", "-").split("-") if part]
    if len(parts) > 1 and len(parts[-1]) == 4 and len(parts[0]) <= 2:
        parts.reverse()
    written = "-".join(part.zfill(2) for part in parts) if all(map(str.isdigit, parts)) and len(parts) <= 3 else text
    precision = "declared" if declared else _PARTS.get(len(parts), "day")
    return {"birth_date": written or None, "birth_precision": precision if written else None}


def _place(text: str, divisions: Divisions) -> str | None:
    """The code of the division that is called so, or the only one that begins so; else the text itself."""
    if not text:
        return None
    found = divisions.search(text)
    exact = [one for one in found if fold_name(text) in {fold_name(name) for name in (one.name, *one.aliases)}]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0].code
    return text


def _document(slot: str, form: MultiDict[str, str]) -> dict[str, str] | None:
    values = {field: form.get(f"{slot}.{field}", "").strip() for field in DOCUMENT_FIELDS}
    return {field: value for field, value in values.items() if value} or None
