"""What is over is found without reading everything, and an authorization under which details were read is filed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.add_column("authorization_grant", sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_authorization_grant_kept",
        "authorization_grant",
        ["created_at"],
        postgresql_where=sa.text("filed_at is null"),
    )
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"])
    op.create_index(op.f("ix_security_link_expires_at"), "security_link", ["expires_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_security_link_expires_at"), table_name="security_link")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session")
    op.drop_index("ix_authorization_grant_kept", table_name="authorization_grant")
    op.drop_column("authorization_grant", "filed_at")
