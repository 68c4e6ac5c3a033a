"""One's own record of the register: what is recorded now, what was before, and what happened to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from enrollment.register.nations import NATIONS
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.rooms import divisions
from enrollment.web.standing_rooms import own_record
from idp.web import language
from idp.web.account.guard import signed_in
from idp.web.formats import locale_of

__all__ = ["my_record", "register_part"]

_PLACES = frozenset({"birthplace", "address"})
_COUNTRIES = frozenset({"nationality", "birth_country"})
_LETTERS = {three: two for two, three in NATIONS.items()}
# In the order in which people say them.
_ORDER = (
    "given_names", "family_name", "other_name", "local_name", "birth_date", "birth_precision", "sex", "nationality",
    "birth_country", "birthplace", "birthplace_line", "address", "address_line", "phone", "email", "contact_person",
    "contact_phone", "guardian_name", "guardian_relation", "language",
)  # fmt: skip


@citizen.get("/account/record")
def my_record() -> Response:
    """Versions and events; somebody who is not in the register is told how to get there."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    record = own_record().of_account(session.subscriber_id)
    page = render_template(
        "citizen/record.html",
        record=None if record is None else {**record, "versions": [_version(one) for one in record["versions"]]},
        details_url=url_for("account.details"),
        history_url=url_for("account.listed_history"),
        body_url=url_for("citizen.own_body"),
        aliases_url=url_for("citizen.own_aliases"),
        data_url=url_for("account.show_export"),
        track_url=url_for("citizen.track"),
    )
    return make_response(page)


def register_part(subscriber_id: UUID) -> dict[str, Any] | None:
    """The register's part of a copy of everything about a person."""
    return own_record().of_account(subscriber_id)


def _version(one: dict[str, Any]) -> dict[str, Any]:
    details = {name: _said(name, one["details"][name]) for name in _ORDER if one["details"].get(name)}
    changed = [
        (name, _said(name, sides["was"]), _said(name, sides["is"]))
        for name in _ORDER
        if (sides := one["changed"].get(name)) is not None
    ]
    return {**one, "details": details, "changed": changed}


def _said(name: str, value: str | None) -> str:
    """Places and countries by their names."""
    if not value:
        return ""
    if name in _COUNTRIES and value in _LETTERS:
        return str(locale_of(language.current().tag).territories.get(_LETTERS[value], value))
    found = divisions().find(value) if name in _PLACES else None
    return value if found is None else found.name
