"""How far an engine has come: of the samples that are searched, those that it has a template of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from enrollment.capture.models import EngineRow, SampleRow, TemplateRow
from enrollment.engines.models import EngineMissRow
from enrollment.engines.policy import EnginePolicy
from enrollment.gallery.models import GalleryEntryRow
from idp.database import Session

__all__ = ["Coverage", "coverage_of", "is_covered", "is_searched", "left_alone", "page_end", "unknown_to", "within"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """`covered` of `searched` samples have a template, `missed` can have none; people of whom none at all is left.

    `stranded` subjects would not be found by anything if only engines beside this one's templates and those of the
    other modality counted.
    """

    searched: int
    covered: int
    missed: int
    stranded: int

    @property
    def share(self) -> float:
        """0 to 1; of nothing, all is covered."""
        return self.covered / self.searched if self.searched else 1.0


def is_searched(modality: str) -> ColumnElement[bool]:
    """Whether a sample (`SampleRow`) has a template in the gallery."""
    own = aliased(TemplateRow)
    return exists(
        select(GalleryEntryRow.id)
        .join(own, own.object_id == GalleryEntryRow.object_id)
        .where(own.sample_id == SampleRow.id, GalleryEntryRow.modality == modality, GalleryEntryRow.removed.is_(None))
    )


def is_covered(engine_id: str) -> ColumnElement[bool]:
    """Whether a sample (`SampleRow`) has a template of that engine."""
    return exists(select(TemplateRow.id).where(TemplateRow.sample_id == SampleRow.id, TemplateRow.engine == engine_id))


def page_end(session: Session, column: InstrumentedAttribute[UUID], after: UUID | None, page: int) -> UUID | None:
    """The identifier at which a page of that size ends, after that one; None for the last page."""
    wanted = select(column).distinct().order_by(column).offset(page - 1).limit(1)
    return session.scalar(wanted if after is None else wanted.where(column > after))


def within(column: InstrumentedAttribute[UUID], after: UUID | None, end: UUID | None) -> ColumnElement[bool]:
    """Whether an identifier is of that page."""
    ends = [*([] if after is None else [column > after]), *([] if end is None else [column <= end])]
    return and_(true(), *ends)


def coverage_of(session: Session, engine: EngineRow, policy: EnginePolicy) -> Coverage:
    """Counted now, over everything that is searched of the engine's modality."""
    missed = exists(
        select(EngineMissRow.engine_id).where(
            EngineMissRow.sample_id == SampleRow.id,
            EngineMissRow.engine_id == engine.id,
            EngineMissRow.tries >= policy.tries,
        )
    )
    covered = is_covered(engine.id)
    counted = select(func.count(), func.count().filter(covered), func.count().filter(and_(~covered, missed)))
    totals, after, last = [0, 0, 0], None, False
    while not last:
        end = page_end(session, SampleRow.id, after, policy.page)
        page = counted.select_from(SampleRow).where(within(SampleRow.id, after, end), is_searched(engine.modality))
        totals = [total + count for total, count in zip(totals, session.execute(page).one(), strict=True)]
        after, last = end, end is None
    return Coverage(totals[0], totals[1], totals[2], left_alone(session, engine, policy))


def unknown_to(session: Session, engines: Collection[str]) -> bool:
    """Whether somebody is searched of whom these engines have nothing: one of them could not use what there is.

    Looks only at samples that are noted as missed: everybody else has a template before they are searched.
    """
    entry, other = aliased(GalleryEntryRow), aliased(GalleryEntryRow)
    missed, own, by_them = aliased(TemplateRow), aliased(TemplateRow), aliased(TemplateRow)
    theirs = (
        select(other.id)
        .join(own, own.object_id == other.object_id)
        .join(by_them, and_(by_them.sample_id == own.sample_id, by_them.engine.in_(list(engines))))
        .where(other.subject_id == entry.subject_id, other.removed.is_(None))
    )
    found = (
        select(entry.id)
        .join(missed, missed.object_id == entry.object_id)
        .join(EngineMissRow, EngineMissRow.sample_id == missed.sample_id)
        .where(EngineMissRow.engine_id.in_(list(engines)), entry.removed.is_(None), ~exists(theirs))
        .limit(1)
    )
    return session.scalar(found) is not None


def left_alone(session: Session, engine: EngineRow, policy: EnginePolicy) -> int:
    """How many subjects are searched by this modality alone, and have no template of the engine."""
    entry, other = aliased(GalleryEntryRow), aliased(GalleryEntryRow)
    own, by_engine = aliased(TemplateRow), aliased(TemplateRow)
    subject = GalleryEntryRow.subject_id
    of_subject = (
        select(entry.id)
        .join(own, own.object_id == entry.object_id)
        .join(by_engine, and_(by_engine.sample_id == own.sample_id, by_engine.engine == engine.id))
        .where(entry.subject_id == subject, entry.removed.is_(None))
    )
    otherwise = select(other.id).where(
        other.subject_id == subject, other.removed.is_(None), other.modality != engine.modality
    )
    counted = select(func.count(subject.distinct())).where(
        GalleryEntryRow.modality == engine.modality,
        GalleryEntryRow.removed.is_(None),
        ~exists(of_subject),
        ~exists(otherwise),
    )
    total, after, last = 0, None, False
    while not last:
        end = page_end(session, subject, after, policy.page)
        total += session.scalar(counted.where(within(subject, after, end))) or 0
        after, last = end, end is None
    return total
