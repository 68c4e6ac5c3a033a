"""Searching the register by hand: who may, how often, what it leaves behind, and what its page shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text

from enrollment.centres import Actor, Divisions, Role
from enrollment.errors import Code, Refusal
from enrollment.finding.asking import FoundFor, Wanted, wanted_of
from enrollment.finding.index import places_meant
from enrollment.finding.masking import Hit, Opened, hit_of, opened_of
from enrollment.finding.models import PeopleSearchRow
from enrollment.finding.ranking import SHOWN, FindPolicy, Ranking
from enrollment.register import Accounts, Facts, Identifiers, Register, Status
from enrollment.register.lookups import among
from enrollment.register.models import PersonRow
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys
from idp.keys.person_keys import PersonKeys

__all__ = ["Finder", "Found", "Rooms"]

FINDERS = (Role.OFFICER, Role.SUPERVISOR, Role.REGISTRAR, Role.SUPPORT)
# These work with records, and see a whole name once they opened it; support helps with accounts.
_WHOLE = (Role.OFFICER, Role.SUPERVISOR, Role.REGISTRAR)
_NEED_A_POSTING = frozenset({Role.OFFICER, Role.SUPERVISOR})
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:who, 7))")


@dataclass(frozen=True, slots=True)
class Found:
    """The page of a search. `complete` is false when more may fit than are listed: say more about the person."""

    id: UUID
    purpose: FoundFor
    typed: Mapping[str, str]
    hits: tuple[Hit, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a search needs of the register and of the country, over the session of the caller.

    `is_own` says whether a person is that member of the staff, or of their household.
    """

    register: Register
    identifiers: Identifiers
    accounts: Accounts
    divisions: Divisions
    person_keys: PersonKeys
    is_own: Callable[[UUID, UUID], bool]


