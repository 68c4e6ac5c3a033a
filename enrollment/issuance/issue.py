"""The end of a case: number, person, version, gallery entries, account and slip, all of them or none.

One path serves one case and hundreds: each table gets one statement, however many people there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import insert, select, text

from enrollment.errors import Code, Refusal
from enrollment.issuance.claims import claims_of
from enrollment.issuance.models import IssuanceRow
from enrollment.issuance.slips import Slip, Slips, is_reference
from enrollment.register import Accounts, Facts, Identifiers, NewPerson, Register
from enrollment.register.lookups import among_texts
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.errors import Refusal as AccountRefusal
from idp.subscribers import Directory, State
from idp.subscribers.opening import Account, Openings

__all__ = ["LINKED", "OPENED", "AcceptedCase", "GalleryEntries", "Issuance", "Issued", "Parts"]

OPENED, LINKED = "opened", "linked"
# Who does it where nobody is named: the register's own worker, never the person.
BY_ITSELF = "system"
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(cast(:names as text[])) as name")


@dataclass(frozen=True, slots=True)
class AcceptedCase:
    """What an accepted case says. `subscriber_id` is the applicant's account, None when one is to be opened."""

    aid: str
    subject_key_id: UUID
    facts: Facts = field(repr=False)
    ial: int
    subscriber_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """What came of a case. `nin` and `slip` are there the first time only: asked again, nothing new is made."""

    aid: str
    person_id: UUID
    subscriber_id: UUID
    opened: bool
    issued_at: datetime
    nin: str | None = field(default=None, repr=False)
    slip: Slip | None = None


class GalleryEntries(Protocol):
    """Puts what was captured of people into the gallery; fulfilled above this room."""

    def enter(self, people: Mapping[str, UUID]) -> Refusal | None:
        """Make the samples of each case (AID) those of its person, in the transaction that is open."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms that issuance writes to, over one session."""

    register: Register
    identifiers: Identifiers
    accounts: Accounts
    directory: Directory
    openings: Openings
    slips: Slips
    gallery: GalleryEntries


