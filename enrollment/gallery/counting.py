"""Which template of a searched sample counts: the active engine's where there is one, else what it was entered by.

Or, for an index of other engines, theirs: it is kept ready before they count, and afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from enrollment.capture.models import EngineRow, SampleRow, TemplateRow
from enrollment.gallery.models import GalleryEntryRow
from enrollment.storage import Kind
from enrollment.storage.models import StoredObjectRow

__all__ = ["counting"]

_own, _now = aliased(TemplateRow), aliased(TemplateRow)
_WHOLE = (Kind.FACE_TEMPLATE.value, Kind.FINGER_TEMPLATE.value)


def counting(engines: Collection[str] | None = None) -> Select[GalleryEntryRow, Any, Any, bool, SampleRow]:
    """Rows that are searched: each with the engine and object that count, whether it is `left`, and its `SampleRow`.

    `engines` are those that count, the active ones if not given. `left`: an engine is active, none of those that count
    has a template of this sample, and it was not the active one that it was entered by.
    """
    entry = GalleryEntryRow
    counted = select(EngineRow.id).where(EngineRow.status == "active") if engines is None else list(engines)
    made = (
        select(_now.sample_id, _now.engine, _now.object_id)
        .join(StoredObjectRow, and_(StoredObjectRow.id == _now.object_id, StoredObjectRow.kind.in_(_WHOLE)))
        .where(_now.sample_id == _own.sample_id, _now.engine.in_(counted))
        .lateral("made")
    )
    active = (
        select(EngineRow.id)
        .where(EngineRow.modality == entry.modality, EngineRow.status == "active")
        .correlate(entry)
        .scalar_subquery()
    )
    return (
        select(
            entry,
            func.coalesce(made.c.engine, entry.engine).label("by"),
            func.coalesce(made.c.object_id, entry.object_id).label("counts"),
            and_(made.c.engine.is_(None), active.is_not(None), entry.engine != active).label("left"),
            SampleRow,
        )
        .outerjoin(_own, _own.object_id == entry.object_id)
        .outerjoin(SampleRow, SampleRow.id == _own.sample_id)
        .outerjoin(made, made.c.sample_id == _own.sample_id)
        .where(entry.removed.is_(None))
        .execution_options(populate_existing=True)
    )
