"""From accepted to bound: what an application says becomes a person of the register, with number, account and slip.

One transaction for all of it, under the application's row: two workers at once, or one that died, end with one number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from enrollment.cases import Case, Cases, File, Kind, Moved, Order, Purpose, Reason, Section, State, Task
from enrollment.cases.access import Wish
from enrollment.cases.errands import ISSUE
from enrollment.cases.orders import Hand
from enrollment.cases.transitions import NUMBERED
from enrollment.errors import Code, Refusal
from enrollment.gallery import Entries
from enrollment.issuance.issue import AcceptedCase, Issuance, Issued
from enrollment.issuance.recording import facts_of_case, level_of_case
from enrollment.issuance.renewal import KnownCase, Renewal
from enrollment.register import Facts
from idp.database import Session
from idp.jobs import Jobs

__all__ = ["Issuing", "Written"]

_TASK = Task("issue")
_WISH = Wish("issue", (Hand.SYSTEM,), lock=True)
# Of these the register knows nobody yet; of the others it must.
_OPENS = frozenset({Kind.NEW, Kind.CHILD, Kind.REENROL, Kind.IMPORT})
_KEEPS_FACTS = frozenset({Kind.LOST})
_RAISES = frozenset({Kind.REENROL})


@dataclass(frozen=True, slots=True)
class Written:
    """What is in the register by now: the person, and the account that a slip was made for, if there is one."""

    person_id: UUID
    subscriber_id: UUID | None


class Issuing:
    """Issues for one application, in the caller's transaction; commit after a refusal too, since it is held then."""

    def __init__(self, session: Session, cases: Cases, issuance: Issuance, renewal: Renewal, entries: Entries) -> None:
        self._session = session
        self._cases = cases
        self._issuance = issuance
        self._renewal = renewal
        self._entries = entries

    def ask(self, aid: str) -> None:
        """Have it issued by a worker once the transaction has committed; accepting it asks by itself."""
        Jobs(self._session).defer(ISSUE, in_line=aid, aid=aid)

    def run(self, aid: str) -> Written | Refusal | None:
        """Issue what was accepted: `ISSUED`, and `BOUND` where it leads to a number.

        None where there is nothing to do: done before, cancelled, or a death. After a refusal the application is held,
        to be tried again: `ENR_SCHEMA` (details that cannot be recorded), `ENR_UNKNOWN` or `ENR_EXISTS` about `person`
        (an application about somebody who is not there, or for a second number), and as `Renewal.refusal`.
        """
        case = self._cases.access.reach(_TASK, aid, _WISH)
        if isinstance(case, Refusal) or case.state is not State.ACCEPTED or case.kind is Kind.DEATH:
            return None
        file = self._cases.files.open(_TASK, aid, Purpose.PROCESSING)
        written = file if isinstance(file, Refusal) else self._written(case, file)
        if isinstance(written, Refusal):
            self._moved(lambda: self._cases.lifecycle.hold(Order(_TASK, aid), Reason.OTHER))
            return written
        lifecycle, order, account = self._cases.lifecycle, Order(_TASK, aid), written.subscriber_id
        self._moved(lambda: lifecycle.issue(order, written.person_id))
        if case.kind in NUMBERED and account is not None:
            self._moved(lambda: lifecycle.bind(order, account))
        return written

    def _written(self, case: Case, file: File) -> Written | Refusal:
        facts = None if case.kind in _KEEPS_FACTS else self._facts(case, file)
        if isinstance(facts, Refusal):
            return facts
        compared = bool(self._entries.of([case.subject_key_id]))
        ial = level_of_case(case.kind, file.material, file.judged, compared=compared)
        if case.person_id is None:
            known = facts is not None and case.kind in _OPENS
            return self._opened(case, facts, ial) if facts and known else Refusal(Code.ENR_UNKNOWN, "person")
        if case.kind in {Kind.NEW, Kind.CHILD}:
            return Refusal(Code.ENR_EXISTS, "person")
        return self._renewed(case, facts, ial if case.kind in _RAISES else None)

    def _opened(self, case: Case, facts: Facts, ial: int) -> Written | Refusal:
        """Somebody new. An account that cannot be theirs, or is over by now, stops nobody: another is opened.

        Whoever begins a child's application at home is the parent: the account is not the child's.
        """
        account = None if case.kind is Kind.CHILD else case.subscriber_id
        accepted = AcceptedCase(case.aid, case.subject_key_id, facts, ial, account)
        issued = self._issuance.issue(accepted)
        if isinstance(issued, Refusal) and issued.about == "account":
            issued = self._issuance.issue(AcceptedCase(case.aid, case.subject_key_id, facts, ial))
        return issued if isinstance(issued, Refusal) else Written(issued.person_id, issued.subscriber_id)

    def _renewed(self, case: Case, facts: Facts | None, ial: int | None) -> Written | Refusal:
        assert case.person_id is not None, "asked by whoever calls"  # noqa: S101 - for the type checker
        known = KnownCase(case.aid, case.person_id, case.subject_key_id, self._signed_at(case), facts, ial)
        refusal = self._renewal.refusal(known) or self._renewal.record(known)
        if refusal is not None:
            return refusal
        issued = self._renewal.again(known) if case.kind in NUMBERED else None
        if isinstance(issued, Refusal):
            return issued
        return Written(case.person_id, issued.subscriber_id if isinstance(issued, Issued) else None)

    def _facts(self, case: Case, file: File) -> Facts | Refusal:
        consent = self._cases.consents.held(case.aid)
        language = None if consent is None else consent.language
        return facts_of_case(file.of(Section.PERSON), file.judged.birth, language)

    def _signed_at(self, case: Case) -> datetime:
        """When what it says was confirmed; for a row of an older register, when it was taken in."""
        history = self._cases.files.history(_TASK, case.aid)
        signed = [] if isinstance(history, Refusal) else [step.at for step in history if step.event == "sign"]
        return signed[-1] if signed else case.opened_at

    @staticmethod
    def _moved(move: Callable[[], Moved | Refusal]) -> None:
        """The row is held and its conditions were just made true: a no is a broken rule, and nothing may be kept."""
        moved = move()
        if isinstance(moved, Refusal):
            message = f"issued, and the application did not move: {moved.code} {moved.about}"
            raise RuntimeError(message)  # noqa: TRY004 - a broken rule, which must not be committed
