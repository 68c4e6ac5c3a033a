"""Cases of adjudicators and their votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "adj_case",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("appeal", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rank", sa.SmallInteger(), nullable=True),
        sa.Column("closed_by", sa.UUID(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("truth", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("stage in ('vote', 'lead')", name=op.f("ck_adj_case_stage")),
        sa.CheckConstraint("(outcome is null) = (closed_at is null)", name=op.f("ck_adj_case_closed")),
        sa.CheckConstraint("known = (truth is not null)", name=op.f("ck_adj_case_truth")),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_adj_case_aid_enrol_application")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adj_case")),
    )
    op.create_index(
        "uq_adj_case_round", "adj_case", ["aid", "version"], unique=True, postgresql_where=sa.text("not known")
    )
    op.create_index("ix_adj_case_open", "adj_case", ["since"], postgresql_where=sa.text("outcome is null"))
    op.create_index("ix_adj_case_aid", "adj_case", ["aid"])
    op.create_table(
        "adj_vote",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("seat", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("voter_id", sa.UUID(), nullable=False),
        sa.Column("votes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seat between 1 and 3", name=op.f("ck_adj_vote_seat")),
        sa.ForeignKeyConstraint(["case_id"], ["adj_case.id"], name=op.f("fk_adj_vote_case_id_adj_case")),
        sa.PrimaryKeyConstraint("case_id", "seat", name=op.f("pk_adj_vote")),
        sa.UniqueConstraint("case_id", "voter_id", name=op.f("uq_adj_vote_case_id_voter_id")),
    )
    op.create_index("ix_adj_vote_voter_id_aid", "adj_vote", ["voter_id", "aid"])


def downgrade() -> None:
    """Take back."""
    for table in ("adj_vote", "adj_case"):
        op.drop_table(table)
