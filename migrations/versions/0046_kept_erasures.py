"""Which erasures have their entry in the object store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure_kept",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_kept")),
    )


def downgrade() -> None:
    """Take back. The entries stay in the object store."""
    op.drop_table("erasure_kept")
