"""Who is compared: the applicant and those whom the search named, with what is captured of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, union

from enrollment.adjudication.deciding import Matter, Standing
from enrollment.adjudication.votes import WHOLE, Asked, Candidate
from enrollment.capture import Position
from enrollment.capture.models import DocumentRow, SampleRow, TemplateRow
from enrollment.cases import Case, Reason, State
from enrollment.cases.case import case_of
from enrollment.cases.models import ApplicationRow
from enrollment.deduplication import Hit, Searches, Why
from enrollment.gallery.models import GalleryEntryRow
from enrollment.register.models import PersonRow
from enrollment.storage import Kind
from enrollment.storage.models import StoredObjectRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Parties", "Party", "Seen"]

_NUMBERED = frozenset({State.ISSUED, State.BOUND, State.CLAIMED})
_GONE = frozenset(
    {
        State.REJECTED_CENTRE, State.REJECTED_DUPLICATE, State.REJECTED_FRAUD, State.CANCELLED, State.PRE_EXPIRED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who was found: a person of the register, or an application (`case`) without a number yet.

    `owners` are under whom what is captured of them is kept; nobody is left of whoever is erased.
    """

    rank: int
    hit: Hit
    person_id: UUID | None
    case: Case | None
    owners: frozenset[UUID]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a case is about. `samples` by rank (0 is the applicant) and position: sample and its object."""

    whole: Asked | None
    parties: tuple[Party, ...]
    samples: Mapping[int, Mapping[Position, tuple[UUID, UUID]]]

    @property
    def applicant(self) -> tuple[Position, ...]:
        """What is captured of the applicant."""
        return tuple(position for position in Position if position in self.samples[WHOLE])

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Those found, with what can be compared."""
        return tuple(
            Candidate(
                party.rank, party.hit.why, tuple(one for one in self.applicant if one in self.samples[party.rank])
            )
            for party in self.parties
        )

    def questions(self) -> dict[int, Asked]:
        """What is asked, by rank."""
        asked = {} if self.whole is None else {WHOLE: self.whole}
        for party in self.parties:
            asked[party.rank] = Asked.OWN if party.hit.why is Why.UNLIKE else Asked.COMPARE
        return asked

    def person_at(self, rank: int | None) -> UUID | None:
        """The person of the register who was found at this rank."""
        return next((party.person_id for party in self.parties if party.rank == rank), None)

    def matter(self, case: Case) -> Matter:
        """What is decided about."""
        standings = {party.rank: party.standing for party in self.parties}
        return Matter(case.kind, self.questions(), standings, owned=case.person_id is not None)


class Parties:
    """Reads them."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._searches = Searches(session, clock)

    def of(self, case: Case) -> Seen:
        """What adjudicators decide about in this application.

        A search that was made before captures began again says nothing of what is there now.
        """
        search = self._searches.last(case.aid) if case.searched else None
        hits = () if search is None else search.hits
        parties = tuple(self._party(case, rank, hit) for rank, hit in enumerate(hits, 1))
        whole: Asked | None = None
        if not case.searched:
            whole = Asked.REJECTION
        elif not hits or (search is not None and search.reason is Reason.NO_MODALITY):
            whole = Asked.ENTITLED
        samples = {party.rank: self._samples(party.owners) for party in parties}
        return Seen(whole, parties, {WHOLE: self._samples({case.subject_key_id}), **samples})

    def minutiae(self, sample_id: UUID) -> UUID | None:
        """The object with the record of a finger's minutiae; None while there is none."""
        wanted = (
            select(TemplateRow.object_id)
            .join(StoredObjectRow, StoredObjectRow.id == TemplateRow.object_id)
            .where(TemplateRow.sample_id == sample_id, StoredObjectRow.kind == Kind.MINUTIAE.value)
            .order_by(TemplateRow.created_at.desc())
            .limit(1)
        )
        return self._session.scalar(wanted)

    def documents(self, aid: str) -> tuple[tuple[str, UUID], ...]:
        """Pictures of documents: type and object, as they were taken."""
        rows = self._session.execute(
            select(DocumentRow.type, DocumentRow.object_id)
            .where(DocumentRow.aid == aid)
            .order_by(DocumentRow.captured_at, DocumentRow.id)
        )
        return tuple((row.type, row.object_id) for row in rows)

    def _party(self, case: Case, rank: int, hit: Hit) -> Party:
        found = None
        if hit.candidate is not None:
            row = self._session.scalar(
                select(ApplicationRow)
                .where(ApplicationRow.aid == hit.candidate)
                .execution_options(populate_existing=True)
            )
            found = None if row is None else case_of(row)
        person_id = hit.person_id
        if person_id is None and found is not None and found.state in _NUMBERED:
            person_id = found.person_id
        if person_id is not None:
            return Party(rank, hit, person_id, None, self._owners(person_id), Standing.RECORD)
        if found is None:
            return Party(rank, hit, None, None, frozenset(), Standing.OTHER)
        return Party(rank, hit, None, found, frozenset({found.subject_key_id}), _standing(case, found))

    def _owners(self, person_id: UUID) -> frozenset[UUID]:
        """Of every application that led to this record, of the record itself, and whatever is searched as theirs."""
        issued = select(ApplicationRow.subject_key_id).where(
            ApplicationRow.person_id == person_id, ApplicationRow.state.in_([state.value for state in _NUMBERED])
        )
        record = select(PersonRow.subject_key_id).where(PersonRow.id == person_id)
        searched = select(GalleryEntryRow.subject_id).where(
            GalleryEntryRow.person_id == person_id, GalleryEntryRow.removed.is_(None)
        )
        return frozenset(self._session.scalars(union(issued, record, searched)))

    def _samples(self, owners: Collection[UUID]) -> dict[Position, tuple[UUID, UUID]]:
        """The best of each position; of several captures the newest."""
        if not owners:
            return {}
        rows = self._session.execute(
            select(SampleRow.id, SampleRow.position, SampleRow.object_id)
            .where(SampleRow.owner_id.in_(owners), SampleRow.best)
            .order_by(SampleRow.impression.desc(), SampleRow.captured_at, SampleRow.id)
        )
        return {Position(row.position): (row.id, row.object_id) for row in rows}


def _standing(case: Case, other: Case) -> Standing:
    accepted = State.ACCEPTED in {other.state, other.held_from}
    alive = other.state not in _GONE
    first = (other.opened_at, other.aid) < (case.opened_at, case.aid)
    return Standing.EARLIER if alive and (accepted or first) else Standing.OTHER
