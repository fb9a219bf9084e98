"""What people do to purchase orders: submit, approve, issue, cancel, close."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.procurement.copies.rules import SupplierUnknown
from services.procurement.orders.commands import content_of, lock_known, pegs_of, progress
from services.procurement.orders.rules import (
    LIFECYCLE,
    RUNNING,
    NotApprovedSource,
    OrderUnknown,
    SupplierNotQualified,
    fall_back,
    stages_for,
)
from services.procurement.orders.tables import OrderPeg, PurchaseOrder, PurchaseOrderLine
from services.procurement.requisitions.commands import give_back
from services.procurement.requisitions.tables import Requisition
from services.procurement.sourcing.queries import Market, market_of, obstacles_for
from shared.approvals import (
    Subject,
    approve_all,
    end_approvals,
    reject_all,
    request_approvals,
)
from shared.auth import Actor
from shared.batches import Batch
from shared.bulk import update_rows
from shared.contracts.procurement.events import (
    OrderIssued,
    OrderLine,
    OrderPriced,
    PricedLine,
    PurchaseApprovalChanged,
)
from shared.database import AsyncSession
from shared.outbox import record
from shared.session import today

Lines = Sequence[PurchaseOrderLine]
Sheet = tuple[PurchaseOrder, list[PurchaseOrderLine]]


async def act_on_orders(
    session: AsyncSession,
    actor: Actor,
    batch: Batch,
    verb: str,
    note: str | None,
) -> list[PurchaseOrder]:
    """One act on each order of a list, at the versions that were seen.

    The statements do not grow with the list. A refusal names the order it speaks about.
    """
    found = await lock_known(session, batch.seen)
    versions = {id: order.version for id, (order, _) in found.items()}
    batch.expect(versions, lambda ids: OrderUnknown(ids=ids))
    for id in batch.left():
        order, _ = found[id]
        people = {"created_by": order.created_by, "submitted_by": order.submitted_by}
        with batch.judging(id):
            LIFECYCLE.check(verb, order.state, actor, people, note)
    sheets = [sheet for id, sheet in found.items() if batch.stands(id)]
    await carry_out(session, actor, batch, sheets, verb, note or "")
    return [found[id][0] for id in batch.left()]


async def carry_out(
    session: AsyncSession,
    actor: Actor,
    batch: Batch,
    sheets: Sequence[Sheet],
    verb: str,
    note: str,
) -> None:
    """What the verb does to orders that it may be done to, and their state after it."""
    target, last, judging = LIFECYCLE[verb].target, set[UUID](), batch.judging
    match verb:
        case "submit":
            await submit(session, actor, sheets)
        case "withdraw":
            ids = [order.id for order, _ in sheets]
            await end_approvals(session, ids, "withdrawn", PurchaseApprovalChanged)
        case "approve" | "approve_finance":
            subjects = [subject_of(*sheet) for sheet in sheets]
            told_as = PurchaseApprovalChanged
            last = await approve_all(session, subjects, actor, told_as, note, judging)
        case "reject":
            subjects = [subject_of(*sheet) for sheet in sheets]
            await reject_all(session, subjects, actor, PurchaseApprovalChanged, note, judging)
        case "issue":
            await issue(session, actor.company_id, batch, sheets)
        case "cancel":
            return await cancel(session, sheets)
        case _:
            for order, lines in sheets:
                progress(session, order, lines, target)
            return None
    for order in (order for order, _ in sheets if batch.stands(order.id)):
        order.state = target or ("approved" if order.id in last else order.state)
        order.version += 1
    return None


async def submit(session: AsyncSession, actor: Actor, sheets: Sequence[Sheet]) -> None:
    """Ask for the stages that the amounts need."""
    for order, _ in sheets:
        order.submitted_by = actor.subject
    asked = [
        (subject_of(order, lines), stages_for(order.gross, order.rate)) for order, lines in sheets
    ]
    await request_approvals(session, asked, actor, PurchaseApprovalChanged)


def subject_of(order: PurchaseOrder, lines: Lines) -> Subject:
    summary = {
        "supplier_id": str(order.supplier_id),
        "gross": str(order.gross),
        "currency": order.currency,
        "lines": len(lines),
    }
    return Subject(
        "order",
        order.id,
        order.number,
        order.version,
        order.company_id,
        content_of(order, lines),
        summary,
        amount=order.gross * order.rate,
        authors=(order.created_by,),
    )


async def issue(
    session: AsyncSession, company_id: UUID, batch: Batch, sheets: Sequence[Sheet]
) -> None:
    """The orders go to their suppliers, if they may be ordered from today (REQ-07..09)."""
    day, all_lines = today(session), [line for _, lines in sheets for line in lines]
    suppliers = {order.supplier_id for order, _ in sheets}
    wanted = {line.item_id for line in all_lines}
    market = await market_of(session, company_id, wanted, day, suppliers)
    for order, lines in sheets:
        with batch.judging(order.id):
            check_sources(market, order, lines, day)
    pegs = await pegs_of(session, [line.id for line in all_lines])
    for order, lines in [sheet for sheet in sheets if batch.stands(sheet[0].id)]:
        order.issued_on = day
        tell_issued(session, order, [(line, pegs[line.id]) for line in lines])
        tell_priced(session, order, lines)


def check_sources(market: Market, order: PurchaseOrder, lines: Lines, day: date) -> None:
    """Raises what stands against ordering the lines from the supplier today."""
    if (supplier := market.suppliers.get(order.supplier_id)) is None:
        raise SupplierUnknown(supplier_id=order.supplier_id)
    for line in lines:
        item = market.items[line.item_id]
        if against := obstacles_for(supplier, item, day):
            raise SupplierNotQualified(
                supplier=supplier.code,
                item=item.code,
                causes=[{"code": one.code, **one.text._asdict()} for one in against],
            )
        offers = market.offers.get(line.item_id, [])
        if not any(one.supplier_id == supplier.id and one.usable for one in offers):
            raise NotApprovedSource(item=item.code, supplier=supplier.code)


def tell_issued(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Sequence[tuple[PurchaseOrderLine, Sequence[OrderPeg]]],
) -> None:
    assert order.issued_on is not None
    record(
        session,
        OrderIssued(
            order_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            issued_on=order.issued_on,
            lines=tuple(
                OrderLine(
                    line_id=line.id,
                    item_id=line.item_id,
                    quantity=line.quantity,
                    due_on=line.due_on,
                    requisition_ids=tuple(peg.requisition_id for peg in pegs),
                    demand_ids=tuple(dict.fromkeys(p.demand_id for p in pegs if p.demand_id)),
                )
                for line, pegs in lines
            ),
        ),
    )


def tell_priced(session: AsyncSession, order: PurchaseOrder, lines: Lines) -> None:
    record(
        session,
        OrderPriced(
            order_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            currency=order.currency,
            rate=order.rate,
            payment_days=order.payment_days,
            ordered_on=order.ordered_on,
            lines=tuple(
                PricedLine(
                    line_id=line.id,
                    item_id=line.item_id,
                    quantity=line.quantity,
                    price=line.price,
                    tax_rate=line.tax_rate,
                )
                for line in lines
            ),
        ),
    )


async def cancel(session: AsyncSession, sheets: Sequence[Sheet]) -> None:
    """Give up what has not come; the requisitions behind it are open again."""
    submitted = [order.id for order, _ in sheets if order.state == "submitted"]
    await end_approvals(session, submitted, "voided", PurchaseApprovalChanged)
    all_lines = [line for _, lines in sheets for line in lines]
    pegs = await pegs_of(session, [line.id for line in all_lines])
    back: dict[UUID, Decimal] = {}
    for line in all_lines:
        held = {peg.requisition_id: peg for peg in pegs[line.id]}
        pegged = {id: peg.quantity for id, peg in held.items()}
        surplus = line.quantity - line.cancelled - sum(pegged.values(), Decimal(0))
        for id, quantity in fall_back(line.open_quantity, surplus, pegged).items():
            held[id].quantity -= quantity
            back[id] = back.get(id, Decimal(0)) + quantity
    with session.no_autoflush:
        opened = await give_back(session, back)
    for order, lines in sheets:
        issued = order.state in RUNNING
        for line in lines:
            line.cancelled += line.open_quantity
        if issued:
            progress(session, order, lines)
        else:
            order.state, order.version = "cancelled", order.version + 1
    await update_rows(
        session,
        (PurchaseOrder, [order for order, _ in sheets], ("state", "version")),
        (PurchaseOrderLine, all_lines, ("cancelled",)),
        (OrderPeg, [peg for own in pegs.values() for peg in own], ("quantity",)),
        (Requisition, opened, ("state", "version", "ordered")),
    )
