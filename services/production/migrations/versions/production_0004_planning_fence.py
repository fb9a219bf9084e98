"""A planning fence per item; when a planned order was taken out of the plan's hands."""

import sqlalchemy as sa
from alembic import op

revision = "production_0004"
down_revision = "production_0003"
branch_labels = None
depends_on = None
TABLE, NAME = "planning_policy", "planning_fence"
CHECK = (
    "inspection_days >= 0 AND safety_days >= 0 AND minimum_life_days >= 0 AND periods >= 1 "
    "AND good_share > 0 AND good_share <= 1 AND lot_maximum >= 0 AND days_per_unit >= 0 "
    "AND consume_back >= 0 AND consume_ahead >= 0 AND demand_fence >= 0"
)


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(NAME, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("planned_order", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("numbers", TABLE, type_="check")
    op.create_check_constraint("numbers", TABLE, f"{CHECK} AND planning_fence >= 0")


def downgrade() -> None:
    op.drop_constraint("numbers", TABLE, type_="check")
    op.create_check_constraint("numbers", TABLE, CHECK)
    op.drop_column(TABLE, NAME)
    op.drop_column("planned_order", "taken_at")
