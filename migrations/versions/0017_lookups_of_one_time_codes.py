"""How often codes went to an address, and for a person, is asked before each one."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_one_time_code_target", "one_time_code", ["target", "created_at"])
    op.create_index("ix_one_time_code_subscriber", "one_time_code", ["subscriber_id", "created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_one_time_code_subscriber", table_name="one_time_code")
    op.drop_index("ix_one_time_code_target", table_name="one_time_code")
