"""Finding what was merged into a record without reading every person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_person_merged_into", "person", ["merged_into"], postgresql_where=sa.text("merged_into is not null")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_person_merged_into", table_name="person")
