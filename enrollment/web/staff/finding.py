"""Finding an application: by its number, typed or scanned, or by name and year among those of the centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Cases, File, Purpose, Section, State, aid_of, grouped
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.staff.reach import reached
from idp.subscribers.folding import fold_name

__all__ = ["find", "find_named"]

MAX_TYPED = 100
MAX_HITS = 10
_SEARCHED = (State.CAPTURING, State.RETURNED, State.RECAPTURE, State.SIGNED, State.IN_REVIEW)
_NAMES = ("given_names", "family_name", "other_names")


@staff.get("/staff/find")
def find() -> Response:
    """A number leads to the application's page."""
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    number = request.args.get("number", "")[:MAX_TYPED].strip()
    if not number:
        return _page(here)
    found = None if aid_of(number) is None else reached(cases(), here.actor, number)
    if found is not None and not isinstance(found, Refusal):
        return redirect(url_for("staff.case", aid=found.aid), code=303)
    if found is not None and found.code is not Code.ENR_UNKNOWN:
        return refusal_page(found, url_for("staff.find"))
    fault = "number_wrong" if found is None else "number_unknown"
    return _page(here, {"number": number}, errors=[("number", fault)])


@staff.post("/staff/find")
def find_named() -> Response:
    """A name with the year of birth leads to those of the centre that are under way: a name belongs in no address.

    Every application that is shown was read: its citizen sees that.
    """
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    typed = {name: request.form.get(name, "")[:MAX_TYPED].strip() for name in ("name", "year")}
    errors = _faults(typed)
    hits = [] if errors else _named(cases(), here, fold_name(typed["name"]), typed["year"])
    return _page(here, typed, hits, errors)


def _page(
    here: Present,
    typed: Mapping[str, str] | None = None,
    hits: Sequence[Mapping[str, Any]] | None = None,
    errors: Sequence[tuple[str, str]] = (),
) -> Response:
    return shown_page(
        here,
        "officer/find.html",
        400 if errors else 200,
        typed={"number": "", "name": "", "year": "", **(typed or {})},
        errors=errors,
        hits=hits or [],
        searched=hits is not None and not errors,
        action=url_for("staff.find"),
        today_url=url_for("staff.today"),
    )


def _faults(typed: dict[str, str]) -> list[tuple[str, str]]:
    year = typed["year"]
    faults = [] if typed["name"] else [("name", "name_missing")]
    return faults if year.isascii() and year.isdigit() and len(year) == 4 else [*faults, ("year", "year_wrong")]


def _named(held: Cases, here: Present, name: str, year: str) -> list[dict[str, Any]]:
    """Applications in which every typed word begins a word of the names, born that year or the one beside it."""
    found = []
    for line in held.files.queue(here.actor, _SEARCHED):
        # The list holds only what this person may open; what does not fit is shown to nobody.
        person = held.sections.read(line.case).of(Section.PERSON)
        if not _fits(person, name, int(year)):
            continue
        opened = held.files.open(here.actor, line.case.aid, Purpose.CAPTURE)
        if isinstance(opened, File):
            found.append(_hit(opened))
        if len(found) == MAX_HITS:
            break
    return found


def _fits(person: Any, name: str, year: int) -> bool:
    words = fold_name(" ".join(str(person.get(field, "")) for field in _NAMES)).split()
    born = str(person.get("birth_date", ""))[:4]
    near = born.isascii() and born.isdigit() and abs(int(born) - year) <= 1
    return near and all(any(word.startswith(part) for word in words) for part in name.split())


def _hit(opened: File) -> dict[str, Any]:
    person = opened.of(Section.PERSON)
    return {
        "shown": grouped(opened.case.aid),
        "name": " ".join(str(person[field]) for field in ("given_names", "family_name") if person.get(field)),
        "born": person.get("birth_date", ""),
        "state": opened.case.state.value,
        "url": url_for("staff.case", aid=opened.case.aid),
    }
