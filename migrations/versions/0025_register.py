"""The register of people: versions, name keys, numbers, accounts; what came of cases, and activation slips."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply."""
    _people()
    _names_and_numbers()
    _issuance()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_key_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ial", sa.SmallInteger(), nullable=False),
        sa.Column("merged_into", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('active', 'suspended', 'deceased', 'merged', 'erased')", name=op.f("ck_person_status")
        ),
        sa.CheckConstraint("ial between 1 and 3", name=op.f("ck_person_ial")),
        sa.CheckConstraint("(status = 'merged') = (merged_into is not null)", name=op.f("ck_person_merged")),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_person_not_itself")),
        sa.ForeignKeyConstraint(["merged_into"], ["person.id"], name=op.f("fk_person_merged_into_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("subject_key_id", name=op.f("uq_person_subject_key_id")),
    )
    op.create_table(
        "person_version",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("aid", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("n > 0", name=op.f("ck_person_version_n")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_version_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "n", name=op.f("pk_person_version")),
    )
    op.create_index(
        "ix_person_version_current",
        "person_version",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("valid_until is null"),
    )
    op.create_table(
        "person_account",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_account_person_id_person")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_person_account_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_person_account")),
    )
    op.create_index(op.f("ix_person_account_person_id"), "person_account", ["person_id"], unique=False)


def _names_and_numbers() -> None:
    op.create_table(
        "name_key",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("scheme", sa.SmallInteger(), nullable=False),
        sa.Column("digests", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_name_key_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_name_key")),
    )
    op.create_index(
        "ix_name_key_digests",
        "name_key",
        ["digests"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "identifier",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("type in ('nin', 'legacy', 'alias')", name=op.f("ck_identifier_type")),
        sa.CheckConstraint("status in ('active', 'retired', 'revoked', 'spent')", name=op.f("ck_identifier_status")),
        sa.CheckConstraint("(type = 'alias') = (kind is not null)", name=op.f("ck_identifier_kind")),
        sa.CheckConstraint("kind in ('once', 'temporary', 'perpetual')", name=op.f("ck_identifier_kinds")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identifier_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
        sa.UniqueConstraint("type", "blind", name=op.f("uq_identifier_type_blind")),
    )
    op.create_index("ix_identifier_person_id", "identifier", ["person_id"], unique=False)
    op.create_index(
        "ix_identifier_one_nin",
        "identifier",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("type = 'nin' and status = 'active'"),
    )


def _issuance() -> None:
    op.create_table(
        "issuance",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("account in ('opened', 'linked')", name=op.f("ck_issuance_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_issuance_person_id_person")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_issuance_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_issuance")),
    )
    op.create_table(
        "activation_slip",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_activation_slip_tries")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_activation_slip_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_slip")),
    )
    op.create_index("ix_activation_slip_aid", "activation_slip", ["aid"], unique=False)
    op.create_index(
        "ix_activation_slip_good",
        "activation_slip",
        ["aid"],
        unique=True,
        postgresql_where=sa.text("spent_at is null and replaced_at is null"),
    )


def downgrade() -> None:
    """Take back."""
    of_people = ("identifier", "name_key", "person_account", "person_version", "person")
    for table in ("activation_slip", "issuance", *of_people):
        op.drop_table(table)
