"""Net change: which items' inputs changed, noted by triggers; what a net-change run stands on.

The triggers are one function per table that a plan reads. `{rows}` are the rows as they are and as
they were; a table's question says whose plan they touch. What a plan does not read (loose planned
orders) is not noted.
"""

import sqlalchemy as sa
from alembic import op

revision = "production_0006"
down_revision = "production_0005"
branch_labels = None
depends_on = None

OWN = "SELECT r.company_id, r.item_id FROM {rows} AS r"
BY_ID = "SELECT r.company_id, r.id FROM {rows} AS r"
TOUCHED = {
    "item_copy": BY_ID,
    "stock_copy": BY_ID,
    "planning_policy": OWN,
    "source_copy": OWN,
    "lot_stock": OWN,
    "demand_line": OWN,
    "order_component": OWN,
    "purchase_line_copy": OWN,
    "forecast": OWN,
    "bom_copy": "SELECT r.company_id, NULL::uuid FROM {rows} AS r",
    "demand": f"{OWN.replace('r.item_id', 'l.item_id')} JOIN demand_line l ON l.demand_id = r.id",
    "production_order": (
        f"{OWN} UNION {OWN.replace('r.item_id', 'c.item_id')} "
        "JOIN order_component c ON c.order_id = r.id"
    ),
    "requisition_copy": (
        f"{OWN} WHERE r.item_id IS NOT NULL UNION {OWN.replace('r.item_id', 'o.item_id')} "
        "JOIN planned_order o ON o.id = r.planned_order_id"
    ),
    "planned_order": f"{OWN} WHERE r.state = 'released' OR r.firm",
}
ROWS = {
    "insert": "fresh",
    "update": "(SELECT * FROM fresh UNION ALL SELECT * FROM gone)",
    "delete": "gone",
}
SEEN = {
    "insert": "NEW TABLE AS fresh",
    "update": "OLD TABLE AS gone NEW TABLE AS fresh",
    "delete": "OLD TABLE AS gone",
}
INDEXES = (
    ("purchase_line_copy", ["item_id"], None),
    ("requisition_copy", ["item_id"], None),
    ("planned_order", ["item_id"], "state = 'released'"),
)


def upgrade() -> None:
    op.create_table(
        "plan_change",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.Column(
            "noted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_plan_change")),
    )
    op.create_index(
        op.f("ix_plan_change_company_id_transaction"), "plan_change", ["company_id", "transaction"]
    )
    op.create_index(op.f("ix_plan_change_noted_at"), "plan_change", ["noted_at"])
    for table, columns, where in INDEXES:
        given = None if where is None else sa.text(where)
        name = op.f(f"ix_{table}_{'_'.join(columns)}")
        op.create_index(name, table, columns, postgresql_where=given)
    for name in ("mode", "reason"):
        op.add_column("plan_run", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name in ("replanned_items", "moved_items"):
        op.add_column("plan_run", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("plan_run", sa.Column("before_id", sa.Uuid(), nullable=True))
    op.add_column("plan_store", sa.Column("base_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_plan_store_base_id"), "plan_store", "plan_store", ["base_id"], ["run_id"]
    )
    op.create_index(op.f("ix_plan_store_base_id"), "plan_store", ["base_id"])
    for table, question in TOUCHED.items():
        note_changes(table, question)


def note_changes(table: str, question: str) -> None:
    for event, rows in ROWS.items():
        asked = question.replace("{rows}", rows)
        name = f"note_{event}_of_{table}"
        op.execute(f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO plan_change (company_id, item_id)
              SELECT DISTINCT * FROM ({asked}) AS touched (company_id, item_id);
              RETURN NULL;
            END $$""")  # noqa: S608 - the names above
        op.execute(
            f"CREATE TRIGGER plan_{event} AFTER {event.upper()} ON {table} "
            f"REFERENCING {SEEN[event]} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    for table in TOUCHED:
        for event in ROWS:
            op.execute(f"DROP TRIGGER plan_{event} ON {table}")
            op.execute(f"DROP FUNCTION note_{event}_of_{table}()")
    op.drop_index(op.f("ix_plan_store_base_id"), table_name="plan_store")
    op.drop_constraint(op.f("fk_plan_store_base_id"), "plan_store", type_="foreignkey")
    op.drop_column("plan_store", "base_id")
    for name in ("mode", "reason", "replanned_items", "moved_items", "before_id"):
        op.drop_column("plan_run", name)
    for table, columns, _ in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
    op.drop_table("plan_change")
