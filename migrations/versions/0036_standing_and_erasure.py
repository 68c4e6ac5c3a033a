"""Suspended records with their appeals, and erasures with their proofs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply."""
    _suspensions()
    _erasures()


def downgrade() -> None:
    """Take back."""
    for name in ("erasure", "suspension_appeal", "suspension"):
        op.drop_table(name)


def _suspensions() -> None:
    op.create_table(
        "suspension",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accounts", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("return_why", sa.Text(), nullable=True),
        sa.Column("return_by", sa.UUID(), nullable=True),
        sa.Column("return_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason in ('suspected_misuse', 'disputed_identity', 'legal_order', 'person_asked')",
            name=op.f("ck_suspension_reason"),
        ),
        sa.CheckConstraint(
            "return_why in ('settled', 'in_error', 'order_lifted', 'person_asked', 'appeal_granted')",
            name=op.f("ck_suspension_return_why"),
        ),
        sa.CheckConstraint("(return_by is null) = (return_at is null)", name=op.f("ck_suspension_return_asked")),
        sa.CheckConstraint("(ended_by is null) = (ended_at is null)", name=op.f("ck_suspension_ended")),
        sa.CheckConstraint("ended_by <> return_by", name=op.f("ck_suspension_four_eyes")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_suspension_tries")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_suspension_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sa.UniqueConstraint("reference", name=op.f("uq_suspension_reference")),
    )
    op.create_index(op.f("ix_suspension_person_id"), "suspension", ["person_id"])
    op.create_index(
        "uq_suspension_open", "suspension", ["person_id"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "suspension_appeal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("suspension_id", sa.UUID(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision in ('granted', 'kept')", name=op.f("ck_suspension_appeal_decision")),
        sa.CheckConstraint("(decided_at is null) = (decision is null)", name=op.f("ck_suspension_appeal_decided")),
        sa.ForeignKeyConstraint(
            ["suspension_id"], ["suspension.id"], name=op.f("fk_suspension_appeal_suspension_id_suspension")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension_appeal")),
    )
    op.create_index(op.f("ix_suspension_appeal_suspension_id"), "suspension_appeal", ["suspension_id"])
    op.create_index(
        "uq_suspension_appeal_open",
        "suspension_appeal",
        ["suspension_id"],
        unique=True,
        postgresql_where=sa.text("decided_at is null"),
    )


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.UUID(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("material", postgresql.JSONB(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.CheckConstraint("scope in ('body', 'record')", name=op.f("ck_erasure_scope")),
        sa.CheckConstraint(
            "ground in ('consent_withdrawn', 'court_order', 'entered_in_error', 'law')", name=op.f("ck_erasure_ground")
        ),
        sa.CheckConstraint("outcome in ('stopped', 'declined', 'done', 'void')", name=op.f("ck_erasure_outcome")),
        sa.CheckConstraint("(ended_at is null) = (outcome is null)", name=op.f("ck_erasure_ended")),
        sa.CheckConstraint(
            "(outcome is not distinct from 'done') = (proof is not null)", name=op.f("ck_erasure_proof")
        ),
        sa.CheckConstraint("approved_by <> asked_by", name=op.f("ck_erasure_four_eyes")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"])
    op.create_index(
        "uq_erasure_open", "erasure", ["person_id"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_index("ix_erasure_due_at", "erasure", ["due_at"], postgresql_where=sa.text("ended_at is null"))
