"""Identification for other systems: references, their templates and changes, and what is asked of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "abis_gallery",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_abis_gallery")),
    )
    op.create_table(
        "abis_change",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "n", name=op.f("pk_abis_change")),
    )
    op.create_table(
        "abis_reference",
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'held')", name=op.f("ck_abis_reference_state")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_abis_reference")),
        sa.UniqueConstraint("client_id", "reference_id", name="uq_abis_reference_client_id_reference_id"),
    )
    op.create_table(
        "abis_template",
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("impression", sa.SmallInteger(), nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.CheckConstraint("position between 0 and 10", name=op.f("ck_abis_template_position")),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["abis_reference.subject_id"],
            name=op.f("fk_abis_template_subject_id_abis_reference"),
            ondelete="cascade",
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_abis_template")),
    )
    op.create_index(op.f("ix_abis_template_subject_id"), "abis_template", ["subject_id"])
    op.create_table(
        "abis_job",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(answered_at is null) = (answer is null)", name=op.f("ck_abis_job_answer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abis_job")),
        sa.UniqueConstraint("client_id", "request_id", name="uq_abis_job_client_id_request_id"),
    )
    op.create_index(op.f("ix_abis_job_asked_at"), "abis_job", ["asked_at"])
    op.create_index("ix_abis_job_waiting", "abis_job", ["client_id"], postgresql_where=sa.text("answered_at is null"))


def downgrade() -> None:
    """Take back."""
    for name in ("abis_job", "abis_template", "abis_reference", "abis_change", "abis_gallery"):
        op.drop_table(name)
