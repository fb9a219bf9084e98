"""Changes to product structures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.boms.rules import (
    LIFECYCLE,
    RELEASED_STANDS,
    BomCycle,
    RevisionsOverlap,
    find_cycle,
    line_faults,
)
from services.masterdata.boms.tables import Bom, BomComponent
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, lock_by_key, lock_one, save
from services.masterdata.masters.rules import NOT_KNOWN, Fault, refuse
from shared.auth import Actor
from shared.contracts.masterdata.bodies import BomBody, BomShown
from shared.contracts.masterdata.events import BomLine, BomPublished
from shared.database import AsyncSession
from shared.outbox import record, teller

KEYS = ("item_id", "revision")
LINE_KEYS = ("bom_id", "line")


async def save_boms(session: AsyncSession, wishes: Sequence[BomBody]) -> Saved[Bom]:
    """Create or change drafts. A released revision may only be said again as it stands."""
    items = await items_of(session, wishes)
    keys = [(items[wish.item_code].id, wish.revision) for wish in wishes]
    standing = await lock_by_key(session, Bom, KEYS, keys)
    lines = await lines_of(session, [row.id for row in standing.values()])
    drafts: list[tuple[BomBody, Bom | None]] = []
    same: list[Bom] = []
    faults: list[Fault] = []
    for place, (wish, key) in enumerate(zip(wishes, keys, strict=True)):
        row = standing.get(key)
        if row is None or row.state == "draft":
            drafts.append((wish, row))
        elif differs(row, lines[row.id], wish, items):
            faults.append(Fault(place, "revision", "released", RELEASED_STANDS, wish.revision))
        else:
            same.append(row)
    refuse(faults)
    saved = await save_drafts(session, [wish for wish, _ in drafts], items)
    saved.unchanged.extend(same)
    return saved


async def items_of(session: AsyncSession, wishes: Sequence[BomBody]) -> dict[str, Item]:
    """Every item that the structures name; refused with each code that nothing stands behind."""
    codes = {wish.item_code for wish in wishes}
    codes |= {line.component_code for wish in wishes for line in wish.lines}
    items = await by_code(session, Item, codes)
    faults: list[Fault] = []
    for place, wish in enumerate(wishes):
        if wish.item_code not in items:
            faults.append(Fault(place, "item_code", "unknown_code", NOT_KNOWN, wish.item_code))
        faults += [
            Fault(place, "component_code", "unknown_code", NOT_KNOWN, line.component_code, inner)
            for inner, line in enumerate(wish.lines)
            if line.component_code not in items
        ]
        faults += line_faults(place, [line.line for line in wish.lines])
    refuse(faults)
    return items


def differs(
    row: Bom, lines: Sequence[BomComponent], wish: BomBody, items: Mapping[str, Item]
) -> bool:
    """Whether a released revision is asked to be another one; its end may be set by rule."""
    stands = {
        (line.line, line.component_id, line.quantity, line.scrap, line.operation) for line in lines
    }
    asked = {
        (line.line, items[line.component_code].id, line.quantity, line.scrap, line.operation)
        for line in wish.lines
    }
    return row.valid_from != wish.valid_from or stands != asked


async def save_drafts(
    session: AsyncSession, wishes: Sequence[BomBody], items: Mapping[str, Item]
) -> Saved[Bom]:
    if not wishes:
        return Saved()
    heads = [
        {
            "item_id": items[wish.item_code].id,
            "revision": wish.revision,
            "valid_from": wish.valid_from,
            "valid_to": wish.valid_to,
        }
        for wish in wishes
    ]
    saved = await save(session, Bom, KEYS, heads)
    boms = {(row.item_id, row.revision): row for row in saved.all}
    before = await lines_of(session, [row.id for row in boms.values()])
    rows: list[dict[str, Any]] = []
    for wish in wishes:
        bom = boms[items[wish.item_code].id, wish.revision]
        rows += [
            line.model_dump(exclude={"component_code"})
            | {"bom_id": bom.id, "component_id": items[line.component_code].id, "active": True}
            for line in wish.lines
        ]
        kept = {line.line for line in wish.lines}
        for line in before[bom.id]:
            line.active = line.line in kept
    touched = {row.bom_id for row in (await save(session, BomComponent, LINE_KEYS, rows)).touched}
    for row in [row for row in saved.unchanged if row.id in touched]:
        row.version += 1
        saved.unchanged.remove(row)
        saved.changed.append(row)
    return saved


async def lines_of(
    session: AsyncSession, bom_ids: Sequence[UUID]
) -> defaultdict[UUID, list[BomComponent]]:
    """The lines of structures in line order."""
    found = await session.execute(
        select(BomComponent)
        .where(col(BomComponent.bom_id).in_(bom_ids), col(BomComponent.active))
        .order_by(col(BomComponent.bom_id), col(BomComponent.line))
    )
    lines: defaultdict[UUID, list[BomComponent]] = defaultdict(list)
    for line in found.scalars():
        lines[line.bom_id].append(line)
    return lines


async def save_and_release_boms(session: AsyncSession, wishes: Sequence[BomBody]) -> Saved[Bom]:
    """The import's way: what is new or still a draft is released at once."""
    saved = await save_boms(session, wishes)
    drafts = [row for row in saved.all if row.state == "draft"]
    await release_all(session, drafts)
    return saved


