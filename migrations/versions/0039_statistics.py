"""Figures of registration: how often something happened on a day, by groups, and how far counting has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Apply. Counting begins with what is there."""
    op.create_table(
        "tally",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_tally_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_day_measure", "tally", ["day", "measure"])
    op.create_index("ix_tally_centre_id_day", "tally", ["centre_id", "day"])
    op.create_index("ix_tally_loose", "tally", ["day"], postgresql_where=sa.text("not whole"))
    op.create_table(
        "tally_case",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_tally_case")),
    )
    op.create_table(
        "tally_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_mark")),
    )
    op.create_index(op.f("ix_enrol_event_at"), "enrol_event", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_enrol_event_at"), table_name="enrol_event")
    for name in ("tally_mark", "tally_case", "tally"):
        op.drop_table(name)
