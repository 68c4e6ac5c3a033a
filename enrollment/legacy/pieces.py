"""A file that was brought by a page, kept sealed in pieces until its rows are stored, then gone."""

from __future__ import annotations

import tempfile
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.legacy.models import ImportPieceRow
from idp.database import Session
from idp.keys import Purpose, Sealer

__all__ = ["Pieces"]

PIECE = 256 * 1024
IN_MEMORY = 32 * 1024 * 1024


class Pieces:
    """Keeps files, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        self._session = session
        self._sealer = sealer

    def put(self, batch_id: UUID, stream: BinaryIO) -> None:
        """Keep a file; the one that is kept already stays."""
        stream.seek(0)
        n = 0
        while piece := stream.read(PIECE):
            sealed = self._sealer.seal_system(Purpose.ENROLMENT, _label(batch_id, n), piece)
            values = {"batch_id": batch_id, "n": n, "sealed": sealed}
            self._session.execute(insert(ImportPieceRow).values(values).on_conflict_do_nothing())
            n += 1

    def open(self, batch_id: UUID) -> BinaryIO | None:
        """The file, to be closed by the caller; None where none is kept. Raises `SealBrokenError` for another's."""
        whole: BinaryIO = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # type: ignore[assignment]  # noqa: SIM115
        n = 0
        while (sealed := self._piece(batch_id, n)) is not None:
            whole.write(self._sealer.open_system(Purpose.ENROLMENT, _label(batch_id, n), sealed))
            n += 1
        if n == 0:
            whole.close()
            return None
        whole.seek(0)
        return whole

    def forget(self, batch_id: UUID) -> None:
        """Let go of it."""
        self._session.execute(delete(ImportPieceRow).where(ImportPieceRow.batch_id == batch_id))

    def _piece(self, batch_id: UUID, n: int) -> bytes | None:
        wanted = select(ImportPieceRow.sealed).where(ImportPieceRow.batch_id == batch_id, ImportPieceRow.n == n)
        return self._session.scalar(wanted)


def _label(batch_id: UUID, n: int) -> str:
    return f"import|{batch_id}|{n}"
