"""Files that are on their way into the file store: the sweep leaves their objects alone.

An older replica keeps its files without an intent, under the lock alone, and is still right.
"""

import sqlalchemy as sa
from alembic import op

revision = "platform_0005"
down_revision = "platform_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_intent",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_intent")),
    )


def downgrade() -> None:
    op.drop_table("file_intent")
