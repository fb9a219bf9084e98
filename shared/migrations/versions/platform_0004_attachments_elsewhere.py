"""Attachments whose bytes stand in the file store: only rows that an older replica wrote need them.

The file store is switched on after every replica runs this version: an older one would read such
a row as an empty file.
"""

import sqlalchemy as sa
from alembic import op

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("attachment", "content", existing_type=sa.LargeBinary(), nullable=True)
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])


def downgrade() -> None:
    """Refused by the database while files stand in the store: bring them back first."""
    op.drop_index("ix_attachment_sha256", "attachment")
    op.alter_column("attachment", "content", existing_type=sa.LargeBinary(), nullable=False)
