"""How two engines judged the same comparisons: figures only, each engine's ratios for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from enrollment.capture.models import EngineRow
from enrollment.engines.coverage import Coverage, coverage_of
from enrollment.engines.models import EngineMissRow, EngineShadowRow
from enrollment.engines.policy import EnginePolicy
from enrollment.errors import Code, Refusal
from idp.database import Session

__all__ = ["Report", "Reports"]


@dataclass(frozen=True, slots=True)
class Report:
    """`counted` is what the active engine said, and was answered; `said` what this one would have.

    `both`, `only_counted`, `only_said`, `neither` matched. `again` and `refused`: this one compared nothing, where the
    active one did; `untried`: it could not be asked. `misses` are samples without a template, by code. Medians of the
    ratios (natural logarithms, each by its own engine's calibration) of what both matched; None where there is none.
    """

    engine: str
    coverage: Coverage
    both: int
    only_counted: int
    only_said: int
    neither: int
    again: int
    refused: int
    untried: int
    misses: Mapping[str, int]
    counted_median: float | None
    said_median: float | None

    @property
    def compared(self) -> int:
        """Comparisons that both made."""
        return self.both + self.only_counted + self.only_said + self.neither

    @property
    def agreement(self) -> float | None:
        """The share of those in which both said the same."""
        return (self.both + self.neither) / self.compared if self.compared else None


class Reports:
    """Reads, in the caller's transaction."""

    def __init__(self, session: Session, policy: EnginePolicy | None = None) -> None:
        self._session = session
        self._policy = policy or EnginePolicy()

    def of(self, engine_id: str) -> Report | Refusal:
        """What is known of an engine. Refused: `ENR_UNKNOWN`."""
        engine = self._session.get(EngineRow, engine_id, populate_existing=True)
        if engine is None:
            return Refusal(Code.ENR_UNKNOWN, "engine")
        row = EngineShadowRow
        told = self._session.execute(
            select(row.counted, row.said, func.count())
            .where(row.engine_id == engine_id)
            .group_by(row.counted, row.said)
        )
        pairs = {(counted, said): count for counted, said, count in told}
        alone = {word: sum(n for (_, said), n in pairs.items() if said == word) for word in _NOTHING}
        medians = self._session.execute(
            select(
                func.percentile_cont(0.5).within_group(row.counted_ratio),
                func.percentile_cont(0.5).within_group(row.said_ratio),
            ).where(row.engine_id == engine_id, row.counted == "match", row.said == "match")
        ).one()
        return Report(
            engine_id,
            coverage_of(self._session, engine, self._policy),
            pairs.get(("match", "match"), 0),
            pairs.get(("match", "no_match"), 0),
            pairs.get(("no_match", "match"), 0),
            pairs.get(("no_match", "no_match"), 0),
            alone["again"],
            alone["refused"],
            alone["untried"],
            self._misses(engine_id),
            medians[0],
            medians[1],
        )

    def _misses(self, engine_id: str) -> dict[str, int]:
        row = EngineMissRow
        counted = select(row.code, func.count()).where(row.engine_id == engine_id).group_by(row.code)
        return {found.code: found[1] for found in self._session.execute(counted.order_by(row.code))}


_NOTHING = ("again", "refused", "untried")
