"""Recovery cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recovery_case",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proofs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('proving', 'cooling', 'ready', 'done', 'stopped', 'expired')",
            name=op.f("ck_recovery_case_state"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_recovery_case_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_case")),
    )
    op.create_index(
        "ix_recovery_case_open",
        "recovery_case",
        ["subscriber_id"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_recovery_case_open", table_name="recovery_case", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("recovery_case")