class Finder:
    """Searches, and opens what was found, in the caller's transaction; commit after a refusal too: it is audited."""

    def __init__(
        self,
        session: Session,
        keys: PurposeKeys,
        rooms: Rooms,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        policy: FindPolicy | None = None,
    ) -> None:
        self._session = session
        self._rooms = rooms
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._policy = policy or FindPolicy()
        self._ranking = Ranking(session, keys, rooms.register, rooms.divisions, self._policy)

    def search(self, by: Actor, typed: dict[str, str], purpose: str) -> UUID | Refusal:
        """Look for somebody; the number of the search's page. Everybody on it can see who looked, and why.

        Refused: `ENR_ROLE`, `ENR_SCHEMA` (`purpose`, or a field as `wanted_of`), `ENR_GUARD` (`limit`: too many
        searches in an hour or a day, by the same person at however many places).
        """
        refusal = self._barred(by)
        if refusal is not None:
            return refusal
        wanted = wanted_of(typed, self._clock.now().date())
        if purpose not in set(FoundFor):
            return Refusal(Code.ENR_SCHEMA, "purpose")
        if isinstance(wanted, Refusal):
            return wanted
        if not self._within_limit(by):
            return self._no(by, Refusal(Code.ENR_GUARD, "limit"))
        people, looked, complete = self._ranking.likeliest(wanted)
        search_id, now = self._entropy.uuid(), self._clock.now()
        raw = json.dumps(wanted.as_document(), ensure_ascii=False).encode()
        made = {
            "id": search_id,
            "searcher_id": by.subscriber_id,
            "centre_id": by.centre_id,
            "purpose": purpose,
            "at": now,
            "expires_at": now + self._policy.open_for,
            "hits": people,
            "complete": complete,
            "looked": looked,
            "sealed": self._rooms.person_keys.seal(by.subscriber_id, Purpose.IDENTITY, raw, _about(search_id)),
        }
        self._session.execute(insert(PeopleSearchRow), made)
        self._tell(by, search_id, purpose, wanted, people)
        return search_id

    def page(self, by: Actor, search_id: UUID) -> Found | Refusal:
        """A search of this person's own, while its page is open. Refused: `ENR_ROLE`, `ENR_UNKNOWN`."""
        found = self._found(by, search_id)
        if isinstance(found, Refusal):
            return found
        row, wanted = found
        hits = tuple(hit for hit, _ in self._hits(row, wanted))
        return Found(row.id, FoundFor(row.purpose), wanted.as_document(), hits, row.complete)

    def open(self, by: Actor, search_id: UUID, number: int) -> Opened | Refusal:
        """One of those on the page, with the whole name for those who work with records; the person can see it.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN` (the own record, or one of the household).
        """
        person_id = self.person(by, search_id, number)
        found = self._found(by, search_id)
        if isinstance(person_id, Refusal) or isinstance(found, Refusal):
            return person_id if isinstance(person_id, Refusal) else found  # type: ignore[return-value]  # one is
        row, wanted = found
        held = {hit.number: (hit, facts) for hit, facts in self._hits(row, wanted)}.get(number)
        person = self._rooms.register.get(person_id)
        if held is None or person is None:
            return self._no(by, Refusal(Code.ENR_UNKNOWN))
        accounts = self._rooms.accounts.of_person(person_id)
        body = {"purpose": row.purpose, "centre": _said(by.centre_id), "opened": True, "person": str(person_id)}
        self._trail.append_all(
            [AuditEvent(Event.PERSON_FOUND, one, actor=by.reference, body=body) for one in (*accounts,) or (None,)]
        )
        nin = self._rooms.identifiers.nin_of(person_id) or ""
        return opened_of(*held, nin, whole=by.holds(*_WHOLE), level=person.ial, accounts=len(accounts))

    def person(self, by: Actor, search_id: UUID, number: int) -> UUID | Refusal:
        """Whom a hit stands for, for services of the house: it never leaves. Refused: as `open`."""
        found = self._found(by, search_id)
        if isinstance(found, Refusal):
            return found
        row, _ = found
        if not 1 <= number <= len(row.hits):
            return self._no(by, Refusal(Code.ENR_UNKNOWN))
        person_id = row.hits[number - 1]
        if self._rooms.is_own(by.subscriber_id, person_id):
            return self._no(by, Refusal(Code.ENR_OWN))
        return person_id

    def _hits(self, row: PeopleSearchRow, wanted: Wanted) -> list[tuple[Hit, Facts]]:
        """Numbers stay as they were when somebody's record is gone meanwhile."""
        places = places_meant(self._rooms.divisions, wanted.place)
        versions = self._rooms.register.currents(row.hits)
        held = select(PersonRow.id, PersonRow.status).where(among(PersonRow.id, row.hits))
        statuses = {person_id: Status(status) for person_id, status in self._session.execute(held)}
        return [
            (hit_of(place, wanted, statuses[one], versions[one].facts, places), versions[one].facts)
            for place, one in enumerate(row.hits, 1)
            if one in versions and statuses.get(one) in SHOWN
        ]

    def _found(self, by: Actor, search_id: UUID) -> tuple[PeopleSearchRow, Wanted] | Refusal:
        refusal = self._barred(by)
        if refusal is not None:
            return refusal
        row = self._session.scalar(
            select(PeopleSearchRow).where(
                PeopleSearchRow.id == search_id,
                PeopleSearchRow.searcher_id == by.subscriber_id,
                PeopleSearchRow.expires_at > self._clock.now(),
            )
        )
        wanted = None if row is None else self._typed(row)
        if row is None or wanted is None:
            return self._no(by, Refusal(Code.ENR_UNKNOWN))
        return row, wanted

    def _typed(self, row: PeopleSearchRow) -> Wanted | None:
        """None once the searcher's key is destroyed. Read under the day of the search: the rules were those."""
        raw = self._rooms.person_keys.open(row.searcher_id, Purpose.IDENTITY, row.sealed, _about(row.id))
        typed: dict[str, str] = {} if raw is None else json.loads(raw)
        read = wanted_of(typed, max(row.at.date(), date(1900, 1, 1)))
        return None if isinstance(read, Refusal) else read

    def _within_limit(self, by: Actor) -> bool:
        """Counted under a lock of the searcher's: searches at the same moment do not pass each other."""
        self._session.execute(_LOCK, {"who": str(by.subscriber_id)})
        now = self._clock.now()
        mine = PeopleSearchRow.searcher_id == by.subscriber_id
        counted = select(func.count().filter(PeopleSearchRow.at > now - timedelta(hours=1)), func.count()).where(
            mine, PeopleSearchRow.at > now - timedelta(days=1)
        )
        hour, day = self._session.execute(counted).one()
        return bool(hour < self._policy.an_hour and day < self._policy.a_day)

    def _tell(self, by: Actor, search_id: UUID, purpose: str, wanted: Wanted, people: Sequence[UUID]) -> None:
        """The search itself, and an entry in the history of everybody whom it lists."""
        asked: dict[str, Any] = {
            "search": str(search_id),
            "purpose": purpose,
            "centre": _said(by.centre_id),
            "precision": wanted.birth.precision.value,
            "around": wanted.around,
            "place": bool(wanted.place),
            "found": len(people),
        }
        accounts = self._rooms.accounts.of_people(people)
        about = {"purpose": purpose, "centre": _said(by.centre_id), "opened": False}
        self._trail.append_all(
            [
                AuditEvent(Event.PEOPLE_SEARCHED, actor=by.reference, body=asked),
                *(
                    AuditEvent(
                        Event.PERSON_FOUND, account, actor=by.reference, body={**about, "person": str(person_id)}
                    )
                    for person_id in people
                    for account in (*accounts[person_id],) or (None,)
                ),
            ]
        )

    def _barred(self, by: Actor) -> Refusal | None:
        held = by.roles & set(FINDERS)
        if not held:
            return self._no(by, Refusal(Code.ENR_ROLE))
        if held <= _NEED_A_POSTING and by.centre_id is None:
            return self._no(by, Refusal(Code.ENR_ROLE, "posting"))
        return None

    def _no(self, by: Actor, refusal: Refusal) -> Refusal:
        """The refusal, with its audit row."""
        body = {"action": "find", "reason": refusal.code.value, "about": refusal.about, "person": None}
        self._trail.append(AuditEvent(Event.STAFF_REFUSED, actor=by.reference, body=body))
        return refusal


def _about(search_id: UUID) -> str:
    return f"search|{search_id}"


def _said(centre_id: UUID | None) -> str | None:
    return None if centre_id is None else str(centre_id)
