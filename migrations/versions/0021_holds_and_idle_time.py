"""Since when changes are held, how long a session may idle, and whether a password may stand alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply."""
    op.add_column("subscriber", sa.Column("changes_locked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("idle_seconds", sa.Integer(), nullable=True))
    op.add_column("password", sa.Column("stands_alone", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column("password", "stands_alone")
    op.drop_column("session", "idle_seconds")
    op.drop_column("subscriber", "changes_locked_at")
