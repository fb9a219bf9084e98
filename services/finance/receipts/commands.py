"""Recording receipts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.finance.copies.queries import rate_on
from services.finance.open_items.commands import items_for_update, settle_item, tell_credit
from services.finance.open_items.rules import CurrencyDiffers
from services.finance.open_items.tables import OpenItem
from services.finance.posting_rules.rules import Entry
from services.finance.receipts.rules import AllocatedTwice, ReceivedAhead, advance_of
from services.finance.receipts.tables import Receipt, ReceiptAllocation
from services.finance.sales_invoices.tables import SalesInvoice
from services.finance.vouchers.commands import lock_books, post
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.contracts.finance.receivables import RecordReceipt
from shared.database import AsyncSession, insert_all
from shared.decimals import cents
from shared.ids import new_id
from shared.numbers import take_number
from shared.session import now, today


async def record_receipt(session: AsyncSession, wish: RecordReceipt, actor: Actor) -> UUID:
    """Settle invoices with money received: 1002 / 1122, the rate's part 660303, the rest 2205."""
    await lock_books(session)
    if wish.received_on > today(session):
        raise ReceivedAhead(received_on=wish.received_on, today=today(session))
    allocations = {one.invoice_id: one.amount for one in wish.allocations}
    if len(allocations) < len(wish.allocations):
        raise AllocatedTwice(given=len(wish.allocations))
    advance = advance_of(wish.amount, allocations)
    rate = wish.rate or await rate_on(session, wish.currency, wish.received_on)
    items = await items_for_update(session, "receivable", wish.customer_id, allocations)
    if other := sorted({item.currency for item in items.values()} - {wish.currency}):
        raise CurrencyDiffers(receipt=wish.currency, invoices=other)
    entries = receipt_entries(wish, items, allocations, advance, rate)
    id = new_id()
    number = await take_number(session, actor.company_id, "RC", today(session))
    posting = Posting(
        "receipt_recorded", id, "receipt", id, number, wish.received_on, entries, tuple(items)
    )
    posted_on = await post(session, posting)
    receipt = Receipt(
        id=id,
        company_id=actor.company_id,
        number=number,
        state="posted",
        created_by=actor.subject,
        created_at=now(session),
        rate=rate,
        posted_on=posted_on,
        advance=advance,
        **wish.model_dump(include={"customer_id", "amount", "currency", "received_on"}),
    )
    session.add(receipt)
    await session.flush()
    await insert_all(session, ReceiptAllocation, allocation_rows(receipt, allocations))
    await mark_paid(session, [item.id for item in items.values() if not item.open_amount])
    await tell_credit(session, wish.customer_id)
    return id


def allocation_rows(receipt: Receipt, allocations: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    return [
        {
            "receipt_id": receipt.id,
            "company_id": receipt.company_id,
            "invoice_id": invoice,
            "amount": amount,
        }
        for invoice, amount in allocations.items()
    ]


def receipt_entries(
    wish: RecordReceipt,
    items: Mapping[UUID, OpenItem],
    allocations: Mapping[UUID, Decimal],
    advance: Decimal,
    rate: Decimal,
) -> list[Entry]:
    """One per invoice, and one for the advance."""
    entries: list[Entry] = []
    for invoice, amount in sorted(allocations.items()):
        settlement = settle_item(items[invoice], amount, rate)
        amounts = {
            "settled": settlement.settled,
            "difference": settlement.difference,
            "received": settlement.money,
        }
        entries.append(money_entry(wish, amounts, {"settled": amount, "received": amount}, rate))
    if advance:
        base = cents(advance * rate)
        money = {"advance": base, "received": base}
        foreign = {"advance": advance, "received": advance}
        entries.append(money_entry(wish, money, foreign, rate))
    return entries


def money_entry(
    wish: RecordReceipt,
    amounts: Mapping[str, Decimal],
    foreign: Mapping[str, Decimal],
    rate: Decimal,
) -> Entry:
    return Entry(
        amounts, partner_id=wish.customer_id, currency=wish.currency, rate=rate, foreign=foreign
    )


async def mark_paid(session: AsyncSession, ids: list[UUID]) -> None:
    """The sales invoices that are settled in full."""
    rows = await session.exec(
        select(SalesInvoice).where(col(SalesInvoice.id).in_(ids)).with_for_update()
    )
    for invoice in rows:
        invoice.state, invoice.version = "paid", invoice.version + 1
