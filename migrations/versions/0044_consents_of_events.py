"""By which consent a service is told of a person: one that was taken back is honoured when events are fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Apply. Events from before name no consent, and are told of an erasure alone."""
    for name in ("consent_id", "other_consent_id"):
        op.add_column("service_event", sa.Column(name, sa.UUID(), nullable=True))
    op.create_index("ix_service_event_at", "service_event", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_service_event_at", "service_event")
    for name in ("other_consent_id", "consent_id"):
        op.drop_column("service_event", name)
