"""Centres: divisions, centres and stations, roles and postings of staff, the founding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

ROLES = (
    "role in ('officer', 'supervisor', 'adjudicator', 'registrar', 'support', 'security', 'client_manager',"
    " 'operator', 'admin', 'auditor', 'introducer')"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "division",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("(level = 'region') = (parent is null)", name=op.f("ck_division_parent")),
        sa.CheckConstraint("level in ('region', 'district', 'chiefdom')", name=op.f("ck_division_level")),
        sa.ForeignKeyConstraint(["parent"], ["division.code"], name=op.f("fk_division_parent_division")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_division")),
    )
    op.create_index(op.f("ix_division_parent"), "division", ["parent"], unique=False)
    op.create_table(
        "centre",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('open', 'closed')", name=op.f("ck_centre_status")),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_centre_division_code_division")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("code", name=op.f("uq_centre_code")),
    )
    op.create_index(op.f("ix_centre_division_code"), "centre", ["division_code"], unique=False)
    op.create_table(
        "station",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_for", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'revoked') = (revoked_at is not null)", name=op.f("ck_station_revoked_at")),
        sa.CheckConstraint("status in ('active', 'revoked')", name=op.f("ck_station_status")),
        sa.CheckConstraint("last_seq >= 0", name=op.f("ck_station_last_seq")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_station_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("code", name=op.f("uq_station_code")),
        sa.UniqueConstraint("key_id", name=op.f("uq_station_key_id")),
    )
    op.create_index(op.f("ix_station_centre_id"), "station", ["centre_id"], unique=False)
    op.create_table(
        "approval",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            ROLES,
            name=op.f("ck_approval_role"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' or (decided_by <> asked_by and decided_by <> subject_id)",
            name=op.f("ck_approval_four_eyes"),
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'approved', 'declined', 'withdrawn', 'over')", name=op.f("ck_approval_state")
        ),
        sa.CheckConstraint("asked_by <> subject_id", name=op.f("ck_approval_not_for_oneself")),
        sa.ForeignKeyConstraint(["asked_by"], ["subscriber.id"], name=op.f("fk_approval_asked_by_subscriber")),
        sa.ForeignKeyConstraint(["decided_by"], ["subscriber.id"], name=op.f("fk_approval_decided_by_subscriber")),
        sa.ForeignKeyConstraint(["subject_id"], ["subscriber.id"], name=op.f("fk_approval_subject_id_subscriber")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(
        "uq_approval_waiting",
        "approval",
        ["subject_id", "role"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "staff_role",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.UUID(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            ROLES,
            name=op.f("ck_staff_role_role"),
        ),
        sa.CheckConstraint("approval_id is not null or until is not null", name=op.f("ck_staff_role_founding_ends")),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_staff_role_approval_id_approval")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_staff_role_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_staff_role_approval_id")),
    )
    op.create_index(
        "ix_staff_role_standing",
        "staff_role",
        ["subscriber_id"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("station_id", sa.UUID(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_posting_days")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_posting_centre_id_centre")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_posting_station_id_station")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_posting_subscriber_id_subscriber")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_centre", "posting", ["centre_id", "last_day"], unique=False)
    op.create_index("ix_posting_person", "posting", ["subscriber_id", "last_day"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("station_id", sa.UUID(), nullable=True),
        sa.Column("giver_id", sa.UUID(), nullable=False),
        sa.Column("taker_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('offered', 'taken', 'declined', 'withdrawn', 'over')", name=op.f("ck_hand_over_state")
        ),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_hand_over_two_people")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_hand_over_centre_id_centre")),
        sa.ForeignKeyConstraint(["giver_id"], ["subscriber.id"], name=op.f("fk_hand_over_giver_id_subscriber")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_hand_over_station_id_station")),
        sa.ForeignKeyConstraint(["taker_id"], ["subscriber.id"], name=op.f("fk_hand_over_taker_id_subscriber")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index("ix_hand_over_giver", "hand_over", ["giver_id", "day"], unique=False)
    op.create_index("ix_hand_over_taker", "hand_over", ["taker_id", "day"], unique=False)
    op.create_index(
        "uq_hand_over_offered", "hand_over", ["giver_id"], unique=True, postgresql_where=sa.text("state = 'offered'")
    )
    op.create_table(
        "founding",
        sa.Column("ceremony_id", sa.UUID(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'complete' or redeemed_at is not null", name=op.f("ck_founding_both_redeemed")),
        sa.CheckConstraint("state in ('open', 'complete', 'stopped')", name=op.f("ck_founding_state")),
        sa.CheckConstraint("slot in (1, 2)", name=op.f("ck_founding_slot")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_founding_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("ceremony_id", "slot", name=op.f("pk_founding")),
    )
    op.create_index("uq_founding_open", "founding", ["slot"], unique=True, postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    """Take back."""
    op.drop_index("uq_founding_open", table_name="founding", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("founding")
    op.drop_index("uq_hand_over_offered", table_name="hand_over", postgresql_where=sa.text("state = 'offered'"))
    op.drop_index("ix_hand_over_taker", table_name="hand_over")
    op.drop_index("ix_hand_over_giver", table_name="hand_over")
    op.drop_table("hand_over")
    op.drop_index("ix_posting_person", table_name="posting")
    op.drop_index("ix_posting_centre", table_name="posting")
    op.drop_table("posting")
    op.drop_index("ix_staff_role_standing", table_name="staff_role", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("staff_role")
    op.drop_index("uq_approval_waiting", table_name="approval", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("approval")
    op.drop_index(op.f("ix_station_centre_id"), table_name="station")
    op.drop_table("station")
    op.drop_index(op.f("ix_centre_division_code"), table_name="centre")
    op.drop_table("centre")
    op.drop_index(op.f("ix_division_parent"), table_name="division")
    op.drop_table("division")
