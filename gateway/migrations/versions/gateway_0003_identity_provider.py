"""Sign-ins at an identity provider, and the accounts linked to it."""

import sqlalchemy as sa
from alembic import op

revision = "gateway_0003"
down_revision = "gateway_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("app_user", sa.Column("external_issuer", sa.String(), nullable=True))
    op.add_column("app_user", sa.Column("external_name", sa.String(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_app_user_external_issuer_external_name"),
        "app_user",
        ["external_issuer", "external_name"],
    )
    op.create_table(
        "provider_sign_in",
        sa.Column("handle_hash", sa.String(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("return_to", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("handle_hash", name=op.f("pk_provider_sign_in")),
        info={
            "sealed": False,
            "hidden": (),
            "audited": False,
            "reason": "minutes old; the session tells",
            "deletable": "spent after ten minutes",
        },
    )
    op.create_index(op.f("ix_provider_sign_in_expires_at"), "provider_sign_in", ["expires_at"])


def downgrade() -> None:
    op.drop_table("provider_sign_in")
    op.drop_constraint("uq_app_user_external_issuer_external_name", "app_user")
    for name in ("external_name", "external_issuer"):
        op.drop_column("app_user", name)
