"""How somebody who cannot sign in showed a centre who they are. Of the code a keyed digest is kept."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from idp.database import Base

__all__ = ["ProofRow"]


class ProofRow(Base):
    """One showing. Of a visit at most one is under way; it ends with the visit, and with its account.

    `asked` waits for a supervisor, `proven` for the code to be used; `refused`, `used` and `over` are ends.
    """

    __tablename__ = "recovery_proof"
    __table_args__ = (
        CheckConstraint("way in ('compared', 'papers')", name="way"),
        CheckConstraint("state in ('asked', 'proven', 'refused', 'used', 'over')", name="state"),
        CheckConstraint("tries >= 0", name="tries"),
        Index(
            "uq_recovery_proof_open",
            "case_id",
            unique=True,
            postgresql_where=text("state in ('asked', 'proven')"),
        ),
        Index("ix_recovery_proof_asked", "centre_id", postgresql_where=text("state = 'asked'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recovery_case.id", ondelete="CASCADE"), index=True)
    centre_id: Mapped[uuid.UUID]
    officer_id: Mapped[uuid.UUID]
    supervisor_id: Mapped[uuid.UUID | None]
    way: Mapped[str]
    papers: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    state: Mapped[str]
    digest: Mapped[bytes | None]
    tries: Mapped[int] = mapped_column(SmallInteger())
    made_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
