"""The rooms in which people run their own record, over the database session of the request: as `idp.web.rooms`."""

from __future__ import annotations

from flask import current_app

from idp.keys.person_keys import PersonKeys
from idp.selfservice.closing import Closings, Tellers
from idp.selfservice.concerns import Concerns
from idp.selfservice.contacts import ContactChanges, Messages
from idp.selfservice.corrections import Corrections
from idp.selfservice.document import Gathering, Sources
from idp.selfservice.exports import Exports
from idp.selfservice.sealed_words import SealedWords
from idp.web import language
from idp.web.code_rooms import one_time_codes, overview
from idp.web.extensions import db, services
from idp.web.rooms import consents, devices, directory, links, notices, outbox, sessions, trail

# Where the composition root puts what other floors add to a copy: name -> `selfservice.document.Part`.
COPY_PARTS = "wangov_copy_parts"

__all__ = [
    "COPY_PARTS",
    "closings",
    "concerns",
    "contact_changes",
    "corrections",
    "exports",
    "gathering",
    "sealed_words",
]


def sealed_words() -> SealedWords:
    """What people wrote, sealed with their keys."""
    shared = services()
    return SealedWords(PersonKeys(db.session(), shared.sealer, shared.clock))


def corrections() -> Corrections:
    """Corrections that people propose."""
    shared = services()
    return Corrections(db.session(), directory(), sealed_words(), notices(), shared.clock, shared.entropy, trail())


def concerns() -> Concerns:
    """Reports that an entry of the history was not right."""
    shared = services()
    return Concerns(db.session(), sealed_words(), shared.clock, shared.entropy, trail())


def contact_changes() -> ContactChanges:
    """Changes of where people are reached."""
    shared = services()
    messages = Messages(one_time_codes(), notices(), links())
    return ContactChanges(db.session(), directory(), sealed_words(), messages, shared.clock, shared.entropy, trail())


def closings() -> Closings:
    """Accounts that are to be closed."""
    shared = services()
    tellers = Tellers(notices(), links(), outbox())
    return Closings(db.session(), directory(), sessions(), consents(), tellers, shared.clock, shared.entropy, trail())


def exports() -> Exports:
    """Copies of everything about a person."""
    shared = services()
    keys = PersonKeys(db.session(), shared.sealer, shared.clock)
    return Exports(db.session(), keys, notices(), shared.clock, shared.entropy, trail())


def gathering() -> Gathering:
    """What such a copy is made of."""
    sources = Sources(directory(), overview(), devices(), corrections(), concerns(), sealed_words())
    parts = current_app.extensions.get(COPY_PARTS, {})
    return Gathering(db.session(), sources, services().clock, _service_name, parts)


def _service_name(client_id: str) -> str:
    client = services().registry.get(client_id)
    return client_id if client is None else client.name_in(language.DEFAULT)
