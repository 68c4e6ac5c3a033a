"""Imports of older registers: the files, their rows, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_batch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wishes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("by_id", sa.UUID(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("size", "rows", "read", "done", "stopped", "issued", "referred", "known")
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('columns', 'asked', 'reading', 'checked', 'taking', 'done', 'failed', 'discarded')",
            name=op.f("ck_import_batch_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(
        "uq_import_batch_digest",
        "import_batch",
        ["digest"],
        unique=True,
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_table(
        "import_row",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("of_row", sa.Integer(), nullable=True),
        sa.Column("subject_key_id", sa.UUID(), nullable=False),
        sa.Column("legacy_blind", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("aid", sa.Text(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'stopped', 'issued', 'referred', 'known')", name=op.f("ck_import_row_state")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id_import_batch")),
        sa.PrimaryKeyConstraint("batch_id", "row", name=op.f("pk_import_row")),
    )
    op.create_index(
        "uq_import_row_legacy",
        "import_row",
        ["batch_id", "legacy_blind"],
        unique=True,
        postgresql_where=sa.text("legacy_blind is not null"),
    )
    op.create_index(
        "ix_import_row_waiting", "import_row", ["batch_id", "row"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_import_row_of_row", "import_row", ["batch_id", "of_row"])
    op.create_index("ix_import_row_referred", "import_row", ["aid"], postgresql_where=sa.text("state = 'referred'"))
    op.create_table(
        "import_piece",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_piece_batch_id_import_batch")),
        sa.PrimaryKeyConstraint("batch_id", "n", name=op.f("pk_import_piece")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("import_piece")
    op.drop_table("import_row")
    op.drop_table("import_batch")
