"""Which engines there are, and the only ways from one status to another; each is one row of the audit.

candidate -> shadow -> active -> shadow (another took over) -> active again, or retired. A candidate may be retired too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, text, update

from enrollment.capture.models import EngineRow
from enrollment.engines.coverage import Coverage, coverage_of, left_alone, unknown_to
from enrollment.engines.policy import EnginePolicy
from enrollment.errors import Code, Refusal
from enrollment.gallery import Readiness
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["Engine", "Engines", "Modality", "Status"]

# Changes are rare: they go one after another, while everybody reads.
_ALONE = text("lock table bio_engine in share row exclusive mode")
_MOST_NAME = 200


class Modality(StrEnum):
    """Of what an engine is."""

    FACE = "face"
    FINGER = "finger"


class Status(StrEnum):
    """Where an engine stands."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, by the name that its templates carry."""

    id: str
    modality: Modality
    status: Status
    changed_at: datetime
    active_until: datetime | None = None


class Engines:
    """Reads and moves engines, in the caller's transaction.

    Each index of the gallery is of its own engines, so that nothing has to be made anew when others count.
    """

    def __init__(self, session: Session, clock: Clock, trail: Trail, policy: EnginePolicy | None = None) -> None:
        self._session = session
        self._clock = clock
        self._trail = trail
        self.policy = policy or EnginePolicy()

    def listed(self) -> tuple[Engine, ...]:
        """All engines, by modality and when they were added."""
        rows = self._session.scalars(select(EngineRow).order_by(EngineRow.modality, EngineRow.added_at, EngineRow.id))
        return tuple(map(_engine, rows))

    def count(self, engines: Collection[str]) -> bool:
        """Whether a search by these engines finds everybody: they are all that are active, and know everybody."""
        active = set(self._session.scalars(select(EngineRow.id).where(EngineRow.status == Status.ACTIVE.value)))
        return active <= set(engines) and not (active and unknown_to(self._session, engines))

    def find(self, engine_id: str) -> Engine | Refusal:
        """One of them. Refused: `ENR_UNKNOWN`."""
        row = self._row(engine_id)
        return row if isinstance(row, Refusal) else _engine(row)

    def coverage(self, engine_id: str) -> Coverage | Refusal:
        """How far it has come. Refused: `ENR_UNKNOWN`."""
        row = self._row(engine_id)
        return row if isinstance(row, Refusal) else coverage_of(self._session, row, self.policy)

    def behind(self, engine_id: str) -> int | None:
        """How many changes the slowest index of this engine lacks; None where no worker keeps one."""
        return Readiness(self._session, self._clock).behind(engine_id)

    def add(self, engine_id: str, modality: Modality, *, present: str) -> Engine | Refusal:
        """Let an engine be a candidate; where none of the modality counts yet, `present` is written down as it.

        Refused: `ENR_SCHEMA` (no name), `ENR_EXISTS` (known; what was retired comes under another name),
        `ENR_FULL` (another one is being tried).
        """
        if not 0 < len(engine_id) <= _MOST_NAME or not engine_id.isprintable():
            return Refusal(Code.ENR_SCHEMA, "engine")
        self._session.execute(_ALONE)
        if engine_id == present or self._session.get(EngineRow, engine_id) is not None:
            return Refusal(Code.ENR_EXISTS, "engine")
        if self._of(modality, Status.CANDIDATE) or self._of(modality, Status.SHADOW):
            return Refusal(Code.ENR_FULL, "engine")
        if not self._of(modality, Status.ACTIVE):
            self._insert(present, modality, Status.ACTIVE)
        return self._insert(engine_id, modality, Status.CANDIDATE)

    def shadow(self, engine_id: str) -> Engine | Refusal:
        """Let a candidate be asked beside the active engine. Refused: `ENR_UNKNOWN`, `ENR_STATE` (no candidate)."""
        row = self._held(engine_id, Status.CANDIDATE)
        return row if isinstance(row, Refusal) else self._move(row, Status.SHADOW)

    def activate(self, engine_id: str) -> Engine | Refusal:
        """Let a shadow count from the commit on; the one that did is its shadow.

        Refused: `ENR_UNKNOWN`, `ENR_STATE` (no shadow), `ENR_GUARD` about `coverage` (below `policy.coverage`), `index`
        (a worker's is not ready, searches would wait) or `stranded` (somebody would be found by nothing: they are
        captured anew first).
        """
        row = self._held(engine_id, Status.SHADOW)
        if isinstance(row, Refusal):
            return row
        coverage = coverage_of(self._session, row, self.policy)
        if coverage.share < self.policy.coverage:
            return Refusal(Code.ENR_GUARD, "coverage")
        if (self.behind(engine_id) or 0) > self.policy.behind:
            return Refusal(Code.ENR_GUARD, "index")
        return Refusal(Code.ENR_GUARD, "stranded") if coverage.stranded else self._take_over(row)

    def back_out(self, modality: Modality, *, waiting: bool = False) -> Engine | Refusal:
        """Let the engine count again that did before, whatever its coverage: whom it lacks the other still knows.

        Refused: `ENR_STATE` (none was active before, or it is retired); `ENR_GUARD` about `stranded`: somebody would be
        found by nothing, and every search would wait until they are captured anew. `waiting`: let them.
        """
        self._session.execute(_ALONE)
        before = [row for row in self._of(modality, Status.SHADOW) if row.active_until is not None]
        if not before:
            return Refusal(Code.ENR_STATE, "engine")
        if not waiting and left_alone(self._session, before[0], self.policy):
            return Refusal(Code.ENR_GUARD, "stranded")
        return self._take_over(before[0])

    def retire(self, engine_id: str) -> Engine | Refusal:
        """Let an engine be of the past; `Retiring` then removes its templates, and there is no way back.

        Refused: `ENR_UNKNOWN`, `ENR_STATE` (active, or retired), `ENR_GUARD` about `stranded` (somebody is known by it
        alone).
        """
        row = self._held(engine_id, Status.SHADOW, Status.CANDIDATE)
        if isinstance(row, Refusal):
            return row
        active = self._of(Modality(row.modality), Status.ACTIVE)
        if left_alone(self._session, active[0], self.policy):
            return Refusal(Code.ENR_GUARD, "stranded")
        return self._move(row, Status.RETIRED)

    def _take_over(self, row: EngineRow) -> Engine:
        for former in self._of(Modality(row.modality), Status.ACTIVE):
            self._move(former, Status.SHADOW, active_until=self._clock.now())
        return self._move(row, Status.ACTIVE)

    def _held(self, engine_id: str, *wanted: Status) -> EngineRow | Refusal:
        self._session.execute(_ALONE)
        row = self._row(engine_id)
        if isinstance(row, Refusal):
            return row
        return row if row.status in wanted else Refusal(Code.ENR_STATE, "engine")

    def _row(self, engine_id: str) -> EngineRow | Refusal:
        row = self._session.get(EngineRow, engine_id, populate_existing=True)
        return row or Refusal(Code.ENR_UNKNOWN, "engine")

    def _of(self, modality: Modality, status: Status) -> list[EngineRow]:
        wanted = select(EngineRow).where(EngineRow.modality == modality.value, EngineRow.status == status.value)
        return list(self._session.scalars(wanted.execution_options(populate_existing=True)))

    def _insert(self, engine_id: str, modality: Modality, status: Status) -> Engine:
        now = self._clock.now()
        values = {
            "id": engine_id, "modality": modality.value, "status": status.value, "added_at": now, "changed_at": now,
            "active_until": None,
        }  # fmt: skip
        self._session.execute(insert(EngineRow).values(values))
        self._tell(engine_id, modality.value, "", status)
        return _engine(EngineRow(**values))

    def _move(self, row: EngineRow, status: Status, active_until: datetime | None = None) -> Engine:
        before, values = row.status, {"status": status.value, "changed_at": self._clock.now()}
        ended = {} if active_until is None else {"active_until": active_until}
        self._session.execute(update(EngineRow).where(EngineRow.id == row.id).values(**values, **ended))
        self._session.refresh(row)
        self._tell(row.id, row.modality, before, status)
        return _engine(row)

    def _tell(self, engine_id: str, modality: str, before: str, after: Status) -> None:
        body = {"engine": engine_id, "modality": modality, "before": before, "after": after.value}
        self._trail.append(AuditEvent(Event.ENGINE_CHANGED, actor="operator", body=dict(body)))


def _engine(row: EngineRow) -> Engine:
    return Engine(row.id, Modality(row.modality), Status(row.status), row.changed_at, row.active_until)
