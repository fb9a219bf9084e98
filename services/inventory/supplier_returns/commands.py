"""Sending goods back to their supplier."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.inventory.moves.commands import lock_items, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.supplier_returns.rules import (
    LIFECYCLE,
    Returnable,
    SupplierReturnUnknown,
    going_back,
)
from services.inventory.supplier_returns.tables import SupplierReturn
from shared.auth import Actor
from shared.contracts.inventory.events import SupplierReturnDispatched
from shared.contracts.procurement.events import ReturnOrdered
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today

STANDING = text("""
SELECT p.id AS part_id, b.bin_id, p.lot_number, p.quality, b.on_hand - b.reserved AS quantity
FROM lot_part p JOIN balance b ON b.part_id = p.id AND b.on_hand > b.reserved
WHERE p.line_id = :line AND p.company_id = :company
""")


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


async def dispatch_return(
    session: AsyncSession, actor: Actor, id: UUID, version: int
) -> SupplierReturn:
    """The goods leave for their supplier: rejected ones first, told part by part."""
    found = await session.exec(
        select(col(SupplierReturn.item_id)).where(
            col(SupplierReturn.id) == id, col(SupplierReturn.company_id) == actor.company_id
        )
    )
    item_id = found.one_or_none()
    if item_id is None:
        raise SupplierReturnUnknown(id=id)
    await lock_items(session, [item_id])
    returned = await session.get_one(SupplierReturn, id, with_for_update=True)
    expect_version(version, returned.version)
    LIFECYCLE.check("dispatch", returned.state, actor)
    asked = {"line": returned.arrival_line_id, "company": actor.company_id}
    rows = (await session.execute(STANDING, asked)).mappings()
    chosen = going_back(returned.quantity, [Returnable(**row) for row in rows])

    await post(session, [posting_of(returned, one, quantity) for one, quantity in chosen])
    returned.state, returned.version = "dispatched", returned.version + 1
    returned.dispatched_on, returned.dispatched_by = today(session), actor.subject
    for one, quantity in chosen:
        tell(session, returned, one, quantity)
    await settle(session, [item_id])
    return returned


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
