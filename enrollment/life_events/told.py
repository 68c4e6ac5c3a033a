"""The one fact that somebody tells who lost their number: compared with the record that their body led to.

Design section 7: the search at the review threshold, one fact confirmed before an officer, a supervisor's
approval. Nobody sees what the record says, or is told whether the fact was right: where it was not, two people look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases import Attempt, Case, Cases, Guard, Kind
from enrollment.centres.actors import Actor, Role
from enrollment.deduplication import Searches, alone_found
from enrollment.errors import Code, Refusal
from enrollment.life_events.models import ToldFactRow
from enrollment.register import Facts, Register, Status
from enrollment.register.names import words_of
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.keys import Purpose, PurposeKeys

__all__ = ["FIELDS", "Recognition", "ToldFacts"]

MAX_TOLD = 200


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _words(text: str) -> str:
    return " ".join(sorted(words_of(text)))


# What can be told -> how the record says it, how both are made alike.
_KNOWN: Mapping[str, tuple[Callable[[Facts], str | None], Callable[[str], str]]] = MappingProxyType(
    {
        "birth_date": (lambda facts: facts.birth.text if facts.birth.day else None, _digits),
        "birth_place": (lambda facts: facts.birthplace_line, _words),
        "contact_person": (lambda facts: facts.contact_person, _words),
        "guardian_name": (lambda facts: facts.guardian_name, _words),
        "phone": (lambda facts: facts.phone, lambda text: _digits(text)[-8:]),
        "name": (lambda facts: facts.name, _words),
    }
)
FIELDS = tuple(_KNOWN)
"""What somebody may tell; a date as `YYYY-MM-DD`."""


class ToldFacts:
    """Keeps what was told, in the caller's transaction."""

    def __init__(self, session: Session, cases: Cases, keys: PurposeKeys, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._cases = cases
        self._keys = keys
        self._clock = clock
        self._trail = trail

    def tell(self, by: Actor, aid: str, field: str, text: str) -> Refusal | None:
        """Keep what was told while it is captured, in place of what was told before.

        Refused: as `Sections.save_field`, `ENR_SCHEMA` (no such fact, nothing to compare), `ENR_STATE` about `kind`.
        """
        case = self._cases.sections.reach(by, aid, "tell", (Role.OFFICER,))
        if isinstance(case, Refusal):
            return case
        digest = _digest(self._keys, aid, field, text)
        if case.kind is not Kind.LOST:
            return self._cases.access.refuse(by, aid, "tell", Refusal(Code.ENR_STATE, "kind"), case)
        if digest is None:
            return Refusal(Code.ENR_SCHEMA, "fact")
        values = {"field": field, "digest": digest, "saved_by": by.subscriber_id, "saved_at": self._clock.now()}
        stored = insert(ToldFactRow).values(aid=aid, **values)
        self._session.execute(stored.on_conflict_do_update(index_elements=[ToldFactRow.aid], set_=values))
        body = {"aid": aid, "field": field}
        self._trail.append(AuditEvent(Event.ENROLMENT_FACT_TOLD, actor=by.reference, body=body))
        return None

    def told(self, aid: str) -> str | None:
        """Which fact was told; None while none was."""
        return self._session.scalar(select(ToldFactRow.field).where(ToldFactRow.aid == aid))


class Recognition:
    """Says whether what was told is so, in the caller's transaction."""

    def __init__(self, session: Session, searches: Searches, register: Register, keys: PurposeKeys) -> None:
        self._session = session
        self._searches = searches
        self._register = register
        self._keys = keys

    def agrees(self, aid: str, person_id: UUID) -> bool:
        """Whether the record of somebody who is active says what was told."""
        row = self._session.get(ToldFactRow, aid, populate_existing=True)
        person, version = self._register.get(person_id), self._register.current(person_id)
        if row is None or person is None or version is None or person.status is not Status.ACTIVE:
            return False
        said = _KNOWN[row.field][0](version.facts)
        return said is not None and _digest(self._keys, aid, row.field, said) == row.digest

    def recognised(self, case: Case, attempt: Attempt) -> Refusal | None:
        """The condition `RECOGNISED`: the search found one person and no other, and the fact is theirs."""
        found = self._searches.last(case.aid)
        wanted = attempt.changes.get("person_id")
        alone = None if found is None else alone_found(found.hits)
        if alone is None or wanted != alone or not self.agrees(case.aid, alone):
            return Refusal(Code.ENR_GUARD, Guard.RECOGNISED.value)
        return None


def _digest(keys: PurposeKeys, aid: str, field: str, text: str) -> bytes | None:
    """What was told, and what the record says, made alike; None where nothing is left to compare."""
    if field not in _KNOWN or len(text) > MAX_TOLD:
        return None
    alike = _KNOWN[field][1](text)
    return keys.mac(Purpose.BLIND_INDEX, f"told|{aid}|{field}|{alike}") if alike else None
