"""Where an item may stand in: found by index, as where it is a component."""

from alembic import op

revision = "masterdata_0004"
down_revision = "masterdata_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_bom_component_substitutes",
        "bom_component",
        ["substitutes"],
        postgresql_using="gin",
        postgresql_ops={"substitutes": "jsonb_path_ops"},
    )


def downgrade() -> None:
    op.drop_index("ix_bom_component_substitutes", "bom_component")
