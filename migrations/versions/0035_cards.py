"""Cards with a signed code, the keys that sign them, and the lists of cards that are not good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "card_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=True),
        sa.Column("public_jwk", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("algorithm in ('ES256', 'EdDSA')", name=op.f("ck_card_key_algorithm")),
        sa.CheckConstraint("sealed_private is not null or retire_at is not null", name=op.f("ck_card_key_retired")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_card_key")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("serial", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("alias_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind in ('card')", name=op.f("ck_credential_kind")),
        sa.CheckConstraint("status in ('active', 'replaced', 'revoked')", name=op.f("ck_credential_status")),
        sa.CheckConstraint("(status = 'active') = (ended_at is null)", name=op.f("ck_credential_ended")),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_credential_lifetime")),
        sa.ForeignKeyConstraint(["alias_id"], ["identifier.id"], name=op.f("fk_credential_alias_id_identifier")),
        sa.ForeignKeyConstraint(["key_id"], ["card_key.kid"], name=op.f("fk_credential_key_id_card_key")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("serial", name=op.f("uq_credential_serial")),
    )
    op.create_index("ix_credential_person_id", "credential", ["person_id"])
    op.create_index(
        "uq_credential_active",
        "credential",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index("ix_credential_ended", "credential", ["expires_at"], postgresql_where=sa.text("status <> 'active'"))
    op.create_table(
        "card_list",
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_card_list")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("card_list")
    op.drop_table("credential")
    op.drop_table("card_key")
