"""How well each officer of a centre captures: quality of what was kept, and how much succeeds at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from idp.database import Session

__all__ = ["CaptureFigures", "Captured"]

_CAPTURED = text(
    """
    select t.by as officer,
           count(*) as tries,
           count(*) filter (where t.accepted) as accepted,
           count(*) filter (where t.accepted and t.number = 1) as at_once,
           avg(t.quality) filter (where t.accepted and t.position <> 'face') as fingers,
           avg(t.quality) filter (where t.accepted and t.position = 'face') as face
    from capture_attempt t join enrol_application a on a.aid = t.aid
    where a.centre_id = :centre and t.at >= :since and t.number is not null group by t.by
    """
)


@dataclass(frozen=True, slots=True)
class Captured:
    """One officer's captures. Qualities are means of what was accepted, 0 to 100; None where there is none."""

    tries: int
    accepted: int
    at_once: int
    fingers: float | None
    face: float | None


class CaptureFigures:
    """Counts captures of a centre. Whoever asks has been let in to see them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_centre(self, centre_id: UUID, since: datetime) -> dict[UUID, Captured]:
        """By officer. Images are gone by then or not: figures of tries stay."""
        rows = self._session.execute(_CAPTURED, {"centre": centre_id, "since": since})
        return {
            row.officer: Captured(row.tries, row.accepted, row.at_once, _known(row.fingers), _known(row.face))
            for row in rows
        }


def _known(value: object) -> float | None:
    return None if value is None else float(str(value))
