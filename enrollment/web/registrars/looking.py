"""Whose record a typed number opens, and what of it is shown to a registrar. The person sees that it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from enrollment.centres import Actor
from enrollment.errors import Code, Refusal
from enrollment.register import Status, masked
from enrollment.register.nations import NATIONS
from enrollment.web.centre_rooms import identifiers, proven_accounts, register
from enrollment.web.rooms import Relatives, cases, divisions
from idp.audit import AuditEvent, Event
from idp.web import language
from idp.web.formats import locale_of
from idp.web.rooms import trail

__all__ = ["PURPOSE", "Known", "known", "record_of", "typed_person"]

MAX_NUMBER = 40
PURPOSE = "life_event"
_SHOWN = (
    "given_names", "family_name", "other_name", "birth_date", "sex", "nationality", "birthplace", "guardian_name",
)  # fmt: skip
_LETTERS = {three: two for two, three in NATIONS.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """A record as it lies before a registrar: never its identifier, nor its whole number."""

    status: Status
    number: str
    facts: tuple[tuple[str, str], ...]
    versions: int
    since: datetime | None


def typed_person(by: Actor, typed: str) -> UUID | Refusal:
    """The record of a national or an old number, good or not. Refused, and audited: `NIN_CHECK`, `NIN_UNKNOWN`."""
    found = identifiers().find(typed[:MAX_NUMBER].strip())
    if isinstance(found, Refusal):
        return cases().access.refuse(by, "", "life", found)
    return found.person_id


def known(by: Actor, person_id: UUID) -> Known | Refusal:
    """What a registrar sees; the person's history says so. Refused: `ENR_OWN`, `ENR_UNKNOWN` (nothing is left)."""
    if Relatives().related(by.subscriber_id, person_id):
        return cases().access.refuse(by, "", "life", Refusal(Code.ENR_OWN))
    shown = record_of(person_id)
    if shown is None:
        return cases().access.refuse(by, "", "life", Refusal(Code.ENR_UNKNOWN, "person"))
    held: list[UUID | None] = [*proven_accounts().of_person(person_id)]
    body = {"purpose": PURPOSE}
    for account in held or [None]:
        trail().append(AuditEvent(Event.RECORD_READ, subscriber_id=account, actor=by.reference, body=body))
    return shown


def record_of(person_id: UUID) -> Known | None:
    """The same without an audit row: for a page that asked before. None for nobody, and for the erased."""
    person, history = register().get(person_id), register().history(person_id)
    if person is None or not history:
        return None
    number = identifiers().nin_of(person_id)
    document = history[-1].facts.as_document()
    facts = tuple((name, _said(name, document[name])) for name in _SHOWN if document.get(name))
    return Known(person.status, masked(number) if number else "", facts, len(history), history[0].valid_from)


def _said(name: str, value: str) -> str:
    if name == "nationality" and value in _LETTERS:
        return str(locale_of(language.current().tag).territories.get(_LETTERS[value], value))
    found: Any = divisions().find(value) if name == "birthplace" else None
    return value if found is None else found.name
