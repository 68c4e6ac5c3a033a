"""Where requests come in: what needs no comparing is answered at once, the rest is handed to a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrollment.abis.ledger import Known, Ledger
from enrollment.abis.messages import Asked, Failure, Faulty, Operation, failed, read, succeeded
from enrollment.abis.references import References
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.jobs import Jobs

__all__ = ["MOST_PENDING", "WORK", "Desk", "Waiting"]

WORK = "abis.work"
"""The job that does a request; its argument is `job`."""
MOST_PENDING = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that is not answered yet."""

    request_id: str


class Desk:
    """Takes the requests of one client, in the caller's transaction: commit after a failure too."""

    def __init__(
        self,
        session: Session,
        client_id: str,
        references: References,
        ledger: Ledger,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._session = session
        self._client_id = client_id
        self._references = references
        self._ledger = ledger
        self._clock = clock
        self._trail = trail

    def ask(self, document: object, digest: bytes, expected: str | None = None) -> dict[str, Any] | Waiting:
        """The answer to a request, or that it will come. `digest` is the SHA-256 of its bytes.

        A client's requests are done in the order in which they come. One that is sent again with the same requestId
        has the same answer; another one under a requestId that was used fails with `STRUCTURE`.
        """
        asked = read(document, expected)
        if isinstance(asked, Faulty):
            return failed(asked, self._clock.now())
        match asked.operation:
            case Operation.PING:
                return self._done(asked)
            case Operation.PENDING_JOBS:
                return self._done(asked, jobscount=str(self._ledger.pending(self._client_id)))
            case Operation.REFERENCE_COUNT:
                return self._done(asked, count=str(self._references.count()))
            case Operation.DELETE:
                return self._delete(asked)
            case _:
                return self._begin(asked, digest)

    def _begin(self, asked: Asked, digest: bytes) -> dict[str, Any] | Waiting:
        if self._ledger.pending(self._client_id) >= MOST_PENDING:
            return self._failed(asked, Failure.ABORTED)
        begun = self._ledger.begin(self._client_id, asked, digest)
        if isinstance(begun, Known):
            if not begun.same:
                return self._failed(asked, Failure.STRUCTURE)
            return Waiting(asked.request_id) if begun.answer is None else begun.answer
        if asked.operation is Operation.INSERT:
            taken = self._references.take(asked.reference_id)
            if taken is None:
                told = self._failed(asked, Failure.EXISTS)
                self._ledger.answer(begun, told)
                return told
            self._ledger.keep(begun, taken)
        self._hand_over(begun)
        return Waiting(asked.request_id)

    def _delete(self, asked: Asked) -> dict[str, Any]:
        if not self._references.delete(asked.reference_id):
            return self._failed(asked, Failure.NOT_FOUND)
        self._note(asked, "1")
        return self._done(asked)

    def _hand_over(self, job_id: UUID) -> None:
        # In line for the client: an identification compares with everything that was inserted before it.
        Jobs(self._session).defer(WORK, in_line=self._client_id, job=str(job_id))

    def _done(self, asked: Asked, **more: str) -> dict[str, Any]:
        return succeeded(asked, self._clock.now(), **more)

    def _failed(self, asked: Asked, failure: Failure) -> dict[str, Any]:
        self._note(asked, f"2/{failure.value}")
        return failed(Faulty(failure, asked.operation.value, asked.request_id), self._clock.now())

    def _note(self, asked: Asked, outcome: str) -> None:
        body = {"operation": asked.operation.short, "outcome": outcome}
        self._trail.append(AuditEvent(Event.ABIS_ANSWERED, client_id=self._client_id, body=body))
