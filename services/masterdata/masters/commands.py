"""Saving masters by their key, many at a time, with the same statements for one row as for many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel import col

from services.masterdata.masters.rules import KeyChanged, KeyTaken, MasterChanged, MasterUnknown
from services.masterdata.masters.tables import CodedMaster, Master
from shared.bulk import insert_rows, update_rows
from shared.database import AsyncSession, table_of
from shared.ids import new_id
from shared.outbox import teller

M = TypeVar("M", bound=Master)
Coded = TypeVar("Coded", bound=CodedMaster)


@dataclass(frozen=True, slots=True)
class Saved(Generic[M]):
    """What became of the wishes, each group in the wishes' order."""

    created: list[M] = field(default_factory=list[M])
    changed: list[M] = field(default_factory=list[M])
    unchanged: list[M] = field(default_factory=list[M])

    @property
    def touched(self) -> list[M]:
        return [*self.created, *self.changed]

    @property
    def all(self) -> list[M]:
        return [*self.created, *self.changed, *self.unchanged]


async def save(
    session: AsyncSession, table: type[M], keys: Sequence[str], wishes: Sequence[Mapping[str, Any]]
) -> Saved[M]:
    """Create what is new by its keys, change what differs, leave the rest untouched.

    Each wish holds the columns that are to stand. A change raises `version`; keys stand once in
    the list.
    """
    standing = await lock_by_key(session, table, keys, [tuple(w[k] for k in keys) for w in wishes])
    saved = merged(session, table, keys, standing, wishes)
    session.add_all(saved.created)
    await session.flush()
    return saved


def merged(
    session: AsyncSession,
    table: type[M],
    keys: Sequence[str],
    standing: Mapping[tuple[Any, ...], M],
    wishes: Sequence[Mapping[str, Any]],
) -> Saved[M]:
    """What the wishes make of rows under their lock; nothing is written yet, see `write`."""
    saved: Saved[M] = Saved()
    for wish in wishes:
        row = standing.get(tuple(wish[key] for key in keys))
        if row is None:
            company = teller(session).company_id
            saved.created.append(table(id=new_id(), company_id=company, **wish))
        elif differs(row, wish):
            for name, value in wish.items():
                setattr(row, name, value)
            row.version += 1
            saved.changed.append(row)
        else:
            saved.unchanged.append(row)
    return saved


async def write(session: AsyncSession, *groups: tuple[type[Any], Saved[Any]]) -> None:
    """Write what was merged: one insert and one update, however many tables and rows.

    The rows leave the session: what is changed on them afterwards is not written.
    """
    await insert_rows(session, *((table, saved.created) for table, saved in groups))
    await update_rows(
        session, *((table, saved.changed, columns_of(table)) for table, saved in groups)
    )


def columns_of(table: type[Any]) -> tuple[str, ...]:
    """The columns that a change may touch."""
    fixed = {"id", "company_id"}
    return tuple(column.name for column in table_of(table).columns if column.name not in fixed)


def differs(row: Master, wish: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in wish.items())


async def lock_by_key(
    session: AsyncSession, table: type[M], keys: Sequence[str], wanted: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], M]:
    """The company's rows by key, locked in id order so that two imports cannot deadlock."""
    if not wanted:
        return {}
    columns = [getattr(table, key) for key in keys]
    rows = await session.execute(
        select(table)
        .where(col(table.company_id) == teller(session).company_id, tuple_(*columns).in_(wanted))
        .order_by(col(table.id))
        .with_for_update()
    )
    return {tuple(getattr(row, key) for key in keys): row for row in rows.scalars()}


async def by_code(
    session: AsyncSession, table: type[Coded], codes: Collection[str], *, lock: bool = False
) -> dict[str, Coded]:
    """The company's masters behind codes; locked in id order when they are to change."""
    if not codes:
        return {}
    wanted = (
        select(table)
        .where(col(table.company_id) == teller(session).company_id, col(table.code).in_(set(codes)))
        .order_by(col(table.id))
    )
    rows = await session.execute(wanted.with_for_update() if lock else wanted)
    return {row.code: row for row in rows.scalars()}


async def lock_one(session: AsyncSession, table: type[M], id: UUID, version: int) -> M:
    """The master at the version that was seen, locked."""
    found = await session.execute(
        select(table)
        .where(col(table.id) == id, col(table.company_id) == teller(session).company_id)
        .with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise MasterUnknown(id=id)
    if row.version != version:
        raise MasterChanged(seen=version, current=row.version)
    return row


def only_new(saved: Saved[M]) -> M:
    """The one that was created; refused when its key stood already."""
    if not saved.created:
        raise KeyTaken(id=saved.all[0].id)
    return saved.created[0]


def only_same(saved: Saved[M], id: UUID) -> M:
    """The one that was changed; refused when the wish named another key."""
    if saved.all[0].id != id:
        raise KeyChanged(id=id)
    return saved.all[0]


def set_active(row: Master, *, active: bool) -> bool:
    """Whether it may stand on new documents; True when that is a change."""
    if row.active == active:
        return False
    row.active = active
    row.version += 1
    return True
