"""Grants without foreign keys, with room on each page for the changes of a row's life.

A running old version goes on working: it fills `refresh_handle` later, which is allowed.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

_FOREIGN = (
    ("client_id", "client", "client_id"),
    ("session_id", "session", "id"),
    ("subscriber_id", "subscriber", "id"),
)


def upgrade() -> None:
    """Apply."""
    for column, table, _ in _FOREIGN:
        op.drop_constraint(f"fk_authorization_grant_{column}_{table}", "authorization_grant", type_="foreignkey")
    op.execute("alter table authorization_grant set (fillfactor = 60)")
    op.execute("alter table session set (fillfactor = 80)")


def downgrade() -> None:
    """Take back."""
    op.execute("alter table session reset (fillfactor)")
    op.execute("alter table authorization_grant reset (fillfactor)")
    for column, table, key in _FOREIGN:
        op.create_foreign_key(f"fk_authorization_grant_{column}_{table}", "authorization_grant", table, [column], [key])
