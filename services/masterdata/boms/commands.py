"""Changes to product structures."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from json import dumps
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.boms.rules import (
    LIFECYCLE,
    RELEASED_STANDS,
    RevisionsOverlap,
    find_circle,
    instead_of,
    wish_faults,
)
from services.masterdata.boms.tables import Bom, BomComponent
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, lock_one, merged, write
from services.masterdata.masters.rules import Fault, refuse
from shared.auth import Actor
from shared.bulk import update_rows
from shared.contracts.masterdata.bodies import BomBody, BomShown
from shared.contracts.masterdata.events import BomLine, BomPublished
from shared.database import AsyncSession
from shared.outbox import record, teller

KEYS = ("item_id", "revision")
LINE_KEYS = ("bom_id", "line")


async def save_boms(
    session: AsyncSession, wishes: Sequence[BomBody], state: str = "draft"
) -> Saved[Bom]:
    """Create or change drafts. A released revision may only be said again as it stands."""
    items = await items_of(session, wishes)
    book = await open_book(session, {items[wish.item_code].id for wish in wishes})
    drafts, same = sifted(book, wishes, items)
    before = [row for row in book.revisions.values() if row.state == "released" and row.active]
    heads = merged(session, Bom, KEYS, book.revisions, [head_of(w, items, state) for w in drafts])
    lines = merged_lines(session, book, heads, drafts, items)
    ended = end_predecessors(before, heads.all) if state == "released" else []
    await update_rows(session, (Bom, ended, ("valid_to", "version")))  # before others begin
    await write(session, (Bom, heads), (BomComponent, lines))
    if state == "released" and heads.all:
        await refuse_cycles(session, heads.all)
        tell_released(session, [*ended, *heads.all], book.lines)
    heads.unchanged.extend(same)
    return heads


@dataclass(frozen=True, slots=True)
class Book:
    """Every revision of some items under its lock, with all lines it ever had."""

    revisions: dict[tuple[Any, ...], Bom]  # by item and revision
    lines: defaultdict[UUID, list[BomComponent]]  # in line order


async def open_book(session: AsyncSession, item_ids: Collection[UUID]) -> Book:
    found = await session.execute(
        select(Bom)
        .where(col(Bom.company_id) == teller(session).company_id, col(Bom.item_id).in_(item_ids))
        .order_by(col(Bom.id))
        .with_for_update()
    )
    revisions = {(row.item_id, row.revision): row for row in found.scalars()}
    ids = [row.id for row in revisions.values()]
    return Book(revisions, await lines_of(session, ids, dropped=True))


def sifted(
    book: Book, wishes: Sequence[BomBody], items: Mapping[str, Item]
) -> tuple[list[BomBody], list[Bom]]:
    """The wishes that are or become drafts, and the released revisions that are said again."""
    drafts: list[BomBody] = []
    same: list[Bom] = []
    faults: list[Fault] = []
    for place, wish in enumerate(wishes):
        row = book.revisions.get((items[wish.item_code].id, wish.revision))
        if row is None or row.state == "draft":
            drafts.append(wish)
        elif differs(row, book.lines[row.id], wish, items):
            faults.append(Fault(place, "revision", "released", RELEASED_STANDS, wish.revision))
        else:
            same.append(row)
    refuse(faults)
    return drafts, same


async def items_of(session: AsyncSession, wishes: Sequence[BomBody]) -> dict[str, Item]:
    """Every item that the structures name; refused with each code that nothing stands behind."""
    codes = {wish.item_code for wish in wishes}
    codes |= {line.component_code for wish in wishes for line in wish.lines}
    codes |= {one.component_code for w in wishes for line in w.lines for one in line.substitutes}
    items = await by_code(session, Item, codes)
    faults = [
        fault
        for place, wish in enumerate(wishes)
        for fault in wish_faults(place, wish, items.keys())
    ]
    refuse(faults)
    return items


def differs(
    row: Bom, lines: Sequence[BomComponent], wish: BomBody, items: Mapping[str, Item]
) -> bool:
    """Whether a released revision is asked to be another one; its end may be set by rule."""
    ids = {code: item.id for code, item in items.items()}
    stands = {
        (
            *(line.line, line.component_id, line.quantity, line.scrap, line.operation),
            *(dumps(one, sort_keys=True) for one in line.substitutes),
        )
        for line in lines
        if line.active
    }
    asked = {
        (
            *(line.line, ids[line.component_code], line.quantity, line.scrap, line.operation),
            *(dumps(one, sort_keys=True) for one in instead_of(line, ids)),
        )
        for line in wish.lines
    }
    return row.valid_from != wish.valid_from or stands != asked


def head_of(wish: BomBody, items: Mapping[str, Item], state: str) -> dict[str, Any]:
    return {
        "item_id": items[wish.item_code].id,
        "revision": wish.revision,
        "state": state,
        "valid_from": wish.valid_from,
        "valid_to": wish.valid_to,
    }


def merged_lines(
    session: AsyncSession,
    book: Book,
    heads: Saved[Bom],
    wishes: Sequence[BomBody],
    items: Mapping[str, Item],
) -> Saved[BomComponent]:
    """The drafts' lines as asked; what is not asked for is dropped, and its head has changed."""
    boms = {(row.item_id, row.revision): row for row in heads.all}
    standing = {(row.bom_id, row.line): row for own in book.lines.values() for row in own}
    ids = {code: item.id for code, item in items.items()}
    rows: list[dict[str, Any]] = []
    for wish in wishes:
        bom = boms[items[wish.item_code].id, wish.revision]
        asked = {
            line.line: line.model_dump(exclude={"component_code"})
            | {"bom_id": bom.id, "component_id": ids[line.component_code], "active": True}
            | {"substitutes": instead_of(line, ids)}
            for line in wish.lines
        }
        dropped = [row for row in book.lines[bom.id] if row.active and row.line not in asked]
        rows += asked.values()
        rows += [{"bom_id": bom.id, "line": row.line, "active": False} for row in dropped]
    lines = merged(session, BomComponent, LINE_KEYS, standing, rows)
    touched = {row.bom_id for row in lines.touched}
    for row in [row for row in heads.unchanged if row.id in touched]:
        row.version += 1
        heads.unchanged.remove(row)
        heads.changed.append(row)
    for line in lines.created:
        book.lines[line.bom_id].append(line)
    return lines


