"""What a component's line allows instead, and what a substitute's lot stood in for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "production_0007"
down_revision = "production_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "order_component", sa.Column("substitutes", JSONB(), nullable=False, server_default="[]")
    )
    op.add_column("component_lot", sa.Column("serves", sa.Numeric(18, 6), nullable=True))


def downgrade() -> None:
    op.drop_column("component_lot", "serves")
    op.drop_column("order_component", "substitutes")
