"""Capture for an application: whoever may, an application that is being captured, and its sections kept in step.

What pages call. The application is held from the first line on, so nothing is captured of one that was just signed.
"""

from __future__ import annotations

from collections.abc import Collection

from enrollment.capture.captures import Captures, Shot, Subject, Taken
from enrollment.capture.documents import Document, Documents, DocumentType
from enrollment.capture.findings import Seen
from enrollment.capture.mixups import Mixups, Wrong
from enrollment.capture.overview import Kept, Overview, Place
from enrollment.capture.positions import FINGERS, Position
from enrollment.cases import Case, Cases, Section
from enrollment.cases.access import Wish
from enrollment.cases.contents import CAPTURING
from enrollment.cases.orders import Doer
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal

__all__ = ["CaptureDesk"]

_SLOTS = frozenset(f"document_{number}" for number in range(1, 10))


class CaptureDesk:
    """Takes captures for applications, in the caller's transaction. Commit after a refusal too: it is audited.

    Every method refuses as `Sections.reach` does, before anything is looked at: `ENR_ROLE`, `ENR_UNKNOWN` (also another
    centre's), `ENR_OWN`, `ENR_STATE` (nothing is captured now).
    """

    def __init__(
        self, cases: Cases, captures: Captures, documents: Documents, mixups: Mixups, overview: Overview
    ) -> None:
        self._cases = cases
        self._captures = captures
        self._documents = documents
        self._mixups = mixups
        self._overview = overview

    def take(
        self, by: Actor, aid: str, position: Position, content: bytes, *, impression: int = 1, device: str = ""
    ) -> Taken | Refusal:
        """Take one face or finger, as `Captures.take`, and keep the section in step."""
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        shot = Shot(position, content, device, by.subscriber_id, impression)
        taken = self._captures.take(_subject(case), shot)
        if isinstance(taken, Refusal):
            return taken
        return self._in_step(by, case, [position]) or taken

    def look(self, by: Actor, aid: str, position: Position, content: bytes) -> Seen | Refusal:
        """Judge a picture without keeping anything, as `Captures.look`: live hints."""
        case = self._reach(by, aid)
        return case if isinstance(case, Refusal) else self._captures.look(position, content)

    def least_quality(self, position: Position) -> int:
        """From which quality on a sample of this position is accepted."""
        return self._captures.policy.least_quality(position)

    def begin_again(self, by: Actor, aid: str, positions: Collection[Position]) -> int | Refusal:
        """Drop what is captured of these positions and give three new tries. How many samples were dropped."""
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        dropped = self._captures.begin_again(aid, positions)
        return self._in_step(by, case, positions) or dropped

    def document(self, by: Actor, aid: str, slot: str, kind: DocumentType, content: bytes) -> Document | Refusal:
        """Take the picture of a document for `document_1` to `document_9`, as `Documents.take`.

        Refused, too: `ENR_SCHEMA` for another slot.
        """
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        if slot not in _SLOTS:
            return Refusal(Code.ENR_SCHEMA, "document")
        taken = self._documents.take(_subject(case), kind, content, by.subscriber_id)
        if isinstance(taken, Refusal):
            return taken
        saved = self._cases.sections.record(
            by, aid, Section.DOCUMENTS, {f"{slot}_object": str(taken.object_id)}, held=case
        )
        return saved if isinstance(saved, Refusal) else taken

    def exception_photograph(self, by: Actor, aid: str, content: bytes) -> Document | Refusal:
        """Take the picture that shows why a position cannot be captured; its object goes into the exception."""
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        return self._documents.take(_subject(case), DocumentType.EXCEPTION, content, by.subscriber_id)

    def places(self, by: Doer, aid: str) -> tuple[Place, ...] | Refusal:
        """Every position as a page shows it, exceptions considered."""
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        excepted = {Position(held.position) for held in self._cases.exceptions.listed(aid)}
        return self._overview.places(aid, excepted)

    def ask_comparison(self, by: Actor, aid: str) -> Refusal | None:
        """Have the fingers compared with each other by a worker."""
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        self._mixups.ask(aid)
        return None

    def compare(self, by: Doer, aid: str) -> tuple[Wrong, ...] | Refusal:
        """Compare the fingers with each other now; what is mixed up is not accepted in the section. For the worker.

        While they are compared nobody waits for the application; a capture meanwhile is for the next comparison.
        Refused, too, as `Mixups.check`.
        """
        allowed = self._cases.access.reach(by, aid, Wish("capture", CAPTURING))
        looked = allowed if isinstance(allowed, Refusal) else self._mixups.look(aid)
        if isinstance(looked, Refusal):
            return looked
        case = self._reach(by, aid)
        if isinstance(case, Refusal):
            return case
        found = self._mixups.note(aid, looked)
        return self._in_step(by, case, FINGERS) or found

    def signable(self, by: Actor, aid: str) -> Refusal | None:
        """Ask before signing: None once all fingers were compared and none is mixed up; else as `Mixups.refusal`."""
        case = self._reach(by, aid)
        return case if isinstance(case, Refusal) else self._mixups.refusal(aid)

    def _reach(self, by: Doer, aid: str) -> Case | Refusal:
        return self._cases.sections.reach(by, aid, "capture")

    def _in_step(self, by: Doer, case: Case, positions: Collection[Position]) -> Refusal | None:
        """The section says of each position what is the best of it; None where nothing is."""
        best = self._overview.kept(case.aid, best=True, of=positions)
        kept = {(one.position, one.impression): one for one in best}
        facts: dict[str, object] = {}
        for position in positions:
            facts[position.value] = _fact(kept.get((position, 1)))
            facts[f"{position.value}_second"] = _fact(kept.get((position, 2)))
        saved = self._cases.sections.record(by, case.aid, Section.BIOMETRICS, facts, held=case)
        return saved if isinstance(saved, Refusal) else None


def _subject(case: Case) -> Subject:
    return Subject(case.aid, case.subject_key_id)


def _fact(best: Kept | None) -> dict[str, object] | None:
    if best is None:
        return None
    return {
        "sample": str(best.id),
        "quality": best.quality,
        "accepted": best.accepted and best.flag is None,
        "attempt": best.attempt,
        "flag": None if best.flag is None else best.flag.value,
    }