async def lines_of(
    session: AsyncSession, bom_ids: Sequence[UUID], *, dropped: bool = False
) -> defaultdict[UUID, list[BomComponent]]:
    """The lines of structures in line order; those that were dropped as well if asked."""
    lines: defaultdict[UUID, list[BomComponent]] = defaultdict(list)
    if not bom_ids:
        return lines
    wanted = select(BomComponent).where(col(BomComponent.bom_id).in_(bom_ids))
    if not dropped:
        wanted = wanted.where(col(BomComponent.active))
    ordered = wanted.order_by(col(BomComponent.bom_id), col(BomComponent.line))
    for line in (await session.execute(ordered)).scalars():
        lines[line.bom_id].append(line)
    return lines


async def save_and_release_boms(session: AsyncSession, wishes: Sequence[BomBody]) -> Saved[Bom]:
    """The import's way: what is new or still a draft is released at once."""
    return await save_boms(session, wishes, "released")


async def release_bom(
    session: AsyncSession, actor: Actor, id: UUID, version: int, note: str | None
) -> Bom:
    """A draft begins to hold; the revision before it ends the day before."""
    bom = await lock_one(session, Bom, id, version)
    LIFECYCLE.check("release", bom.state, actor, {}, note)
    before = [row for row in await released_of(session, bom.item_id) if row.active]
    ended = end_predecessors(before, [bom])
    await session.flush()
    bom.state, bom.version = "released", bom.version + 1
    await session.flush()
    await refuse_cycles(session, [bom])
    await tell_boms(session, [*ended, bom])
    return bom


async def released_of(session: AsyncSession, item_id: UUID) -> Sequence[Bom]:
    found = await session.execute(
        select(Bom)
        .where(col(Bom.item_id) == item_id, col(Bom.state) == "released")
        .order_by(col(Bom.id))
        .with_for_update()
    )
    return found.scalars().all()


def end_predecessors(standing: Sequence[Bom], begun: Sequence[Bom]) -> list[Bom]:
    """The open-ended earlier revision of each item ends the day before the new one begins."""
    ended: list[Bom] = []
    for bom in begun:
        for other in standing:
            if other.item_id != bom.item_id:
                continue
            if other.valid_to is None and other.valid_from < bom.valid_from:
                other.valid_to = bom.valid_from - timedelta(days=1)
                other.version += 1
                ended.append(other)
            elif overlaps(other, bom):
                raise RevisionsOverlap(revision=bom.revision, other=other.revision)
    return ended


def overlaps(one: Bom, other: Bom) -> bool:
    ends_first = one.valid_to is not None and one.valid_to < other.valid_from
    begins_last = other.valid_to is not None and other.valid_to < one.valid_from
    return not (ends_first or begins_last)


async def refuse_cycles(session: AsyncSession, released: Sequence[Bom]) -> None:
    """Over all released structures of the company, whatever their days: one statement."""
    found = await session.execute(
        select(Bom.item_id, BomComponent.component_id, col(BomComponent.substitutes))
        .join(BomComponent, col(BomComponent.bom_id) == col(Bom.id))
        .where(
            col(Bom.company_id) == teller(session).company_id,
            col(Bom.state) == "released",
            col(Bom.active),
            col(BomComponent.active),
        )
    )
    uses = [
        (item_id, component_id, [UUID(one["component_id"]) for one in instead])
        for item_id, component_id, instead in found
    ]
    if (circle := find_circle(uses, [bom.item_id for bom in released])) is None:
        return
    path, kind = circle
    named = await session.execute(select(Item.id, Item.code).where(col(Item.id).in_(path)))
    codes = {row.id: row.code for row in named}
    raise kind(path=[codes[id] for id in path])


async def describe_boms(session: AsyncSession, rows: Sequence[Bom]) -> list[BomShown]:
    lines = await lines_of(session, [row.id for row in rows])
    return [shown(row, lines[row.id]) for row in rows]


def shown(row: Bom, lines: Sequence[BomComponent]) -> BomShown:
    stand = sorted((line for line in lines if line.active), key=lambda line: line.line)
    told = tuple(BomLine.model_validate(line) for line in stand)
    return BomShown.model_validate({**row.model_dump(), "lines": told})


async def tell_boms(session: AsyncSession, rows: Sequence[Bom]) -> None:
    released = [row for row in rows if row.state == "released"]
    tell_released(session, released, await lines_of(session, [row.id for row in released]))


def tell_released(
    session: AsyncSession, rows: Sequence[Bom], lines: Mapping[UUID, Sequence[BomComponent]]
) -> None:
    for row in rows:
        told = shown(row, lines[row.id])
        record(session, BomPublished.model_validate(told.model_dump()))
