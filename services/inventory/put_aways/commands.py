"""Planning and confirming put-aways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

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
from shared.contracts.inventory.put_aways import ConfirmPutAway
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


async def confirm_put_away(
    session: AsyncSession, actor: Actor, id: UUID, act: ConfirmPutAway
) -> PutAway:
    """What still stands at the origin goes to the bin, reservations included."""
    task = await lock_task(session, id)
    expect_version(act.version, task.version)
    LIFECYCLE.check("confirm", task.state, actor)

    target_id = act.bin_id or task.suggested_bin_id
    if target_id is None:
        raise PlaceMissing(status="released", item_id=task.item_id)
    target = (await bins_of(session, [target_id]))[target_id]
    item = (await items_of(session, [task.item_id]))[task.item_id]
    refuse_target(
        suggested=target_id == task.suggested_bin_id,
        reason=act.reason,
        status=target.status,
        storage_class=target.storage_class,
        item_class=item.storage_class,
    )
    await carry(session, task, target_id)
    task.state, task.version = "done", task.version + 1
    task.bin_id, task.reason = target_id, act.reason
    task.done_by, task.done_at = actor.subject, now(session)
    return task  # over all places nothing changed: no availability to tell


async def carry(session: AsyncSession, task: PutAway, target_id: UUID) -> None:
    """Everything that still stands at the origin, with what is held of it."""
    stood = await session.get(Balance, (task.part_id, task.from_bin_id), populate_existing=True)
    if stood is None or stood.on_hand == 0 or target_id == task.from_bin_id:
        return
    whole = Posting(
        task.part_id,
        task.item_id,
        stood.on_hand,
        "put_away",
        from_bin=task.from_bin_id,
        to_bin=target_id,
        carried=stood.reserved,
        document_id=task.id,
        document_number=task.document_number,
    )
    await post(session, [whole])
    await follow(session, [(task.part_id, task.from_bin_id, target_id)])


async def lock_task(session: AsyncSession, id: UUID) -> PutAway:
    """The task, after its item: the order in which every change of stock locks."""
    company = teller(session).company_id
    found = await session.exec(
        select(col(PutAway.item_id)).where(
            col(PutAway.id) == id, col(PutAway.company_id) == company
        )
    )
    item_id = found.one_or_none()
    if item_id is None:
        raise PutAwayUnknown(id=id)
    await lock_items(session, [item_id])
    return await session.get_one(PutAway, id, with_for_update=True, populate_existing=True)
