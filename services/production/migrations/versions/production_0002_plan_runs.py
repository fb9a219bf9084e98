"""Plan runs, planning policies, forecasts and lot stock; firm planned orders; dates of receipts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "production_0002"
down_revision = "production_0001"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(precision=18, scale=6)
JSONB = postgresql.JSONB(astext_type=sa.Text())
PLAN_OUTPUT = "plan output: what is released of it becomes audited documents"
LOT_COPY = "a copy of inventory's lot parts"
ADDED = (
    ("planned_order", "run_id", sa.Uuid(), None),
    ("planned_order", "sequence", sa.Integer(), "0"),
    ("planned_order", "firm", sa.Boolean(), "false"),
    ("planned_order", "note", sa.String(), ""),
    ("planned_order", "version", sa.Integer(), "1"),
    ("requisition_copy", "needed_on", sa.Date(), None),
    ("purchase_line_copy", "due_on", sa.Date(), None),
)


def unaudited(reason: str) -> dict[str, object]:
    return {"sealed": False, "hidden": (), "audited": False, "reason": reason}


def columns(kind: sa.types.TypeEngine[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def upgrade() -> None:
    for table, name, kind, default in ADDED:
        given = None if default is None else sa.text(f"'{default}'")
        op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=given))
        if default is not None:
            op.alter_column(table, name, server_default=None)
    op.create_index(
        op.f("ix_planned_order_company_id_item_id"),
        "planned_order",
        ["company_id", "item_id"],
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    create_runs()
    create_inputs()


def create_runs() -> None:
    op.create_table(
        "plan_run",
        *columns(sa.Uuid(), "company_id", "id"),
        *columns(sa.String(), "kind", "state", "started_by"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("today", sa.Date(), nullable=False),
        *columns(sa.Integer(), "buckets"),
        *columns(JSONB, "changes"),
        *columns(sa.String(), "working"),
        *columns(sa.Integer(), "progress"),
        *columns(sa.String(), "stage"),
        *columns(JSONB, "positions"),
        *columns(sa.String(), "input_hash", "plan_hash", "engine"),
        *columns(sa.Integer(), "duration_ms"),
        *columns(JSONB, "counts", "fault"),
        *columns(sa.String(), "published_by"),
        sa.Column("publish_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_run")),
        info=unaudited(PLAN_OUTPUT),
    )
    op.create_index(
        op.f("ix_plan_run_company_id_started_at"), "plan_run", ["company_id", "started_at"]
    )
    op.create_table(
        "plan_store",
        *columns(sa.Uuid(), "company_id", "run_id"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["plan_run.id"], name=op.f("fk_plan_store_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_plan_store")),
        info=unaudited(PLAN_OUTPUT),
    )
    # Packed integers: PostgreSQL's own compression would take longer than the plan.
    op.execute("ALTER TABLE plan_store ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "plan_message",
        *columns(sa.Uuid(), "company_id", "run_id"),
        *columns(sa.Integer(), "place"),
        *columns(sa.Uuid(), "item_id"),
        *columns(sa.String(), "kind"),
        *columns(sa.Integer(), "bucket", "to_bucket"),
        *columns(sa.Numeric(precision=24, scale=6), "quantity"),
        sa.PrimaryKeyConstraint("run_id", "place", name=op.f("pk_plan_message")),
        info=unaudited(PLAN_OUTPUT),
    )


def create_inputs() -> None:
    op.create_table(
        "planning_policy",
        *columns(sa.Uuid(), "company_id", "item_id"),
        *columns(sa.Boolean(), "phantom"),
        *columns(sa.Integer(), "inspection_days", "safety_days", "minimum_life_days", "periods"),
        sa.Column("good_share", sa.Numeric(precision=7, scale=6), nullable=False),
        *columns(QUANTITY, "lot_maximum", "days_per_unit"),
        *columns(sa.Boolean(), "working_days"),
        *columns(sa.Integer(), "consume_back", "consume_ahead", "demand_fence"),
        *columns(sa.Integer(), "version"),
        sa.CheckConstraint(
            "inspection_days >= 0 AND safety_days >= 0 AND minimum_life_days >= 0 AND periods >= 1 "
            "AND good_share > 0 AND good_share <= 1 AND lot_maximum >= 0 AND days_per_unit >= 0 "
            "AND consume_back >= 0 AND consume_ahead >= 0 AND demand_fence >= 0",
            name=op.f("ck_planning_policy_numbers"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_planning_policy")),
    )
    op.create_table(
        "forecast",
        *columns(sa.Uuid(), "company_id", "item_id"),
        sa.Column("day", sa.Date(), nullable=False),
        *columns(QUANTITY, "quantity"),
        *columns(sa.Integer(), "version"),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_forecast_quantity")),
        sa.PrimaryKeyConstraint("company_id", "item_id", "day", name=op.f("pk_forecast")),
    )
    op.create_table(
        "lot_stock",
        *columns(sa.Uuid(), "company_id", "part_id", "lot_id", "item_id"),
        *columns(QUANTITY, "quantity"),
        sa.Column("usable_until", sa.Date(), nullable=True),
        *columns(sa.String(), "quality"),
        *columns(sa.Boolean(), "blocked"),
        *columns(sa.Integer(), "told"),
        sa.PrimaryKeyConstraint("part_id", name=op.f("pk_lot_stock")),
        info=unaudited(LOT_COPY),
    )
    op.create_index(op.f("ix_lot_stock_company_id_item_id"), "lot_stock", ["company_id", "item_id"])


def downgrade() -> None:
    for table in ("lot_stock", "forecast", "planning_policy", "plan_message", "plan_store"):
        op.drop_table(table)
    op.drop_table("plan_run")
    op.drop_index(op.f("ix_planned_order_company_id_item_id"), table_name="planned_order")
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
