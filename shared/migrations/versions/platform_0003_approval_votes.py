"""Approvals by quorum, with deadlines; defaults stand for what older replicas still insert."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None
INSTANTS = ("due_at", "escalates_at", "reminded_at", "escalated_at")
COUNTS = (("quorum", "1"), ("due_hours", "0"), ("grace_hours", "0"))


def upgrade() -> None:
    op.add_column("approval", sa.Column("amount", sa.Numeric(), nullable=True))
    for name, default in COUNTS:
        op.add_column(
            "approval", sa.Column(name, sa.Integer(), nullable=False, server_default=default)
        )
    op.add_column(
        "approval",
        sa.Column("votes", postgresql.JSONB(), nullable=False, server_default="[]"),
    )
    op.add_column(
        "approval", sa.Column("escalates_to", sa.String(), nullable=False, server_default="")
    )
    for name in INSTANTS:
        op.add_column("approval", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_approval_due", "approval", ["due_at"], postgresql_where=sa.text("state = 'pending'")
    )


def downgrade() -> None:
    op.drop_index("ix_approval_due", "approval")
    for name in ("amount", "votes", "escalates_to", *(name for name, _ in COUNTS), *INSTANTS):
        op.drop_column("approval", name)
