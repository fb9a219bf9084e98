"""Planning and confirming put-aways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from services.inventory.copies.queries import items_of
from services.inventory.holdings.commands import follow
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.moves.tables import Balance
from services.inventory.places.queries import bins_of
from services.inventory.places.rules import Place, PlaceMissing, suggest
from services.inventory.put_aways.rules import LIFECYCLE, PutAwayUnknown, refuse_target
from services.inventory.put_aways.tables import PutAway
from shared.auth import Actor
from shared.batches import TwiceInOneList, naming
from shared.contracts.inventory.put_aways import ConfirmItem
from shared.database import AsyncSession, insert_all
from shared.ids import derived_id
from shared.lifecycle import expect_version
from shared.outbox import teller
from shared.session import now


@dataclass(frozen=True, slots=True)
class Accepted:
    """A part that may leave the place where it was received."""

    part_id: UUID
    item_id: UUID
    lot_id: UUID
    lot_number: str
    bin_id: UUID
    document_id: UUID
    document_number: str


async def plan_put_aways(
    session: AsyncSession,
    parts: Sequence[Accepted],
    places: Sequence[Place],
    classes: Mapping[UUID, str],
) -> None:
    """Open a task for each part, with the bin that suits it; without one where none stands yet."""
    rows: list[dict[str, object]] = []
    taken: set[UUID] = set()
    for part in parts:
        try:
            best = suggest(places, "released", classes[part.item_id], part.lot_id, taken).id
            taken.add(best)
        except PlaceMissing:
            best = None
        rows.append(
            {
                "id": derived_id(part.part_id, "put_away"),
                "company_id": teller(session).company_id,
                "state": "open",
                "version": 1,
                "part_id": part.part_id,
                "item_id": part.item_id,
                "lot_number": part.lot_number,
                "from_bin_id": part.bin_id,
                "suggested_bin_id": best,
                "document_id": part.document_id,
                "document_number": part.document_number,
                "reason": "",
                "opened_at": now(session),
            }
        )
    await insert_all(session, PutAway, rows)


async def confirm_put_aways(
    session: AsyncSession, actor: Actor, wishes: Sequence[ConfirmItem]
) -> list[PutAway]:
    """What still stands at the origins goes to the bins, reservations included.

    All or nothing, in the order asked; the statements do not grow with the list.
    """
    tasks = await lock_tasks(session, [wish.id for wish in wishes])
    targets: dict[UUID, UUID] = {}
    for wish in wishes:
        task = tasks[wish.id]
        with naming(task.id):
            expect_version(wish.version, task.version)
            LIFECYCLE.check("confirm", task.state, actor)
            targets[task.id] = chosen_bin(task, wish)
    bins = await bins_of(session, set(targets.values()))
    items = await items_of(session, {task.item_id for task in tasks.values()})
    for wish in wishes:
        task, target = tasks[wish.id], bins[targets[wish.id]]
        with naming(task.id):
            refuse_target(
                suggested=target.id == task.suggested_bin_id,
                reason=wish.reason,
                status=target.status,
                storage_class=target.storage_class,
                item_class=items[task.item_id].storage_class,
            )
    done = [tasks[wish.id] for wish in wishes]
    await carry(session, done, targets)
    for task, wish in zip(done, wishes, strict=True):
        task.state, task.version = "done", task.version + 1
        task.bin_id, task.reason = targets[task.id], wish.reason
        task.done_by, task.done_at = actor.subject, now(session)
    return done  # over all places nothing changed: no availability to tell


def chosen_bin(task: PutAway, wish: ConfirmItem) -> UUID:
    target = wish.bin_id or task.suggested_bin_id
    if target is None:
        raise PlaceMissing(status="released", item_id=task.item_id)
    return target


async def carry(
    session: AsyncSession, tasks: Sequence[PutAway], targets: Mapping[UUID, UUID]
) -> None:
    """Everything that still stands at the origins, with what is held of it."""
    places = [(task.part_id, task.from_bin_id) for task in tasks]
    rows = await session.exec(
        select(Balance)
        .where(tuple_(col(Balance.part_id), col(Balance.bin_id)).in_(places))
        .execution_options(populate_existing=True)
    )
    standing = {(row.part_id, row.bin_id): row for row in rows}
    whole: list[Posting] = []
    moved: list[tuple[UUID, UUID, UUID]] = []
    for task in tasks:
        stood, target = standing.get((task.part_id, task.from_bin_id)), targets[task.id]
        if stood is None or stood.on_hand == 0 or target == task.from_bin_id:
            continue
        moved.append((task.part_id, task.from_bin_id, target))
        whole.append(
            Posting(
                task.part_id,
                task.item_id,
                stood.on_hand,
                "put_away",
                from_bin=task.from_bin_id,
                to_bin=target,
                carried=stood.reserved,
                document_id=task.id,
                document_number=task.document_number,
            )
        )
    await post(session, whole)
    await follow(session, moved)


async def lock_tasks(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, PutAway]:
    """The tasks, after their items: the order in which every change of stock locks."""
    if len(set(ids)) != len(ids):
        raise TwiceInOneList(given=len(ids))
    mine = select(PutAway).where(
        col(PutAway.id).in_(ids), col(PutAway.company_id) == teller(session).company_id
    )
    known = {task.id: task.item_id for task in await session.exec(mine)}
    if missing := set(ids) - known.keys():
        raise PutAwayUnknown(id=min(missing))
    await lock_items(session, set(known.values()))
    locked = mine.order_by(col(PutAway.id)).with_for_update()
    rows = await session.exec(locked.execution_options(populate_existing=True))
    return {task.id: task for task in rows}
