"""A captured picture for the people who capture it: opened, turned into PNG by the examiner, never kept."""

from __future__ import annotations

from uuid import UUID

from enrollment.capture.findings import Examiner
from enrollment.capture.overview import Overview
from enrollment.errors import Code, Refusal
from enrollment.storage import Vault

__all__ = ["Showing"]


class Showing:
    """Opens samples of an application that somebody has reached."""

    def __init__(self, vault: Vault, examiner: Examiner, overview: Overview) -> None:
        self._vault = vault
        self._examiner = examiner
        self._overview = overview

    def picture(self, aid: str, sample_id: UUID, longest_side: int) -> bytes | Refusal:
        """The sample as PNG, no side longer than that.

        Refused: `ENR_UNKNOWN` (no sample of this application), `ENR_OBJECT` (a stored image is not as it was), and as
        `Examiner.picture`.
        """
        kept = self._overview.find(aid, sample_id)
        if kept is None:
            return Refusal(Code.ENR_UNKNOWN, "sample")
        content = self._vault.read(kept.object_id)
        return content if isinstance(content, Refusal) else self._examiner.picture(content, longest_side)

    def paper(self, object_id: UUID, longest_side: int) -> bytes | Refusal:
        """A photograph of a document, as PNG. Refused: as above.

        The caller has seen that it belongs to the application.
        """
        content = self._vault.read(object_id)
        return content if isinstance(content, Refusal) else self._examiner.picture(content, longest_side)
