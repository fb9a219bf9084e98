"""What may stand in for a component of a structure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "masterdata_0003"
down_revision = "masterdata_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = postgresql.JSONB(astext_type=sa.Text())
    op.add_column(
        "bom_component", sa.Column("substitutes", kind, nullable=False, server_default="[]")
    )


def downgrade() -> None:
    op.drop_column("bom_component", "substitutes")
