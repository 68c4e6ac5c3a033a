"""How far the indexes of workers are, as they tell it themselves: whether a change of engine finds them ready."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import any_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.gallery.models import GalleryChangeRow, GalleryIndexRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Readiness"]

# A worker tells it every few seconds; one that was silent for so long is not there.
_SILENT = timedelta(minutes=3)
_FORGOTTEN = timedelta(days=1)


class Readiness:
    """Reads and writes what indexes tell, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def note(self, place: str, engines: frozenset[str], reached: int) -> None:
        """An index, by a name of its own, has taken in all changes up to that one."""
        now = self._clock.now()
        told = {"engines": sorted(engines), "reached": reached, "at": now}
        made = insert(GalleryIndexRow).values(place=place, **told)
        self._session.execute(made.on_conflict_do_update(index_elements=["place"], set_=told))
        self._session.execute(delete(GalleryIndexRow).where(GalleryIndexRow.at < now - _FORGOTTEN))

    def behind(self, engine_id: str) -> int | None:
        """How many changes the slowest index of an engine lacks; None where no worker tells of any."""
        newest = select(GalleryChangeRow.last).limit(1).scalar_subquery()
        found: int | None = self._session.scalar(
            select(func.max(func.coalesce(newest, 0) - GalleryIndexRow.reached)).where(
                literal(engine_id) == any_(GalleryIndexRow.engines), GalleryIndexRow.at >= self._clock.now() - _SILENT
            )
        )
        return found
