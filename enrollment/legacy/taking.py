"""Stored rows become people of the register, some hundred in one transaction: level 1, until somebody sees them.

Each row goes the whole way of an application of its kind. Who may be somebody of the register, or of an earlier row,
waits for two people to look (design section 7); nobody is left out by a machine, and nobody is taken twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from enrollment.cases import Case, Task
from enrollment.cases.demographics import birth_of
from enrollment.cases.taking_in import Newcomer, TakingIn
from enrollment.issuance import AcceptedCase, Issued, Rooms
from enrollment.issuance.recording import SELF_ASSERTED, facts_of_case
from enrollment.legacy.batches import Batch, Batches, State
from enrollment.legacy.documents import ABOUT, OF_AGE, record_of, section_of
from enrollment.legacy.judging import Judging, Match
from enrollment.legacy.meeting import Meeting
from enrollment.legacy.models import ImportRowRow
from enrollment.legacy.rows import Record
from enrollment.register import Candidate, Facts
from enrollment.register.seals import Content
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["AT_A_TIME", "Taking"]

AT_A_TIME = 500
# Rows that were compared by everything that the file says.
_SURE = 1.0
_TASK = Task("import")
_RESULTS = text(
    """
    update import_row set state = v.state, aid = v.aid, person_id = v.person_id
    from unnest(cast(:rows as int[]), cast(:states as text[]), cast(:aids as text[]), cast(:people as uuid[]))
        as v(row, state, aid, person_id)
    where import_row.batch_id = :batch and import_row.row = v.row
    """
)
_FIRST = text(
    """
    select wanted.of_row, held.row, held.aid, held.person_id
    from unnest(cast(:of_rows as int[])) as wanted (of_row)
    cross join lateral (
        select row, aid, person_id from import_row
        where batch_id = :batch and (row = wanted.of_row or of_row = wanted.of_row) and state <> 'stopped'
        order by row limit 1
    ) as held
    """
)


@dataclass(frozen=True, slots=True, repr=False)
class _Waiting:
    """A row that is taken now."""

    row: int
    of_row: int | None
    subject_key_id: UUID
    record: Record
    section: dict[str, Any]
    facts: Facts


@dataclass(frozen=True, slots=True)
class _First:
    """The first row of a person that was not stopped, and what became of it."""

    row: int
    aid: str | None
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a row."""

    state: str
    aid: str | None = None
    person_id: UUID | None = None


