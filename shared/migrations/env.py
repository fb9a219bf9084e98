"""Alembic's entry: everything it needs comes from `shared.migrate` through config.attributes."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

given = context.config.attributes
ignored: frozenset[str] = given["ignored"]


def include_object(_item: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Tables of the other branch and partitions are not this branch's business."""
    return not (kind == "table" and name in ignored)


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """SQLModel's string is PostgreSQL's plain varchar: migrations need not know SQLModel."""
    del autogen
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    include_object=include_object,
    render_item=render_item,
    compare_type=True,
)
given["connection"].execute(sa.text("SELECT set_config('app.actor', 'service:migration', true)"))
with context.begin_transaction():
    context.run_migrations()
