"""The tables of clients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "client",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("origins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('enabled', 'disabled')", name=op.f("ck_client_state")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client")),
    )
    op.create_index("ix_client_origins", "client", ["origins"], unique=False, postgresql_using="gin")
    op.create_table(
        "resource_server",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("audience", name=op.f("pk_resource_server")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("resource_server")
    op.drop_index("ix_client_origins", table_name="client", postgresql_using="gin")
    op.drop_table("client")
