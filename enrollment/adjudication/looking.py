"""What may be seen of a case: pictures while it is open, figures after one's own vote, names after the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from enrollment.adjudication.deciding import state_of
from enrollment.adjudication.parties import Parties, Party
from enrollment.adjudication.reaching import Reached, Reaching
from enrollment.adjudication.votes import WHOLE, Vote, read
from enrollment.capture import Position
from enrollment.cases import Case, Section
from enrollment.cases import Event as Move
from enrollment.cases.contents import Sections
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal
from enrollment.register import Register
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue

__all__ = ["Figure", "Looking", "Named", "Papers", "Result", "outcome_word"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What the search said of a candidate: natural logarithms, in all and by position; the name's likeness 0 to 1."""

    rank: int
    ratio: float | None
    parts: Mapping[Position, float]
    demographic: float | None
    swapped: bool


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Who somebody is, once it is decided. No `repr`: no log or failure shows it. `aid` is None for a record's."""

    given_names: str
    family_name: str
    birth: str
    aid: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What whoever voted sees. `outcome` (a state) and `names` (by rank, 0: the applicant) only once it is decided."""

    case_id: UUID
    votes: Mapping[int, Vote]
    figures: tuple[Figure, ...]
    outcome: str | None
    names: Mapping[int, Named] | None


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """What an application says of somebody of whom nothing is compared. No `repr`. `documents`: type and object."""

    person: Mapping[str, Any]
    exceptions: tuple[str, ...] = ()
    vouches: int = 0
    documents: tuple[tuple[str, UUID], ...] = field(default=())


class Looking:
    """Shows what is in a case, in the caller's transaction; every look is audited.

    Every method refuses as `Reaching.find`; commit after a refusal, too.
    """

    def __init__(
        self, reaching: Reaching, parties: Parties, sections: Sections, register: Register, trail: Trail
    ) -> None:
        self._reaching = reaching
        self._parties = parties
        self._sections = sections
        self._register = register
        self._trail = trail

    def sample(self, by: Actor, case_id: UUID, rank: int, position: Position) -> UUID | Refusal:
        """The object with the image of this position; rank 0 is the applicant. Refused, too: `ENR_UNKNOWN`."""
        found = self._sample(by, case_id, rank, position)
        return found if isinstance(found, Refusal) else found[1]

    def minutiae(self, by: Actor, case_id: UUID, rank: int, position: Position) -> UUID | Refusal | None:
        """The object with the ISO/IEC 19794-2 record of the same image; None while there is none."""
        found = self._sample(by, case_id, rank, position)
        return found if isinstance(found, Refusal) else self._parties.minutiae(found[0])

    def papers(self, by: Actor, case_id: UUID) -> Papers | Refusal:
        """Details and documents, where the question is about the application itself. Refused, too: `ENR_UNKNOWN`."""
        reached = self._reaching.find(by, case_id)
        if isinstance(reached, Refusal):
            return reached
        case = reached.case
        if self._parties.of(case).whole is None:
            return self._reaching.refuse(by, case.aid, Refusal(Code.ENR_UNKNOWN, "papers"), case)
        self._look(by, reached, WHOLE, "papers")
        material = self._sections.read(case)
        return Papers(
            material.of(Section.PERSON),
            tuple(one.position for one in material.exceptions),
            material.vouches,
            self._parties.documents(case.aid),
        )

    def result(self, by: Actor, case_id: UUID) -> Result | Refusal:
        """One's own votes with what the search had said, and what came of them. Refused, too: `ENR_STATE`."""
        reached = self._reaching.find(by, case_id)
        if isinstance(reached, Refusal):
            return reached
        if reached.mine is None:
            return self._reaching.refuse(by, reached.case.aid, Refusal(Code.ENR_STATE, "not_voted"), reached.case)
        parties = self._parties.of(reached.case).parties
        outcome = outcome_word(reached)
        names = None if outcome is None else self._names(reached.case, parties)
        if names is not None:
            self._look(by, reached, WHOLE, "names")
        figures = tuple(map(_figure, parties))
        return Result(reached.row.id, read(reached.mine.votes), figures, outcome, names)

    def _sample(self, by: Actor, case_id: UUID, rank: int, position: Position) -> tuple[UUID, UUID] | Refusal:
        reached = self._reaching.find(by, case_id)
        if isinstance(reached, Refusal):
            return reached
        found = self._parties.of(reached.case).samples.get(rank, {}).get(position)
        if found is None:
            return self._reaching.refuse(by, reached.case.aid, Refusal(Code.ENR_UNKNOWN, "sample"), reached.case)
        self._look(by, reached, rank, position.value)
        return found

    def _look(self, by: Actor, reached: Reached, rank: int, what: str) -> None:
        body: dict[str, BodyValue] = {"aid": reached.case.aid, "case": str(reached.row.id), "rank": rank, "what": what}
        self._trail.append(AuditEvent(Event.ADJUDICATION_LOOKED, actor=by.reference, body=body))

    def _names(self, case: Case, parties: tuple[Party, ...]) -> dict[int, Named]:
        people = [party.person_id for party in parties if party.person_id is not None]
        versions = self._register.currents(people)
        names = {WHOLE: self._applied(case)}
        for party in parties:
            version = None if party.person_id is None else versions.get(party.person_id)
            if version is not None:
                facts = version.facts
                names[party.rank] = Named(facts.given_names, facts.family_name, facts.birth.text, None)
            elif party.case is not None:
                names[party.rank] = self._applied(party.case)
        return names

    def _applied(self, case: Case) -> Named:
        person = self._sections.read(case).of(Section.PERSON)
        given, family, birth = (str(person.get(name) or "") for name in ("given_names", "family_name", "birth_date"))
        return Named(given, family, birth, case.aid)


def outcome_word(reached: Reached) -> str | None:
    """Where the votes led, as a state; None while they lead nowhere."""
    event = reached.row.outcome
    return None if event is None else state_of(reached.case.kind, Move(event)).value


def _figure(party: Party) -> Figure:
    hit = party.hit
    parts = {Position(name): ratio for name, ratio in hit.parts.items()}
    return Figure(party.rank, hit.ratio, parts, hit.demographic, hit.swapped)
