"""Sending goods back to their supplier."""

from decimal import Decimal
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from services.inventory.moves.commands import lock_items_of, locking, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.supplier_returns.rules import (
    LIFECYCLE,
    Returnable,
    SupplierReturnUnknown,
    going_back,
    what_stays,
)
from services.inventory.supplier_returns.tables import SupplierReturn
from shared.auth import Actor
from shared.batches import Batch
from shared.bulk import update_rows
from shared.contracts.inventory.events import SupplierReturnDispatched
from shared.contracts.procurement.events import ReturnOrdered
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import now, today

LOCK_RETURNS = locking(
    "SELECT item_id FROM supplier_return "
    "WHERE id = ANY(CAST(:ids AS uuid[])) AND company_id = :company"
)

# The items are locked: nobody else touches what stands of the arrival lines. Decimals as text.
RETURNS = text("""
SELECT r.*,
  (SELECT coalesce(json_agg(json_build_object(
     'part_id', p.id, 'bin_id', b.bin_id, 'lot_number', p.lot_number, 'quality', p.quality,
     'quantity', CAST(b.on_hand - b.reserved AS text))), '[]')
   FROM lot_part p JOIN balance b ON b.part_id = p.id AND b.on_hand > b.reserved
   WHERE p.line_id = r.arrival_line_id AND p.company_id = r.company_id) AS standing
FROM supplier_return r
WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.company_id = :company
ORDER BY r.id FOR UPDATE OF r
""")
DISPATCHED = ("state", "version", "dispatched_on", "dispatched_by")
STANDING = TypeAdapter(list[Returnable])
Going = list[tuple[Returnable, Decimal]]


async def open_return(session: AsyncSession, ordered: ReturnOrdered) -> None:
    """A task for the warehouse; the same order again changes nothing."""
    if await session.get(SupplierReturn, ordered.return_id) is None:
        copied = ordered.model_dump(exclude={"return_id"})
        session.add(
            SupplierReturn(
                id=ordered.return_id,
                company_id=teller(session).company_id,
                state="open",
                created_by=teller(session).initiated_by or teller(session).actor,
                created_at=now(session),
                **copied,
            )
        )
        await session.flush()


async def dispatch_returns(
    session: AsyncSession, actor: Actor, batch: Batch
) -> list[SupplierReturn]:
    """The goods leave for their supplier: rejected ones first, told part by part.

    The statements do not grow with the list. Of one arrival line an earlier return of the list
    takes first, and what it takes is not there for a later one.
    """
    found = await lock_returns(session, batch)
    left = {row.arrival_line_id: standing for row, standing in found.values()}
    going: list[tuple[SupplierReturn, Going]] = []
    for id in batch.left():
        row, _ = found[id]
        with batch.judging(id):
            LIFECYCLE.check("dispatch", row.state, actor)
            chosen = going_back(row.quantity, left[row.arrival_line_id])
            left[row.arrival_line_id] = what_stays(left[row.arrival_line_id], chosen)
            going.append((row, chosen))
    await post(session, [posting_of(row, *share) for row, chosen in going for share in chosen])
    for row, chosen in going:
        row.state, row.version = "dispatched", row.version + 1
        row.dispatched_on, row.dispatched_by = today(session), actor.subject
        for one, quantity in chosen:
            tell(session, row, one, quantity)
    done = [row for row, _ in going]
    await update_rows(session, (SupplierReturn, done, DISPATCHED))
    if done:
        await settle(session, {row.item_id for row in done})
    return done


async def lock_returns(
    session: AsyncSession, batch: Batch
) -> dict[UUID, tuple[SupplierReturn, list[Returnable]]]:
    """The returns, after their items, each with what stands free of its arrival line."""
    ids = list(batch.seen)
    await lock_items_of(session, LOCK_RETURNS, ids=ids)
    asked = {"ids": ids, "company": teller(session).company_id}
    found = {
        row["id"]: (
            SupplierReturn(**{name: row[name] for name in SupplierReturn.model_fields}),
            STANDING.validate_python(row["standing"]),
        )
        for row in (await session.execute(RETURNS, asked)).mappings()
    }
    versions = {id: row.version for id, (row, _) in found.items()}
    batch.expect(versions, lambda missing: SupplierReturnUnknown(id=missing[0]))
    return found


def posting_of(returned: SupplierReturn, one: Returnable, quantity: Decimal) -> Posting:
    return Posting(
        one.part_id,
        returned.item_id,
        quantity,
        "supplier_return",
        from_bin=one.bin_id,
        document_id=returned.id,
        document_number=returned.number,
    )


def tell(
    session: AsyncSession, returned: SupplierReturn, one: Returnable, quantity: Decimal
) -> None:
    record(
        session,
        SupplierReturnDispatched.model_validate(
            {
                **returned.model_dump(),
                "return_id": returned.id,
                "part_id": one.part_id,
                "lot_number": one.lot_number,
                "quantity": quantity,
                "accepted": one.accepted,
                "returned_on": returned.dispatched_on,
            }
        ),
    )