async def release_bom(
    session: AsyncSession, actor: Actor, id: UUID, version: int, note: str | None
) -> Bom:
    """A draft begins to hold; the revision before it ends the day before."""
    bom = await lock_one(session, Bom, id, version)
    LIFECYCLE.check("release", bom.state, actor, {}, note)
    await release_all(session, [bom])
    return bom


async def release_all(session: AsyncSession, drafts: Sequence[Bom]) -> None:
    """Release drafts together: end their predecessors, refuse overlaps and circles, tell all."""
    if not drafts:
        return
    ended = await end_predecessors(session, drafts)
    await session.flush()
    for bom in drafts:
        bom.state, bom.version = "released", bom.version + 1
    await session.flush()
    await refuse_cycles(session, drafts)
    await tell_boms(session, [*ended, *drafts])


async def end_predecessors(session: AsyncSession, drafts: Sequence[Bom]) -> list[Bom]:
    """The open-ended earlier revision of each item ends the day before the new one begins."""
    found = await session.execute(
        select(Bom)
        .where(
            col(Bom.item_id).in_([bom.item_id for bom in drafts]),
            col(Bom.state) == "released",
            col(Bom.active),
        )
        .order_by(col(Bom.id))
        .with_for_update()
    )
    standing = list(found.scalars())
    ended: list[Bom] = []
    for bom in drafts:
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
        select(Bom.item_id, BomComponent.component_id)
        .join(BomComponent, col(BomComponent.bom_id) == col(Bom.id))
        .where(
            col(Bom.company_id) == teller(session).company_id,
            col(Bom.state) == "released",
            col(Bom.active),
            col(BomComponent.active),
        )
    )
    components: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for item_id, component_id in found:
        components[item_id].add(component_id)
    path = find_cycle(components, [bom.item_id for bom in released])
    if path is None:
        return
    named = await session.execute(select(Item.id, Item.code).where(col(Item.id).in_(path)))
    codes = {row.id: row.code for row in named}
    raise BomCycle(path=[codes[id] for id in path])


async def describe_boms(session: AsyncSession, rows: Sequence[Bom]) -> list[BomShown]:
    lines = await lines_of(session, [row.id for row in rows])
    return [
        BomShown.model_validate(
            {
                **row.model_dump(),
                "lines": tuple(BomLine.model_validate(line) for line in lines[row.id]),
            }
        )
        for row in rows
    ]


async def tell_boms(session: AsyncSession, rows: Sequence[Bom]) -> None:
    released = [row for row in rows if row.state == "released"]
    if released:
        for shown in await describe_boms(session, released):
            record(session, BomPublished.model_validate(shown.model_dump()))