class Issuance:
    """Issues numbers, in the caller's transaction."""

    def __init__(self, session: Session, parts: Parts, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._parts = parts
        self._clock = clock
        self._trail = trail

    def issue(self, case: AcceptedCase, *, actor: str | None = BY_ITSELF) -> Issued | Refusal:
        """The number of one case, with everything that belongs to it; as `issue_many`."""
        [outcome] = self.issue_many([case], actor=actor)
        return outcome

    def issue_many(self, cases: Sequence[AcceptedCase], *, actor: str | None = BY_ITSELF) -> list[Issued | Refusal]:
        """An outcome for each case, in order. A case that was issued before gives the same person again (AC-099).

        A linked account keeps its identifier, with it every `sub`, and its level until it is claimed. Refused:
        `ENR_UNKNOWN` about `account` (no such account, or one that is over), `ENR_EXISTS` about `account` (it is
        another person's), and what the gallery refuses: after that the caller must roll back.
        """
        self._lock(cases)
        known = self._issued(cases)
        outcomes: dict[str, Issued | Refusal] = dict(known)
        waiting = {case.aid: case for case in cases if case.aid not in known}
        owners, refused = self._accounts(waiting, actor)
        outcomes |= refused
        ready = [case for case in waiting.values() if case.aid in owners]
        people = self._people(ready, owners)
        problem = self._parts.gallery.enter({case.aid: people[case.aid] for case in ready}) if ready else None
        if problem is not None:
            return [problem] * len(cases)
        outcomes |= self._concluded(ready, people, owners, actor)
        return [outcomes[case.aid] for case in cases]

    def of_case(self, aid: str) -> Issued | None:
        """What came of a case; None while nothing has."""
        row = self._session.get(IssuanceRow, aid, populate_existing=True) if is_reference(aid) else None
        return None if row is None else _issued(row)

    def _lock(self, cases: Sequence[AcceptedCase]) -> None:
        """One after the other where two transactions issue one case, or link one account. In one order, for all."""
        names = {f"issuance|{case.aid}" for case in cases}
        names |= {f"account|{case.subscriber_id}" for case in cases if case.subscriber_id is not None}
        self._session.execute(_LOCK, {"names": sorted(names)})

    def _issued(self, cases: Sequence[AcceptedCase]) -> dict[str, Issued]:
        rows = self._session.scalars(
            select(IssuanceRow).where(among_texts(IssuanceRow.aid, [case.aid for case in cases]))
        )
        return {row.aid: _issued(row) for row in rows}

    def _accounts(
        self, cases: Mapping[str, AcceptedCase], actor: str | None
    ) -> tuple[dict[str, UUID], dict[str, Refusal]]:
        """The account of each case by AID, opened where there is none; and the cases that have none to be had."""
        owners: dict[str, UUID] = {}
        refused: dict[str, Refusal] = {}
        fresh = []
        for case in cases.values():
            if case.subscriber_id is None:
                fresh.append(case)
                continue
            problem = self._unfit(case.subscriber_id, owners)
            if problem is None:
                owners[case.aid] = case.subscriber_id
            else:
                refused[case.aid] = problem
        return owners | self.open_accounts(fresh, actor), refused

    def _unfit(self, subscriber_id: UUID, taken: Mapping[str, UUID]) -> Refusal | None:
        account = self._parts.directory.get(subscriber_id)
        if account is None or account.state not in {State.ACTIVE, State.PENDING}:
            return Refusal(Code.ENR_UNKNOWN, "account")
        if subscriber_id in taken.values() or self._parts.accounts.person_of(subscriber_id) is not None:
            return Refusal(Code.ENR_EXISTS, "account")
        return None

    def open_accounts(self, cases: Sequence[AcceptedCase], actor: str | None = BY_ITSELF) -> dict[str, UUID]:
        """New accounts, called by the case until their owners choose a name; nobody is refused for a taken one."""
        owners: dict[str, UUID] = {}
        waiting, suffix = list(cases), ""
        for attempt in range(2, 12):
            if not waiting:
                break
            asked = [Account(case.aid.lower() + suffix, claims_of(case.facts), case.ial) for case in waiting]
            opened = self._parts.openings.open(asked, actor=actor)
            owners |= {
                case.aid: made
                for case, made in zip(waiting, opened, strict=True)
                if not isinstance(made, AccountRefusal)
            }
            waiting = [case for case in waiting if case.aid not in owners]
            suffix = f".{attempt}"
        if waiting:
            message = "an account could not be opened: its claims or its name are not what an account may have"
            raise ValueError(message)
        return owners

    def _people(self, cases: Sequence[AcceptedCase], owners: Mapping[str, UUID]) -> dict[str, UUID]:
        new = [NewPerson(case.subject_key_id, case.facts, case.ial, case.aid) for case in cases]
        people = dict(zip((case.aid for case in cases), self._parts.register.open(new), strict=True))
        self._parts.accounts.link_new({owners[aid]: person_id for aid, person_id in people.items()})
        return people

    def _concluded(
        self, cases: Sequence[AcceptedCase], people: Mapping[str, UUID], owners: Mapping[str, UUID], actor: str | None
    ) -> dict[str, Issued]:
        now = self._clock.now()
        nins = self._parts.identifiers.give_nins({people[case.aid]: case.subject_key_id for case in cases})
        slips = {slip.aid: slip for slip in self._parts.slips.make({case.aid: owners[case.aid] for case in cases})}
        done = {}
        for case in cases:
            person_id, account = people[case.aid], owners[case.aid]
            opened = case.subscriber_id is None
            done[case.aid] = Issued(case.aid, person_id, account, opened, now, nins[person_id], slips[case.aid])
        rows = [
            {
                "aid": one.aid,
                "person_id": one.person_id,
                "subscriber_id": one.subscriber_id,
                "account": OPENED if one.opened else LINKED,
                "issued_at": now,
            }
            for one in done.values()
        ]
        if rows:
            self._session.execute(insert(IssuanceRow), rows)
        levels = {case.aid: case.ial for case in cases}
        self._trail.append_all([_event(one, levels[one.aid], actor) for one in done.values()])
        return done


def _issued(row: IssuanceRow) -> Issued:
    return Issued(row.aid, row.person_id, row.subscriber_id, row.account == OPENED, row.issued_at)


def _event(issued: Issued, ial: int, actor: str | None) -> AuditEvent:
    body: dict[str, str | int] = {
        "case": issued.aid,
        "person": str(issued.person_id),
        "ial": ial,
        "account": OPENED if issued.opened else LINKED,
    }
    return AuditEvent(Event.NUMBER_ISSUED, subscriber_id=issued.subscriber_id, actor=actor, body=body)
