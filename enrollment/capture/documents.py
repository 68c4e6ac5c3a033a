"""Pictures of documents: looked at, stored sealed, shown again. What a document says is no matter of this room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, insert, select

from enrollment.capture.captures import Subject
from enrollment.capture.findings import Examiner
from enrollment.capture.hints import Hint
from enrollment.capture.locking import alone
from enrollment.capture.models import DocumentRow
from enrollment.capture.policy import CapturePolicy
from enrollment.errors import Code, Refusal
from enrollment.storage import Kind, Vault
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

__all__ = ["MAX_PAGES", "Document", "DocumentType", "Documents"]

MAX_PAGES = 20


class DocumentType(StrEnum):
    """What is photographed; `EXCEPTION` is the picture that shows why a position cannot be captured."""

    BIRTH_CERTIFICATE = "birth_certificate"
    PASSPORT = "passport"
    VOTER_CARD = "voter_card"
    NATIONAL_CARD = "national_card"
    DRIVING_LICENCE = "driving_licence"
    BAPTISM = "baptism"
    SCHOOL = "school"
    COURT_ORDER = "court_order"
    AFFIDAVIT = "affidavit"
    DEATH_CERTIFICATE = "death_certificate"
    OTHER = "other"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class Document:
    """A stored picture."""

    id: UUID
    type: DocumentType
    object_id: UUID
    format: str
    width: int
    height: int
    captured_at: datetime


class Documents:
    """Takes pictures of documents in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        examiner: Examiner,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        policy: CapturePolicy | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._examiner = examiner
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = Trail(session, clock, entropy)
        self._policy = policy or CapturePolicy()

    def take(self, subject: Subject, kind: DocumentType, content: bytes, by: UUID) -> Document | Refusal:
        """Keep one picture: PNG, JPEG, TIFF, BMP or JPEG 2000, decoded once to see that it is one.

        The very same bytes again are the same picture.
        Refused: `BIO_TOOLARGE`, `BIO_FORMAT`, `BIO_QUALITY` (too few pixels to read), `BIO_COUNT` (20 pictures are
        there), `BIO_ENGINE`; `about` is a `Hint`.
        """
        if len(content) > self._policy.file_bytes:
            return Refusal(Code.BIO_TOOLARGE, Hint.SMALLER_FILE.value)
        if not content:
            return Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE.value)
        text = f"document|{subject.aid}|{sha256(content).hexdigest()}"
        digest = self._keys.mac(Purpose.BLIND_INDEX, text)
        alone(self._session, subject.aid)
        same = self._session.scalar(
            select(DocumentRow).where(DocumentRow.aid == subject.aid, DocumentRow.digest == digest)
        )
        if same is not None:
            return _document(same)
        if len(self.listed(subject.aid)) >= MAX_PAGES:
            return Refusal(Code.BIO_COUNT, "documents")
        page = self._examiner.page(content, self._policy.document_side)
        if isinstance(page, Refusal):
            return page
        stored = self._vault.put(subject.owner_id, Kind.DOCUMENT, content)
        if isinstance(stored, Refusal):
            return stored
        values = {
            "id": self._entropy.uuid(),
            "aid": subject.aid,
            "owner_id": subject.owner_id,
            "type": kind.value,
            "object_id": stored.id,
            "format": page.format,
            "width": page.width,
            "height": page.height,
            "captured_at": self._clock.now(),
            "captured_by": by,
            "digest": digest,
        }
        self._session.execute(insert(DocumentRow), values)
        body = {"aid": subject.aid, "position": "document", "type": kind.value}
        self._trail.append(AuditEvent(Event.ENROLMENT_CAPTURED, actor=str(by), body=body))
        return _document(DocumentRow(**values))

    def listed(self, aid: str) -> tuple[Document, ...]:
        """The pictures of an application, oldest first."""
        rows = self._session.scalars(select(DocumentRow).where(DocumentRow.aid == aid).order_by(DocumentRow.id))
        return tuple(map(_document, rows))

    def remove(self, aid: str, document_id: UUID) -> bool:
        """Take a picture out; False where this application has none of that identifier."""
        gone = delete(DocumentRow).where(DocumentRow.aid == aid, DocumentRow.id == document_id)
        object_id = self._session.scalar(gone.returning(DocumentRow.object_id))
        return object_id is not None and self._vault.remove(object_id)


def _document(row: DocumentRow) -> Document:
    return Document(row.id, DocumentType(row.type), row.object_id, row.format, row.width, row.height, row.captured_at)
