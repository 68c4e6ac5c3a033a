"""Find the rows of imports whose words are still kept, so that they can be forgotten when their time is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_import_row_sealed", "import_row", ["batch_id"], postgresql_where=sa.text("sealed is not null")
    )  # fmt: skip


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_import_row_sealed", "import_row")
