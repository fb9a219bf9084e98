"""Substitutes serve what a reserved line is short of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "inventory_0002"
down_revision = "inventory_0001"
branch_labels = None
depends_on = None
SERVES = ("reservation_pick", "issue_line")


def upgrade() -> None:
    op.add_column(
        "reservation_line", sa.Column("substitutes", JSONB(), nullable=False, server_default="[]")
    )
    op.create_index(
        "ix_reservation_line_short",
        "reservation_line",
        ["company_id"],
        postgresql_where=sa.text("held < wanted AND substitutes <> '[]'"),
    )
    for table in SERVES:
        op.add_column(table, sa.Column("serves", sa.Numeric(18, 6), nullable=True))


def downgrade() -> None:
    for table in SERVES:
        op.drop_column(table, "serves")
    op.drop_index("ix_reservation_line_short", "reservation_line")
    op.drop_column("reservation_line", "substitutes")
