"""Which mandate a correction was proposed under: a carer's must not stand in its owner's way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply."""
    op.add_column("correction", sa.Column("mandate_id", sa.UUID(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("correction", "mandate_id")
