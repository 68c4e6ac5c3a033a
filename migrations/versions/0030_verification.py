"""Comparisons of one person with one person, and the checks that officers open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "verify_log",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("check_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("samples", sa.SmallInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("ratio", sa.Double(), nullable=True),
        sa.Column("quality", sa.SmallInteger(), nullable=True),
        sa.Column("policy", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place in ('signin', 'counter')", name=op.f("ck_verify_log_place")),
        sa.CheckConstraint("modality in ('face', 'finger')", name=op.f("ck_verify_log_modality")),
        sa.CheckConstraint("result in ('match', 'no_match', 'again', 'refused')", name=op.f("ck_verify_log_result")),
        sa.CheckConstraint("quality between 0 and 100", name=op.f("ck_verify_log_quality")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_log")),
    )
    for column in ("person_id", "at"):
        op.create_index(op.f(f"ix_verify_log_{column}"), "verify_log", [column])
    op.create_table(
        "counter_check",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("officer_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome in ('match', 'no_match')", name=op.f("ck_counter_check_outcome")),
        sa.CheckConstraint("(outcome is null) = (decided_at is null)", name=op.f("ck_counter_check_decided")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_counter_check_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_check")),
    )
    for column in ("person_id", "expires_at"):
        op.create_index(op.f(f"ix_counter_check_{column}"), "counter_check", [column])
    op.create_index(
        "ix_counter_check_officer_id", "counter_check", ["officer_id"], postgresql_where=sa.text("outcome is null")
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("counter_check")
    op.drop_table("verify_log")
