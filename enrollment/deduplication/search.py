"""The search for one application, in three steps that each bear repeating, so that a worker may die between any two.

Templates are made; then, in one transaction, they are entered into the gallery and the search is begun; then everybody
is compared, and in one transaction what was found is written down and the application moves on. Since each application
is in the gallery before it is searched, of two of one person at the same time at least one finds the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrollment.capture.extraction import Extraction, TemplateOf
from enrollment.capture.overview import Overview
from enrollment.cases import FACE, FINGERS, Case, Cases, Kind, Moved, Order, Purpose, Reason, Section, State, Task
from enrollment.cases.judging import Judged, Material
from enrollment.deduplication.applicants import searched_facts
from enrollment.deduplication.naming import alone_found, named, reason_of
from enrollment.deduplication.policy import DedupPolicy
from enrollment.deduplication.searches import STAGE, Hit, Searches
from enrollment.errors import Code, Refusal
from enrollment.gallery import Entries, Follower, Found, Gallery, Template, Terms
from enrollment.register import Candidates, Demographics
from enrollment.storage import Kind as Stored
from enrollment.storage import Vault
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session
from idp.jobs import Jobs

__all__ = ["DEDUPLICATE", "Deduplication", "Rooms"]

# The job's name; its argument is `aid`.
DEDUPLICATE = "deduplication.search"
_WHOLE = frozenset({Stored.FACE_TEMPLATE, Stored.FINGER_TEMPLATE})
_NOBODY = Found((), 0, 0.0)
_NO_NAMES = Candidates((), complete=True)
_CODES = {
    Code.BIO_ENGINE: Reason.ENGINE,
    Code.ENR_OBJECT: Reason.STORE,
    Code.ENR_CHECKSUM: Reason.PACKET,
}
# What cannot be compared is captured again: nobody is refused for it.
_AGAIN = {
    Code.BIO_QUALITY: Reason.QUALITY,
    Code.BIO_FORMAT: Reason.QUALITY,
    Code.BIO_NOFACE: Reason.QUALITY,
    Code.BIO_MANYFACES: Reason.QUALITY,
    Code.BIO_COUNT: Reason.INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms below, over one session.

    `recognise` is answered above: whether what the applicant of this application told is so of this person. `beside`
    makes templates of an application by engines that do not count yet, or no more.
    """

    cases: Cases
    extraction: Extraction
    overview: Overview
    vault: Vault
    entries: Entries
    follower: Follower
    demographics: Demographics
    recognise: Callable[[str, UUID], bool] | None = None
    beside: Callable[[str], object] = lambda _aid: None


