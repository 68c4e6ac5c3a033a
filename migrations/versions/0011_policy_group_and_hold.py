"""Which authenticators an account is asked for, and until when it is held; what a known device is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.add_column("subscriber", sa.Column("policy_group", sa.Text(), server_default="citizen", nullable=False))
    op.create_check_constraint(op.f("ck_subscriber_policy_group"), "subscriber", "policy_group in ('citizen', 'staff')")
    op.add_column("subscriber", sa.Column("changes_locked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("known_device", sa.Column("user_agent", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column("known_device", "user_agent")
    op.drop_column("subscriber", "changes_locked_until")
    op.drop_constraint(op.f("ck_subscriber_policy_group"), "subscriber", type_="check")
    op.drop_column("subscriber", "policy_group")
