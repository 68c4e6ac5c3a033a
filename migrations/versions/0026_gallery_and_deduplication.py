"""The gallery of templates that are searched, and searches for duplicates with whom they named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply."""
    _gallery()
    _deduplication()


def _gallery() -> None:
    op.create_table(
        "gallery_entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("impression", sa.SmallInteger(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("modality in ('face', 'finger')", name=op.f("ck_gallery_entry_modality")),
        sa.CheckConstraint(
            "position between 0 and 10 and (position = 0) = (modality = 'face')", name=op.f("ck_gallery_entry_position")
        ),
        sa.CheckConstraint(
            "(removed is null) = (removed_at is null) and removed > added", name=op.f("ck_gallery_entry_removal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gallery_entry")),
    )
    for column in ("subject_id", "aid", "person_id", "added"):
        op.create_index(op.f(f"ix_gallery_entry_{column}"), "gallery_entry", [column])
    op.create_index(
        "ix_gallery_entry_removed", "gallery_entry", ["removed"], postgresql_where=sa.text("removed is not null")
    )
    op.create_index(
        "uq_gallery_entry_active",
        "gallery_entry",
        ["subject_id", "position", "impression"],
        unique=True,
        postgresql_where=sa.text("removed is null"),
    )
    op.create_table(
        "gallery_change",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gallery_change")),
    )
    op.create_table(
        "gallery_epoch",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_gallery_epoch")),
    )


def _deduplication() -> None:
    op.create_table(
        "dedup_search",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("review", sa.Float(), nullable=True),
        sa.Column("policy", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("outcome in ('clear', 'refer')", name=op.f("ck_dedup_search_outcome")),
        sa.CheckConstraint("(ended_at is null) = (outcome is null)", name=op.f("ck_dedup_search_ended")),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_dedup_search_aid_enrol_application")),
        sa.PrimaryKeyConstraint("aid", "attempt", name=op.f("pk_dedup_search")),
    )
    op.create_table(
        "dedup_hit",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("candidate", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ratio", sa.Float(), nullable=True),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("demographic", sa.Float(), nullable=True),
        sa.CheckConstraint("person_id is not null or candidate is not null", name=op.f("ck_dedup_hit_somebody")),
        sa.CheckConstraint(
            "why in ('compared', 'demographic', 'both', 'damaged', 'unlike')", name=op.f("ck_dedup_hit_why")
        ),
        sa.ForeignKeyConstraint(
            ["aid", "attempt"], ["dedup_search.aid", "dedup_search.attempt"], name=op.f("fk_dedup_hit_aid_dedup_search")
        ),
        sa.PrimaryKeyConstraint("aid", "attempt", "rank", name=op.f("pk_dedup_hit")),
    )
    op.create_index(op.f("ix_dedup_hit_person_id"), "dedup_hit", ["person_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("dedup_hit", "dedup_search", "gallery_epoch", "gallery_change", "gallery_entry"):
        op.drop_table(table)
