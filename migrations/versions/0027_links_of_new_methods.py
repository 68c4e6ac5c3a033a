"""Links that remove a new way to sign in or go on with a recovery, and when somebody was last told of a wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_BEFORE = "kind in ('not_me', 'stop_recovery', 'stop_contact_change', 'stop_closing')"
_AFTER = "kind in ('not_me', 'stop_recovery', 'stop_contact_change', 'stop_closing', 'remove_method', 'go_on_recovery')"


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(op.f("ck_security_link_kind"), "security_link")
    op.create_check_constraint(op.f("ck_security_link_kind"), "security_link", _AFTER)
    op.add_column("recovery_case", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("recovery_case", "told_at")
    op.execute("delete from security_link where kind in ('remove_method', 'go_on_recovery')")
    op.drop_constraint(op.f("ck_security_link_kind"), "security_link")
    op.create_check_constraint(op.f("ck_security_link_kind"), "security_link", _BEFORE)
