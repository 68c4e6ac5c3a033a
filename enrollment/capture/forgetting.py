"""Forgetting what was captured of an application: when its time is over, or its person is erased. Figures stay."""

from __future__ import annotations

from sqlalchemy import delete

from enrollment.capture.captures import Captures
from enrollment.capture.documents import Documents
from enrollment.capture.locking import alone
from enrollment.capture.models import CheckRow
from enrollment.capture.positions import Position
from idp.database import Session

__all__ = ["Forgetting"]


class Forgetting:
    """Removes samples, templates and pictures of documents, in the caller's transaction."""

    def __init__(self, session: Session, captures: Captures, documents: Documents) -> None:
        self._session = session
        self._captures = captures
        self._documents = documents

    def forget(self, aid: str) -> int:
        """Forget everything that was captured; how many samples and pictures there were. Bears repeating.

        The sealed bytes go with the next sweep after the commit. Keys are not destroyed here: that is the owner's
        erasure, after which they could not be read anyway.
        """
        alone(self._session, aid)
        samples = self._captures.begin_again(aid, tuple(Position))
        pictures = [document.id for document in self._documents.listed(aid)]
        for document_id in pictures:
            self._documents.remove(aid, document_id)
        self._session.execute(delete(CheckRow).where(CheckRow.aid == aid))
        return samples + len(pictures)
