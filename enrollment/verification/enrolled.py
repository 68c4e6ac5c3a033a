"""What is enrolled of a person: the templates that are searched, and the images that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import and_, select

from enrollment.capture import Position
from enrollment.capture.captures import sample_digest
from enrollment.capture.models import SampleRow
from enrollment.gallery.counting import counting
from enrollment.gallery.models import GalleryEntryRow
from enrollment.register.models import PersonRow, PersonVersionRow
from idp.authenticators.biometric_locks import Modality
from idp.database import Session
from idp.keys import PurposeKeys

__all__ = ["Enrolled", "Held", "best_fingers"]


@dataclass(frozen=True, slots=True)
class Held:
    """A template of a person. `digest` is that of its image, under the name of the application `aid`.

    `engine` made it: the one that counts, or where that has none of this sample (`left`), the one it was entered by,
    which with its template is `first`.
    """

    position: Position
    impression: int
    object_id: UUID
    quality: int
    aid: str
    digest: bytes | None = field(repr=False)
    engine: str = ""
    first: tuple[str, UUID] | None = None
    sample_id: UUID | None = None
    left: bool = False

    @property
    def modality(self) -> Modality:
        """What of the body it is of."""
        return Modality.FACE if self.position is Position.FACE else Modality.FINGER


class Enrolled:
    """Reads, in the caller's transaction."""

    def __init__(self, session: Session, keys: PurposeKeys) -> None:
        self._session = session
        self._keys = keys

    def of(self, person_id: UUID) -> tuple[Held, ...]:
        """Everything that the person can be compared with, by position and impression."""
        rows = self._session.execute(
            counting()
            .where(GalleryEntryRow.person_id == person_id)
            .order_by(GalleryEntryRow.position, GalleryEntryRow.impression, GalleryEntryRow.id)
        )
        return tuple(_held(row, engine, object_id, sample, left=left) for row, engine, object_id, left, sample in rows)

    def modalities(self, person_id: UUID) -> frozenset[Modality]:
        """What can be compared of this person; nothing of those who are not active in the register."""
        rows = self._session.scalars(
            select(GalleryEntryRow.modality)
            .join(PersonRow, and_(PersonRow.id == GalleryEntryRow.person_id, PersonRow.status == "active"))
            .where(GalleryEntryRow.person_id == person_id, GalleryEntryRow.removed.is_(None))
            .distinct()
        )
        return frozenset(map(Modality, rows))

    def person_of_case(self, aid: str) -> UUID | None:
        """Whose record an application led to; None while it led to none."""
        wanted = select(PersonVersionRow.person_id).where(PersonVersionRow.aid == aid).limit(1)
        return self._session.scalar(wanted)

    def is_copy(self, held: Sequence[Held], content: bytes) -> bool:
        """Whether these very bytes are an image that one of these templates was made of (AC-103)."""
        digests = {one.aid: sample_digest(self._keys, one.aid, content) for one in held}
        return any(one.digest is not None and one.digest == digests[one.aid] for one in held)


def best_fingers(held: Sequence[Held], most: int) -> tuple[Position, ...]:
    """The fingers to ask for, best first: by the quality of their images, thumbs and index fingers before others."""
    quality: dict[Position, int] = {}
    for one in held:
        if one.position is not Position.FACE:
            quality[one.position] = max(one.quality, quality.get(one.position, 0))
    ordered = sorted(quality, key=lambda position: (-quality[position], not position.strong, position.number))
    return tuple(ordered[:most])


def _held(row: GalleryEntryRow, engine: str, object_id: UUID, sample: SampleRow | None, *, left: bool) -> Held:
    return Held(
        list(Position)[row.position],
        row.impression,
        object_id,
        0 if sample is None else sample.quality,
        row.aid,
        None if sample is None else sample.digest,
        engine,
        (row.engine, row.object_id),
        None if sample is None else sample.id,
        bool(left),
    )
