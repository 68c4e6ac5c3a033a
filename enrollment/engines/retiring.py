"""Removing the templates of a retired engine, wherever the one that counts has its own."""

from __future__ import annotations

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.orm import aliased

from enrollment.capture.models import EngineRow, TemplateRow
from enrollment.gallery.models import GalleryEntryRow
from enrollment.storage import Kind, Vault
from enrollment.storage.models import StoredObjectRow
from idp.database import Session

__all__ = ["Retiring"]

_WHOLE = (Kind.FACE_TEMPLATE.value, Kind.FINGER_TEMPLATE.value)


class Retiring:
    """Works in the caller's transaction, few at a time: commit after each round."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    def round(self, most: int) -> int:
        """Remove up to `most` templates of retired engines; how many. Bears repeating; their bytes go with the sweep.

        A template that is all there is of a sample stays.
        """
        active, newer = aliased(EngineRow), aliased(TemplateRow)
        counting = (
            select(newer.id)
            .join(StoredObjectRow, StoredObjectRow.id == newer.object_id)
            .where(
                newer.sample_id == TemplateRow.sample_id, newer.engine == active.id, StoredObjectRow.kind.in_(_WHOLE)
            )
        )
        wanted = (
            select(TemplateRow.id, TemplateRow.object_id, TemplateRow.sample_id, active.id.label("active"))
            .join(EngineRow, and_(EngineRow.id == TemplateRow.engine, EngineRow.status == "retired"))
            .join(active, and_(active.modality == EngineRow.modality, active.status == "active"))
            .where(exists(counting))
            .order_by(TemplateRow.id)
            .limit(most)
        )
        gone = self._session.execute(wanted).all()
        for row in gone:
            instead = (
                select(TemplateRow.object_id)
                .join(StoredObjectRow, StoredObjectRow.id == TemplateRow.object_id)
                .where(
                    TemplateRow.sample_id == row.sample_id,
                    TemplateRow.engine == row.active,
                    StoredObjectRow.kind.in_(_WHOLE),
                )
                .scalar_subquery()
            )
            # Nothing changes for who searches: the template that counts is the same.
            moved = update(GalleryEntryRow).where(GalleryEntryRow.object_id == row.object_id)
            self._session.execute(
                moved.values(object_id=instead, engine=row.active).execution_options(synchronize_session=False)
            )
        self._session.execute(
            delete(TemplateRow)
            .where(TemplateRow.id.in_([row.id for row in gone]))
            .execution_options(synchronize_session=False)
        )
        for row in gone:
            self._vault.remove(row.object_id)
        return len(gone)
