"""How far the indexes of workers are, so that an engine does not count before they are ready."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """Apply. Workers tell of theirs within a minute."""
    op.create_table(
        "gallery_index",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("engines", ARRAY(sa.Text()), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_gallery_index")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("gallery_index")
