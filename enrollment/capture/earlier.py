"""What was captured before of one impression: asked at every capture while a person stands there, so one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, or_, select

from enrollment.capture.models import AttemptRow, SampleRow
from enrollment.capture.positions import Position
from idp.database import Session

__all__ = ["Earlier", "earlier"]

_TRIES = (
    select(func.max(AttemptRow.number).label("tries"))
    .where(
        AttemptRow.aid == bindparam("aid"),
        AttemptRow.position == bindparam("position"),
        AttemptRow.impression == bindparam("impression"),
        AttemptRow.counts,
    )
    .subquery()
)
_SAME = SampleRow.digest == bindparam("digest")
_BEST = and_(
    SampleRow.position == bindparam("position"), SampleRow.impression == bindparam("impression"), SampleRow.best
)
_EARLIER = select(_TRIES.c.tries, SampleRow).outerjoin_from(
    _TRIES, SampleRow, and_(SampleRow.aid == bindparam("aid"), or_(_SAME, _BEST))
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The tries that count, the sample of these very bytes wherever it stands, and the best of this impression."""

    tries: int
    same: SampleRow | None
    best: SampleRow | None


def earlier(session: Session, aid: str, place: tuple[Position, int], digest: bytes) -> Earlier:
    """What there is of a position and impression, and of an image with this digest."""
    position, impression = place
    asked = {"aid": aid, "position": position.value, "impression": impression, "digest": digest}
    rows = session.execute(_EARLIER, asked, execution_options={"populate_existing": True}).all()
    samples = [sample for _, sample in rows if sample is not None]
    return Earlier(
        rows[0][0] or 0,
        next((one for one in samples if one.digest == digest), None),
        next((one for one in samples if one.best and (one.position, one.impression) == (position, impression)), None),
    )
