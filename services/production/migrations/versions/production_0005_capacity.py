"""What work centres can do, schedules of a window, and the hours that operations are given."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "production_0005"
down_revision = "production_0004"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(precision=18, scale=6)
INSTANT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())
PLAN_OUTPUT = "plan output: what is released of it becomes audited documents"
PRUNED = "the schedule's log stays; what it placed is given up after so many later ones"
ADDED: tuple[tuple[str, str, Any, str | None], ...] = (
    ("work_centre_copy", "units", sa.Integer(), "1"),
    ("work_centre_copy", "hours_per_day", QUANTITY, "8"),
    ("work_centre_copy", "efficiency", QUANTITY, "1"),
    ("operation", "planned_start", INSTANT, None),
    ("operation", "planned_end", INSTANT, None),
)


def unaudited(**more: str) -> dict[str, object]:
    return {"sealed": False, "hidden": (), "audited": False, "reason": PLAN_OUTPUT, **more}


def columns(kind: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def upgrade() -> None:
    for table, name, kind, default in ADDED:
        given = None if default is None else sa.text(default)
        op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=given))
    op.create_table(
        "plan_schedule",
        *columns(sa.Uuid(), "company_id", "id"),
        *columns(sa.String(), "state", "started_by"),
        *columns(INSTANT, "started_at"),
        *columns(sa.Date(), "from_on"),
        *columns(sa.Integer(), "days"),
        *columns(sa.String(), "orders"),
        *columns(JSONB, "work_centres", "priorities"),
        *columns(sa.Integer(), "time_limit_seconds", "seed"),
        *columns(JSONB, "calendar"),
        *columns(sa.Integer(), "progress"),
        *columns(sa.String(), "stage", "input_hash", "schedule_hash", "engine", "ended_by"),
        *columns(sa.BigInteger(), "objective", "list_objective", "bound", nullable=True),
        *columns(sa.Integer(), "duration_ms"),
        *columns(JSONB, "counts", "fault"),
        *columns(sa.String(), "adopted_by"),
        *columns(INSTANT, "adopted_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_schedule")),
        info=unaudited(),
    )
    op.create_index(
        op.f("ix_plan_schedule_company_id_started_at"),
        "plan_schedule",
        ["company_id", "started_at"],
    )
    create_places()


def create_places() -> None:
    """What a schedule placed: orders and operations."""
    op.create_table(
        "scheduled_order",
        *columns(sa.Uuid(), "company_id", "schedule_id", "order_id"),
        *columns(sa.String(), "kind", "number"),
        *columns(sa.Uuid(), "item_id"),
        *columns(QUANTITY, "quantity"),
        *columns(sa.Integer(), "version", "weight"),
        *columns(sa.Date(), "due_on"),
        *columns(INSTANT, "starts_at", "ends_at"),
        *columns(sa.Integer(), "late_minutes"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["plan_schedule.id"], name=op.f("fk_scheduled_order_schedule_id")
        ),
        sa.PrimaryKeyConstraint("schedule_id", "order_id", name=op.f("pk_scheduled_order")),
        info=unaudited(deletable=PRUNED),
    )
    op.create_table(
        "scheduled_operation",
        *columns(sa.Uuid(), "company_id", "schedule_id", "order_id"),
        *columns(sa.Integer(), "operation"),
        *columns(sa.String(), "name"),
        *columns(sa.Uuid(), "work_centre_id"),
        *columns(sa.Integer(), "unit", "minutes"),
        *columns(INSTANT, "starts_at", "ends_at"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["plan_schedule.id"], name=op.f("fk_scheduled_operation_schedule_id")
        ),
        sa.PrimaryKeyConstraint(
            "schedule_id", "order_id", "operation", name=op.f("pk_scheduled_operation")
        ),
        info=unaudited(deletable=PRUNED),
    )


def downgrade() -> None:
    for table in ("scheduled_operation", "scheduled_order", "plan_schedule"):
        op.drop_table(table)
    for table, name, _, _ in reversed(ADDED):
        op.drop_column(table, name)
