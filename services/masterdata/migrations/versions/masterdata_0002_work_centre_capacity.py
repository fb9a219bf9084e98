"""What a work centre can do on a working day: units side by side, hours, efficiency."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0002"
down_revision = "masterdata_0001"
branch_labels = None
depends_on = None
TABLE, NUMBER = "work_centre", sa.Numeric(precision=18, scale=6)
ADDED: tuple[tuple[str, Any, str], ...] = (
    ("units", sa.Integer(), "1"),
    ("hours_per_day", NUMBER, "8"),
    ("efficiency", NUMBER, "1"),
)
CHECK = (
    "units BETWEEN 1 AND 1000 AND hours_per_day > 0 AND hours_per_day <= 24 "
    "AND efficiency > 0 AND efficiency <= 2"
)


def upgrade() -> None:
    for name, kind, default in ADDED:
        op.add_column(TABLE, sa.Column(name, kind, nullable=False, server_default=sa.text(default)))
    op.create_check_constraint("capacity", TABLE, CHECK)


def downgrade() -> None:
    op.drop_constraint("capacity", TABLE, type_="check")
    for name, _, _ in reversed(ADDED):
        op.drop_column(TABLE, name)
