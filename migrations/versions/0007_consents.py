"""The tables of consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.UUID(), nullable=False),
        sa.Column("citizen_id", sa.UUID(), nullable=False),
        sa.Column("consumer_id", sa.Text(), nullable=False),
        sa.Column("data_scope", postgresql.JSONB(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_fingerprint", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('active', 'replaced', 'withdrawn', 'expired')", name=op.f("ck_consent_status")),
        sa.ForeignKeyConstraint(["citizen_id"], ["subscriber.id"], name=op.f("fk_consent_citizen_id_subscriber")),
        sa.ForeignKeyConstraint(["consumer_id"], ["client.client_id"], name=op.f("fk_consent_consumer_id_client")),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent")),
    )
    op.create_index(
        "uq_consent_active",
        "consent",
        ["citizen_id", "consumer_id"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("uq_consent_active", table_name="consent", postgresql_where=sa.text("status = 'active'"))
    op.drop_table("consent")
