"""Templates by another engine from the sealed samples of everybody who is searched; it goes on where it was stopped.

What is to be done is what is not there: no list is kept, so whoever is enrolled meanwhile is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.capture import Position
from enrollment.capture.extraction import keep_template
from enrollment.capture.locking import alone
from enrollment.capture.models import EngineRow, SampleRow, TemplateRow
from enrollment.engines.coverage import is_covered, is_searched, page_end, within
from enrollment.engines.models import EngineMissRow
from enrollment.engines.policy import EnginePolicy
from enrollment.engines.shelf import Shelf
from enrollment.errors import Code, Refusal
from enrollment.gallery import Entries
from enrollment.storage import Vault
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Reextraction", "Round"]

# What will not be better the next time.
_NEVER = 100
_LEFT_BEHIND = ("candidate", "shadow", "active")
_TRIED = ("candidate", "shadow")


@dataclass(frozen=True, slots=True)
class Round:
    """`made` samples got a template, `missed` did not; the next round begins after `last`, None at the end."""

    made: int
    missed: int
    last: UUID | None


class Reextraction:
    """Makes templates, few at a time, in the caller's transaction: commit after each round.

    Raises `StoreUnavailableError` when the object store does not answer: nothing of that round counts.
    """

    def __init__(
        self,
        session: Session,
        vault: Vault,
        shelf: Shelf,
        clock: Clock,
        entropy: Entropy,
        policy: EnginePolicy | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._shelf = shelf
        self._clock = clock
        self._entropy = entropy
        self._policy = policy or EnginePolicy()

    def wanting(self) -> tuple[str, ...]:
        """Engines that are to have a template of everybody: all but retired ones."""
        wanted = select(EngineRow.id).where(EngineRow.status.in_(_LEFT_BEHIND)).order_by(EngineRow.id)
        return tuple(self._session.scalars(wanted))

    def round(self, engine_id: str, most: int, after: UUID | None = None) -> Round | Refusal:
        """Do up to `most` samples of those that come after that one. Two at once do nothing twice.

        Samples that the engine refuses, or that are damaged, are noted as missed and asked no more; those in which the
        engine itself failed are asked again, `policy.tries` times. Refused: `ENR_UNKNOWN`, `ENR_STATE` (retired).
        """
        engine = self._session.get(EngineRow, engine_id, populate_existing=True)
        if engine is None:
            return Refusal(Code.ENR_UNKNOWN, "engine")
        if engine.status not in _LEFT_BEHIND:
            return Refusal(Code.ENR_STATE, "engine")
        end = page_end(self._session, SampleRow.id, after, self._policy.page)
        found = self._open(engine, most, within(SampleRow.id, after, end))
        if not found:
            return Round(0, 0, end)
        for aid in sorted({row.aid for row in found}):
            alone(self._session, aid)
        # Erasure, captures and other rounds are over now, or wait.
        still = self._open(engine, most, SampleRow.id.in_([row.id for row in found]))
        opened = self._vault.read_all([row.object_id for row in still])
        made = [row.id for row in still if self._one(engine_id, row, opened[row.object_id])]
        self._announce(engine_id, made)
        return Round(len(made), len(still) - len(made), found[-1].id if len(found) == most else end)

    def newcomer(self, aid: str) -> int:
        """Templates of an application's best samples by the engines that are tried beside the active ones; how many.

        So whoever is entered into the gallery is known by both, before and after a change. Nobody waits for them: what
        fails is noted as missed.
        """
        tried = self._session.scalars(
            select(EngineRow).where(EngineRow.status.in_(_TRIED)).order_by(EngineRow.id)
        ).all()
        if not tried:
            return 0
        alone(self._session, aid)
        count = 0
        for engine in tried:
            of_it = SampleRow.position == "face" if engine.modality == "face" else SampleRow.position != "face"
            wanted = select(SampleRow).where(SampleRow.aid == aid, SampleRow.best, of_it, ~is_covered(engine.id))
            rows = self._session.scalars(wanted.order_by(SampleRow.id)).all()
            opened = self._vault.read_all([row.object_id for row in rows])
            count += sum(self._one(engine.id, row, opened[row.object_id]) for row in rows)
        return count

    def _announce(self, engine_id: str, samples: Sequence[UUID]) -> None:
        """Indexes of this engine hear of these samples. Last in a round, since other changes of the gallery wait."""
        wanted = select(TemplateRow.id).where(TemplateRow.sample_id.in_(samples), TemplateRow.engine == engine_id)
        Entries(self._session, self._clock, self._entropy).announce(self._session.scalars(wanted).all())

    def _open(self, engine: EngineRow, most: int, among: ColumnElement[bool]) -> Sequence[SampleRow]:
        given_up = exists(
            select(EngineMissRow.engine_id).where(
                EngineMissRow.sample_id == SampleRow.id,
                EngineMissRow.engine_id == engine.id,
                EngineMissRow.tries >= self._policy.tries,
            )
        )
        wanted = select(SampleRow).where(among, is_searched(engine.modality), ~is_covered(engine.id), ~given_up)
        return self._session.scalars(wanted.order_by(SampleRow.id).limit(most)).all()

    def _one(self, engine_id: str, row: SampleRow, content: bytes | Refusal) -> bool:
        if isinstance(content, Refusal):
            return self._miss(engine_id, row, content, _NEVER)
        made = self._shelf.made(engine_id, Position(row.position), content, row.quality)
        if isinstance(made, Refusal):
            return self._miss(engine_id, row, made, 1 if made.code is Code.BIO_ENGINE else _NEVER)
        for one in made:
            refusal = keep_template(self._session, self._vault, row, one, (self._entropy.uuid(), self._clock.now()))
            if refusal is not None:
                return self._miss(engine_id, row, refusal, _NEVER)
        return True

    def _miss(self, engine_id: str, row: SampleRow, why: Refusal, tries: int) -> bool:
        values = {
            "engine_id": engine_id, "sample_id": row.id, "code": why.code.value, "about": why.about, "tries": tries,
            "at": self._clock.now(),
        }  # fmt: skip
        noted = insert(EngineMissRow).values(values)
        again = {
            "code": noted.excluded.code,
            "about": noted.excluded.about,
            "at": noted.excluded.at,
            "tries": EngineMissRow.tries + noted.excluded.tries,
        }
        self._session.execute(noted.on_conflict_do_update(index_elements=["engine_id", "sample_id"], set_=again))
        return False
