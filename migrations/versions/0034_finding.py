"""Searches of the register by hand, and which people are still to be indexed by place and day of birth."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "people_search",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("searcher_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("looked", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("looked >= 0", name=op.f("ck_people_search_looked")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_search")),
    )
    op.create_index(op.f("ix_people_search_at"), "people_search", ["at"])
    op.create_index("ix_people_search_searcher_id_at", "people_search", ["searcher_id", "at"])
    op.create_index("ix_name_key_old", "name_key", ["person_id"], postgresql_where=sa.text("scheme < 2"))


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_name_key_old", table_name="name_key")
    op.drop_table("people_search")
