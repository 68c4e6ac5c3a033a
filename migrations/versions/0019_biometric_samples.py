"""Digests of samples that were shown lately, so that none is shown twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "biometric_sample",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_biometric_sample_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "digest", name=op.f("pk_biometric_sample")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("biometric_sample")
