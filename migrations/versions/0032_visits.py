"""How people who cannot sign in showed a centre who they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recovery_proof",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("supervisor_id", sa.UUID(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("papers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way in ('compared', 'papers')", name=op.f("ck_recovery_proof_way")),
        sa.CheckConstraint(
            "state in ('asked', 'proven', 'refused', 'used', 'over')", name=op.f("ck_recovery_proof_state")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_recovery_proof_tries")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["recovery_case.id"],
            name=op.f("fk_recovery_proof_case_id_recovery_case"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_proof")),
    )
    op.create_index(op.f("ix_recovery_proof_case_id"), "recovery_proof", ["case_id"])
    op.create_index(
        "uq_recovery_proof_open",
        "recovery_proof",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'proven')"),
    )
    op.create_index(
        "ix_recovery_proof_asked", "recovery_proof", ["centre_id"], postgresql_where=sa.text("state = 'asked'")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("recovery_proof")
