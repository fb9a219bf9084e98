"""A copy of masterdata's approved sources, whose terms plan what is bought.

A stack that ran before hears them with `make reconcile ARGS="--replay production:masterdata:0"`.
"""

import sqlalchemy as sa
from alembic import op

revision = "production_0003"
down_revision = "production_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_copy",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("order_minimum", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("order_multiple", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_copy")),
        info={
            "sealed": False,
            "hidden": (),
            "audited": False,
            "reason": "a copy of masterdata's approved source",
        },
    )
    op.create_index(
        op.f("ix_source_copy_company_id_item_id"),
        "source_copy",
        ["company_id", "item_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_source_copy_company_id_item_id"), table_name="source_copy")
    op.drop_table("source_copy")
