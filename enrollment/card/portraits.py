"""The small picture on a card: of the photograph that was accepted last, drawn by the examiner, kept nowhere else."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from enrollment.capture import Examiner, Position
from enrollment.capture.models import SampleRow
from enrollment.errors import Code, Refusal
from enrollment.register.models import PersonVersionRow
from enrollment.storage import Vault
from idp.database import Session

__all__ = ["FacePortraits"]


class FacePortraits:
    """Fulfils `cards.Portraits` over the samples of a person's applications. Without a vault nobody has a picture."""

    def __init__(self, session: Session, vault: Vault | None, examiner: Examiner) -> None:
        self._session = session
        self._vault = vault
        self._examiner = examiner

    def of(self, person_id: UUID, most_bytes: int) -> bytes | Refusal | None:
        """A picture, None where there is none that can be used; refused: `BIO_ENGINE`."""
        wanted = (
            select(SampleRow.object_id)
            .join(PersonVersionRow, PersonVersionRow.aid == SampleRow.aid)
            .where(PersonVersionRow.person_id == person_id, SampleRow.best, SampleRow.accepted)
            .where(SampleRow.position == Position.FACE.value)
            .order_by(SampleRow.captured_at.desc(), SampleRow.id)
            .limit(1)
        )
        object_id = None if self._vault is None else self._session.scalar(wanted)
        content = None if object_id is None or self._vault is None else self._vault.read(object_id)
        if content is None or isinstance(content, Refusal):
            return None
        made = self._examiner.portrait(content, most_bytes)
        if isinstance(made, Refusal):
            return made if made.code is Code.BIO_ENGINE else None
        return made
