"""Appointments at centres, and centres for training."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Apply."""
    op.add_column("centre", sa.Column("training", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "centre_hours",
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_centre_hours_weekday")),
        sa.CheckConstraint("opens < closes", name=op.f("ck_centre_hours_hours")),
        sa.CheckConstraint("minutes between 5 and 240 and seats between 1 and 100", name=op.f("ck_centre_hours_size")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_centre_hours_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", "weekday", name=op.f("pk_centre_hours")),
    )
    op.create_table(
        "centre_closed_day",
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_centre_closed_day_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", "day", name=op.f("pk_centre_closed_day")),
    )
    op.create_table(
        "centre_seats",
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_centre_seats_taken")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_centre_seats_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", "starts_at", name=op.f("pk_centre_seats")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('booked', 'changed', 'given_up', 'kept', 'missed')", name=op.f("ck_appointment_state")
        ),
        sa.ForeignKeyConstraint(
            ["aid"], ["enrol_application.aid"], name=op.f("fk_appointment_aid_enrol_application"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_appointment_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(op.f("ix_appointment_aid"), "appointment", ["aid"])
    op.create_index("ix_appointment_centre", "appointment", ["centre_id", "starts_at"])
    op.create_index(
        "uq_appointment_booked", "appointment", ["aid"], unique=True, postgresql_where=sa.text("state = 'booked'")
    )


def downgrade() -> None:
    """Take back."""
    for table in ("appointment", "centre_seats", "centre_closed_day", "centre_hours"):
        op.drop_table(table)
    op.drop_column("centre", "training")