class Deduplication:
    """Searches for one application, in the caller's transactions: commit after every step, after a refusal too.

    A step that is not next does nothing, so all four may be done again at any time. Every step raises
    `StoreUnavailableError` when the object store does not answer.
    """

    def __init__(
        self,
        session: Session,
        rooms: Rooms,
        gallery: Gallery,
        clock: Clock,
        trail: Trail,
        policy: DedupPolicy | None = None,
    ) -> None:
        self._session = session
        self._rooms = rooms
        self._gallery = gallery
        self._searches = Searches(session, clock)
        self._clock = clock
        self._trail = trail
        self._policy = policy or DedupPolicy()

    def ask(self, aid: str) -> None:
        """Have the search made by a worker once the transaction has committed."""
        Jobs(self._session).defer(DEDUPLICATE, in_line=aid, aid=aid)

    def prepare(self, aid: str) -> Refusal | None:
        """Make the templates that are missing. Refused: as `Extraction.run`, and `BIO_COUNT` where a sample is gone.

        Those of an engine that is tried as well, so that the applicant is found whichever counts.
        """
        case = self._case(aid, State.VALIDATED)
        if case is None or not self._compares(case):
            return None
        made = self._rooms.extraction.run(aid)
        if isinstance(made, Refusal):
            return made
        self._rooms.beside(aid)
        return None if self._complete(case) else Refusal(Code.BIO_COUNT, "samples")

    def begin(self, aid: str) -> Refusal | None:
        """Enter the application into the gallery and begin its search. Refused: as `Lifecycle.search`."""
        case = self._case(aid, State.VALIDATED)
        if case is None:
            return None
        task = self._task(case)
        moved = self._rooms.cases.lifecycle.search(Order(task, aid))
        if isinstance(moved, Refusal):
            return moved
        # Last, since other changes of the gallery wait from here on.
        entered = self._rooms.entries.enter_case(aid, case.subject_key_id, self._templates(case))
        self._searches.begin(aid, task.attempt, entered, self._policy.version)
        return None

    def catch_up(self, aid: str) -> Refusal | None:
        """Bring the index up to the rows, so that `decide` keeps no other worker waiting. Refused: `BIO_ENGINE`."""
        if self._case(aid, State.DEDUP) is None:
            return None
        followed = self._rooms.follower.follow(self._gallery)
        return followed if isinstance(followed, Refusal) else None

    def decide(self, aid: str) -> Refusal | None:
        """Compare with everybody, and let the application move on: accepted, or to two people who decide.

        Refused: `BIO_ENGINE`, `ENR_OBJECT`; then nothing is written but the audit, and the search can be made again.
        """
        case = self._case(aid, State.DEDUP)
        if case is None:
            return None
        task = self._task(case)
        if not self._searches.hold(aid, task.attempt) or self._case(aid, State.DEDUP) is None:
            return None
        file = self._rooms.cases.files.open(task, aid, Purpose.PROCESSING)
        if isinstance(file, Refusal):
            return file
        found = self._found(case)
        if isinstance(found, Refusal):
            return found
        by_name = self._by_name(case, file.material, file.judged)
        subjects = [*(hit.subject_id for hit in found.hits), *found.blind]
        known = self._must_match(case) or (bool(found.people) and self._known(case))
        hits = named(found, self._rooms.entries.owners(subjects), by_name.found, own=case.person_id, known=known)
        reason = reason_of(hits, no_modality=file.judged.no_modality)
        self._searches.end(aid, task.attempt, hits, reason, people=found.people, review=found.review)
        body: dict[str, BodyValue] = {
            "aid": aid,
            "attempt": task.attempt,
            "hits": len(hits),
            "cut": found.full or not by_name.complete,
        }
        self._trail.append(AuditEvent(Event.ENROLMENT_SEARCHED, subscriber_id=case.subscriber_id, body=body))
        moved = self._moved(case, Order(task, aid), reason, hits)
        if isinstance(moved, Refusal):
            message = f"a search ended and its application did not move: {moved.code} {moved.about}"
            raise RuntimeError(message)  # noqa: TRY004 - a broken rule, which must not be committed
        return None

    def set_aside(self, aid: str, refusal: Refusal) -> Moved | Refusal | None:
        """What a refused step leads to: held until it can be tried again, or captured anew."""
        task = Task(STAGE)
        case = self._rooms.cases.files.find(task, aid)
        if isinstance(case, Refusal) or case.state not in {State.APPROVED, State.VALIDATED, State.DEDUP}:
            return None
        lifecycle = self._rooms.cases.lifecycle
        if refusal.code in _AGAIN and case.state is not State.APPROVED:
            return lifecycle.recapture(Order(task, aid), _AGAIN[refusal.code])
        return lifecycle.hold(Order(task, aid), _CODES.get(refusal.code, Reason.OTHER))

    def _moved(self, case: Case, order: Order, reason: Reason | None, hits: Sequence[Hit]) -> Moved | Refusal:
        lifecycle = self._rooms.cases.lifecycle
        if case.kind is Kind.LOST and case.person_id is None:
            if not hits:
                # Nobody has this number to give: another capture may find them, else they are enrolled anew.
                return lifecycle.recapture(order, Reason.NOBODY)
            alone = alone_found(hits)
            if alone is not None and self._rooms.recognise is not None and self._rooms.recognise(case.aid, alone):
                return lifecycle.recognise(order, alone)
        return lifecycle.clear(order) if reason is None else lifecycle.refer(order, reason)

    def _case(self, aid: str, state: State) -> Case | None:
        """The application, if it is in that state."""
        case = self._rooms.cases.files.find(Task(STAGE), aid)
        return case if isinstance(case, Case) and case.state is state else None

    def _task(self, case: Case) -> Task:
        """One attempt for each time that it was validated."""
        history = self._rooms.cases.files.history(Task(STAGE), case.aid)
        steps = [] if isinstance(history, Refusal) else history
        validated = [step.n for step in steps if step.event == "validate"]
        return Task(STAGE, validated[-1] if validated else 1)

    def _compares(self, case: Case) -> bool:
        """Whether the body is compared: not of the dead, and not of the youngest."""
        birth = self._rooms.cases.sections.judge(case).birth
        old_enough = birth is None or birth.age(self._clock.now().date()) >= self._policy.compared_from
        return case.kind is not Kind.DEATH and old_enough

    def _templates(self, case: Case) -> list[TemplateOf]:
        """The whole templates of the best samples."""
        if not self._compares(case):
            return []
        best = {kept.id for kept in self._rooms.overview.kept(case.aid, best=True)}
        return [one for one in self._rooms.extraction.of(case.aid) if one.sample_id in best and one.kind in _WHOLE]

    def _complete(self, case: Case) -> bool:
        """Whether there is a template of everything that the application says was captured."""
        content = self._rooms.cases.sections.read(case).of(Section.BIOMETRICS)
        claimed = {position for position in (FACE, *FINGERS) if content.get(position)}
        return claimed <= {one.position.value for one in self._templates(case)}

    def _found(self, case: Case) -> Found | Refusal:
        templates = self._templates(case)
        if not templates:
            return _NOBODY
        followed = self._rooms.follower.follow(self._gallery)
        if isinstance(followed, Refusal):
            return followed
        probe = self._probe(case, templates)
        if isinstance(probe, Refusal):
            return probe
        mine = self._own(case)
        terms = Terms(
            fpir=self._policy.fpir,
            listed=self._policy.listed + len(mine),
            fingers=self._policy.fingers,
            but=frozenset({case.subject_key_id}),
        )
        return self._gallery.search(probe, self._rooms.follower.fetch, terms)

    def _probe(self, case: Case, templates: Sequence[TemplateOf]) -> list[Template] | Refusal:
        """What of the applicant is compared: the templates of the engines that search, whichever counted meanwhile."""
        quality = {(one.position, one.impression): one.quality for one in templates}
        probe = []
        for one in self._rooms.follower.held(case.subject_key_id):
            content = self._rooms.vault.read(one.object_id)
            if isinstance(content, Refusal):
                return content
            probe.append(
                Template(one.position, one.impression, content, quality.get((one.position, one.impression), 0))
            )
        return probe or Refusal(Code.BIO_ENGINE, "probe")

    def _own(self, case: Case) -> frozenset[UUID]:
        if case.person_id is None:
            return frozenset()
        return self._rooms.entries.subjects_of(case.person_id) - {case.subject_key_id}

    def _must_match(self, case: Case) -> bool:
        """Whether the applicant has to be found as the owner of the record, or two people look.

        Who lost a number takes it over; who changes details and is captured with it would be searched under it. Only
        a new enrolment gives a body to a record that has none.
        """
        changes = case.kind in {Kind.UPDATE, Kind.CORRECTION} and bool(self._templates(case))
        return case.kind is Kind.LOST or changes

    def _known(self, case: Case) -> bool:
        return bool(self._own(case))

    def _by_name(self, case: Case, material: Material, judged: Judged) -> Candidates:
        changes = case.kind in {Kind.UPDATE, Kind.CORRECTION}
        if case.kind is Kind.DEATH or judged.birth is None or (changes and not self._templates(case)):
            return _NO_NAMES
        facts = searched_facts(material.of(Section.PERSON), judged.birth)
        return self._rooms.demographics.candidates(facts, but=case.person_id)