class Taking:
    """Takes stored rows, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        batches: Batches,
        rooms: Rooms,
        meeting: Meeting,
        clock: Clock,
        entropy: Entropy,
        nationality: str = "SL",
    ) -> None:
        self._session = session
        self._batches = batches
        self._rooms = rooms
        self._meeting = meeting
        self._clock = clock
        self._entropy = entropy
        self._nationality = nationality

    def some(self, batch_id: UUID, most: int = AT_A_TIME) -> bool:
        """Take the next rows. False where nothing is left to do; commit after each call.

        Two at once take one after the other; of a killed one nothing is there.
        """
        batch = self._batches.hold(batch_id, State.CHECKED, State.TAKING)
        if batch is None:
            return False
        waiting = self._waiting(batch, most)
        if not waiting:
            self._batches.finish(batch)
            return False
        results = self._taken(batch, waiting)
        self._store(batch, results)
        return True

    def _waiting(self, batch: Batch, most: int) -> list[_Waiting]:
        wanted = (
            select(ImportRowRow.row, ImportRowRow.of_row, ImportRowRow.subject_key_id, ImportRowRow.sealed)
            .where(ImportRowRow.batch_id == batch.id, ImportRowRow.state == "waiting")
            .order_by(ImportRowRow.row)
            .limit(most)
        )
        rows = self._session.execute(wanted).all()
        contents = [Content(row.subject_key_id, ABOUT, row.sealed or b"") for row in rows]
        found = []
        for row, content in zip(rows, self._rooms.seals.open(contents), strict=True):
            record = record_of(row.row, content or b"{}")
            section = section_of(record, self._nationality)
            facts = facts_of_case(section, birth_of(section), None)
            if not isinstance(facts, Facts):
                message = f"a row that was checked cannot be recorded: {facts.about}"
                raise RuntimeError(message)  # noqa: TRY004 - a broken rule, which must not be committed
            found.append(_Waiting(row.row, row.of_row, row.subject_key_id, record, section, facts))
        return found

    def _taken(self, batch: Batch, waiting: Sequence[_Waiting]) -> dict[int, _Result]:
        firsts = self._firsts(batch, waiting)
        held = self._meeting.holders(self._numbered([one for one in waiting if one.row not in firsts]))
        results = {
            row: _Result("known", person_id=holder.person_id)
            for row, holder in held.items()
            if self._meeting.like(holder)
        }
        new = [one for one in waiting if one.row not in results]
        alone = {one.row: one.facts for one in new if one.row not in firsts}
        met = _with_holders(self._meeting.candidates(alone, batch.made_at), held, alone)
        taking = TakingIn(self._session, self._clock, self._entropy, self._rooms.trail, _TASK)
        cases = dict(zip((one.row for one in new), taking.take_in(self._newcomers(new)), strict=True))
        judging = Judging(self._session, taking, self._clock)
        begun = dict(zip(cases, judging.begin(list(cases.values())), strict=True))
        clear = [one for one in new if one.row not in firsts and one.row not in met]
        issued = self._issued(judging, clear, begun)
        for one in clear:
            made = issued[one.row]
            results[one.row] = _Result("issued", made.aid, made.person_id)
        unclear = [one for one in new if one.row not in issued]
        results |= {one.row: _Result("referred", begun[one.row].aid) for one in unclear}
        found = {begun[one.row].aid: _matches(one, firsts, met, results) for one in unclear}
        judging.refer([begun[one.row] for one in unclear], found)
        taking.write()
        return results

    def _numbered(self, waiting: Sequence[_Waiting]) -> dict[int, tuple[Facts, UUID]]:
        """Row -> what it says, and who of the register has its old number."""
        people = self._rooms.identifiers.find_legacies(one.record.legacy_no for one in waiting if one.record.legacy_no)
        return {
            one.row: (one.facts, people[one.record.legacy_no])
            for one in waiting
            if one.record.legacy_no in people
        }  # fmt: skip

    def _newcomers(self, new: Sequence[_Waiting]) -> list[Newcomer]:
        contents = [Content(one.subject_key_id, "", Judging.section(one.section)) for one in new]
        today = self._clock.now().date()
        return [
            Newcomer(one.subject_key_id, sealed, today.year - one.facts.birth.year > OF_AGE or _guarded(one))
            for one, sealed in zip(new, self._rooms.seals.seal(contents), strict=True)
        ]

    def _firsts(self, batch: Batch, new: Sequence[_Waiting]) -> dict[int, _First]:
        """Row -> the first row of the same person that was not stopped, with what became of it."""
        of_rows = sorted({one.of_row for one in new if one.of_row is not None})
        if not of_rows:
            return {}
        found = {
            row.of_row: _First(row.row, row.aid, row.person_id)
            for row in self._session.execute(_FIRST, {"batch": batch.id, "of_rows": of_rows})
        }
        return {
            one.row: found[one.of_row]
            for one in new
            if one.of_row is not None and one.of_row in found and found[one.of_row].row != one.row
        }

    def _issued(self, judging: Judging, clear: Sequence[_Waiting], begun: Mapping[int, Case]) -> dict[int, Issued]:
        """Numbers, people, accounts and slips for those in whom there is nothing to decide."""
        if not clear:
            return {}
        accepted = judging.clear([begun[one.row] for one in clear])
        asked = [
            AcceptedCase(case.aid, one.subject_key_id, one.facts, SELF_ASSERTED)
            for one, case in zip(clear, accepted, strict=True)
        ]
        outcomes = self._rooms.issuance.issue_many(asked)
        issued: dict[int, Issued] = {}
        for one, outcome in zip(clear, outcomes, strict=True):
            if not isinstance(outcome, Issued):
                message = f"a new person could not be recorded: {outcome.code}"
                raise RuntimeError(message)  # noqa: TRY004 - a broken rule, which must not be committed
            issued[one.row] = outcome
        judging.bind(accepted, {made.aid: made for made in issued.values()})
        people = {issued[one.row].person_id: one for one in clear}
        self._rooms.identifiers.keep_legacies(
            {person_id: one.subject_key_id for person_id, one in people.items()},
            {person_id: one.record.legacy_no for person_id, one in people.items()},
        )
        return issued

    def _store(self, batch: Batch, results: Mapping[int, _Result]) -> None:
        rows = list(results)
        self._session.execute(
            _RESULTS,
            {
                "batch": batch.id,
                "rows": rows,
                "states": [results[row].state for row in rows],
                "aids": [results[row].aid for row in rows],
                "people": [results[row].person_id for row in rows],
            },
        )
        counts = [one.state for one in results.values()]
        self._batches.change(
            batch.id,
            state=State.TAKING.value,
            done=batch.done + len(rows),
            **{name: getattr(batch, name) + counts.count(name) for name in ("issued", "referred", "known")},
        )


def _with_holders(
    met: Mapping[int, Sequence[Candidate]], held: Mapping[int, Candidate], rows: Collection[int]
) -> dict[int, Sequence[Candidate]]:
    """Whoever has the old number of a row that is not like them is looked at, too: first, as two have one number."""
    found = dict(met)
    for row in held.keys() & rows:
        others = [one for one in met.get(row, ()) if one.person_id != held[row].person_id]
        found[row] = [held[row], *others]
    return found


def _guarded(one: _Waiting) -> bool:
    return bool(one.section.get("guardian_name"))


def _matches(
    one: _Waiting,
    firsts: Mapping[int, _First],
    met: Mapping[int, Sequence[Candidate]],
    results: Mapping[int, _Result],
) -> list[Match]:
    """Whom two people will look at beside it; the first row of its person may be taken in this very transaction."""
    if one.row not in firsts:
        return [Match(candidate.person_id, None, candidate.score) for candidate in met[one.row]]
    first = firsts[one.row]
    became = results.get(first.row, _Result("", first.aid, first.person_id))
    return [Match(became.person_id, None if became.person_id is not None else became.aid, _SURE)]
