"""The tables of audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from idp.audit.models import Xid8

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("txid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("leaf", name=op.f("uq_audit_event_leaf")),
    )
    op.create_index(
        "ix_audit_event_subscriber_at",
        "audit_event",
        ["subscriber_id", "at"],
        unique=False,
        postgresql_where=sa.text("subscriber_id is not null"),
    )
    op.create_index(
        "ix_audit_event_unsealed", "audit_event", ["txid"], unique=False, postgresql_where=sa.text("leaf is null")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_audit_event_unsealed", table_name="audit_event", postgresql_where=sa.text("leaf is null"))
    op.drop_index(
        "ix_audit_event_subscriber_at", table_name="audit_event", postgresql_where=sa.text("subscriber_id is not null")
    )
    op.drop_table("audit_event")
