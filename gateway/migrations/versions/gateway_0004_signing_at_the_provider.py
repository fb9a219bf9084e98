"""What a person is about to sign while they authenticate anew at the identity provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "gateway_0004"
down_revision = "gateway_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("provider_sign_in", sa.Column("signer_id", sa.Uuid(), nullable=True))
    op.add_column("provider_sign_in", sa.Column("wish", JSONB(), nullable=True))


def downgrade() -> None:
    for name in ("wish", "signer_id"):
        op.drop_column("provider_sign_in", name)
