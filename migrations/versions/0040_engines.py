"""Engines and their change: which one counts, what another could not use, and what it would have said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply. Nobody is registered: the engine of the program counts until another one is."""
    op.create_table(
        "bio_engine",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("modality in ('face', 'finger')", name=op.f("ck_bio_engine_modality")),
        sa.CheckConstraint("status in ('candidate', 'shadow', 'active', 'retired')", name=op.f("ck_bio_engine_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bio_engine")),
    )
    op.create_index(
        "uq_bio_engine_active", "bio_engine", ["modality"], unique=True, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "engine_miss",
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["engine_id"], ["bio_engine.id"], name=op.f("fk_engine_miss_engine_id_bio_engine")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["bio_sample.id"], name=op.f("fk_engine_miss_sample_id_bio_sample"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("engine_id", "sample_id", name=op.f("pk_engine_miss")),
    )
    op.create_index(op.f("ix_engine_miss_sample_id"), "engine_miss", ["sample_id"])
    op.create_table(
        "engine_shadow",
        sa.Column("log_id", sa.UUID(), nullable=False),
        sa.Column("engine_id", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("counted_ratio", sa.Float(), nullable=False),
        sa.Column("said_ratio", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("modality in ('face', 'finger')", name=op.f("ck_engine_shadow_modality")),
        sa.CheckConstraint("counted in ('match', 'no_match')", name=op.f("ck_engine_shadow_counted")),
        sa.CheckConstraint(
            "said in ('match', 'no_match', 'again', 'refused', 'untried')", name=op.f("ck_engine_shadow_said")
        ),
        sa.ForeignKeyConstraint(["engine_id"], ["bio_engine.id"], name=op.f("fk_engine_shadow_engine_id_bio_engine")),
        sa.ForeignKeyConstraint(
            ["log_id"], ["verify_log.id"], name=op.f("fk_engine_shadow_log_id_verify_log"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("log_id", "engine_id", name=op.f("pk_engine_shadow")),
    )
    op.create_index(op.f("ix_engine_shadow_at"), "engine_shadow", ["at"])
    op.create_index(op.f("ix_bio_template_object_id"), "bio_template", ["object_id"])
    op.create_index(op.f("ix_gallery_entry_object_id"), "gallery_entry", ["object_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_gallery_entry_object_id"), table_name="gallery_entry")
    op.drop_index(op.f("ix_bio_template_object_id"), table_name="bio_template")
    for name in ("engine_shadow", "engine_miss", "bio_engine"):
        op.drop_table(name)
