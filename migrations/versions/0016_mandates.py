"""Mandates to act for somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mandate",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("represented_id", sa.UUID(), nullable=False),
        sa.Column("carer_id", sa.UUID(), nullable=False),
        sa.Column("powers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("represented_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carer_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.CheckConstraint("state in ('proposed', 'active', 'declined', 'ended')", name=op.f("ck_mandate_state")),
        sa.CheckConstraint("carer_id <> represented_id", name=op.f("ck_mandate_two_people")),
        sa.ForeignKeyConstraint(["carer_id"], ["subscriber.id"], name=op.f("fk_mandate_carer_id_subscriber")),
        sa.ForeignKeyConstraint(
            ["represented_id"], ["subscriber.id"], name=op.f("fk_mandate_represented_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index(op.f("ix_mandate_carer_id"), "mandate", ["carer_id"], unique=False)
    op.create_index(op.f("ix_mandate_represented_id"), "mandate", ["represented_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_mandate_represented_id"), table_name="mandate")
    op.drop_index(op.f("ix_mandate_carer_id"), table_name="mandate")
    op.drop_table("mandate")
