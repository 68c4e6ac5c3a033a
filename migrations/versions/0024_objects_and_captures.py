"""Sealed objects, and what is captured of applicants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

_KINDS = (
    "kind in ('finger-image', 'face-image', 'iris-image', 'minutiae', 'finger-template', 'face-template', 'document')"
)


def upgrade() -> None:
    """Apply."""
    _objects()
    _samples()
    _attempts()
    _templates()
    _documents()


def downgrade() -> None:
    """Take back."""
    for table in (
        "capture_check",
        "enrol_document",
        "bio_template",
        "capture_attempt",
        "bio_sample",
        "object_removal",
        "stored_object",
    ):
        op.drop_table(table)


def _objects() -> None:
    op.create_table(
        "stored_object",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("store_version", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_stored_object_kind")),
        sa.CheckConstraint(
            "octet_length(digest) = 32 and size > 0 and version > 0", name=op.f("ck_stored_object_measures")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_object")),
    )
    op.create_index(op.f("ix_stored_object_owner_id"), "stored_object", ["owner_id"], unique=False)
    op.create_table(
        "object_removal",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("store_version", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object_removal")),
    )


def _samples() -> None:
    op.create_table(
        "bio_sample",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("impression", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("ppi", sa.Integer(), nullable=True),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_by", sa.UUID(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("best", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("flag_position", sa.Text(), nullable=True),
        sa.CheckConstraint("quality between 0 and 100", name=op.f("ck_bio_sample_quality")),
        sa.CheckConstraint("flag in ('repeat', 'wrong-hand', 'misplaced')", name=op.f("ck_bio_sample_flag")),
        sa.ForeignKeyConstraint(
            ["object_id"], ["stored_object.id"], name=op.f("fk_bio_sample_object_id_stored_object")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bio_sample")),
    )
    op.create_index(op.f("ix_bio_sample_aid"), "bio_sample", ["aid"], unique=False)
    op.create_index(op.f("ix_bio_sample_owner_id"), "bio_sample", ["owner_id"], unique=False)
    op.create_index(
        "uq_bio_sample_best",
        "bio_sample",
        ["aid", "position", "impression"],
        unique=True,
        postgresql_where=sa.text("best"),
    )


def _attempts() -> None:
    op.create_table(
        "capture_attempt",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("impression", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("quality", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("hints", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_attempt")),
    )
    op.create_index(op.f("ix_capture_attempt_aid"), "capture_attempt", ["aid"], unique=False)
    op.create_index(
        "uq_capture_attempt_number",
        "capture_attempt",
        ["aid", "position", "impression", "number"],
        unique=True,
        postgresql_where=sa.text("counts"),
    )


def _templates() -> None:
    op.create_table(
        "bio_template",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["stored_object.id"], name=op.f("fk_bio_template_object_id_stored_object")
        ),
        sa.ForeignKeyConstraint(["sample_id"], ["bio_sample.id"], name=op.f("fk_bio_template_sample_id_bio_sample")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bio_template")),
        sa.UniqueConstraint("sample_id", "engine", "format", name=op.f("uq_bio_template_sample_id_engine_format")),
    )
    op.create_index(op.f("ix_bio_template_owner_id"), "bio_template", ["owner_id"], unique=False)


def _documents() -> None:
    op.create_table(
        "enrol_document",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_by", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["stored_object.id"], name=op.f("fk_enrol_document_object_id_stored_object")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrol_document")),
        sa.UniqueConstraint("aid", "digest", name=op.f("uq_enrol_document_aid_digest")),
    )
    op.create_index(op.f("ix_enrol_document_aid"), "enrol_document", ["aid"], unique=False)
    op.create_index(op.f("ix_enrol_document_owner_id"), "enrol_document", ["owner_id"], unique=False)
    op.create_table(
        "capture_check",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("samples", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_capture_check")),
    )
