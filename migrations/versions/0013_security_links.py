"""Links of notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "security_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("concerns", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('not_me', 'stop_recovery', 'stop_contact_change', 'stop_closing')",
            name=op.f("ck_security_link_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_security_link_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_security_link")),
    )
    op.create_index(op.f("ix_security_link_subscriber_id"), "security_link", ["subscriber_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_security_link_subscriber_id"), table_name="security_link")
    op.drop_table("security_link")
