"""The tables of subscribers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "subscriber",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ial", sa.SmallInteger(), nullable=False),
        sa.Column("username_blind", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('pending', 'active', 'suspended', 'deceased', 'closed', 'erased')",
            name=op.f("ck_subscriber_state"),
        ),
        sa.CheckConstraint("ial between 1 and 3", name=op.f("ck_subscriber_ial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("username_blind", name=op.f("uq_subscriber_username_blind")),
    )
    op.create_table(
        "subscriber_search_token",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscriber_search_token_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "field", "token", name=op.f("pk_subscriber_search_token")),
    )
    op.create_index("ix_subscriber_search_token_lookup", "subscriber_search_token", ["field", "token"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_subscriber_search_token_lookup", table_name="subscriber_search_token")
    op.drop_table("subscriber_search_token")
    op.drop_table("subscriber")
