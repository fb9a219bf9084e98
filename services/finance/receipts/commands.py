"""Recording receipts."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.books.commands import open_books
from services.finance.copies.queries import rate_on
from services.finance.open_items.commands import settle_item, tell_credit
from services.finance.open_items.rules import CurrencyDiffers, OpenItemUnknown
from services.finance.open_items.tables import OpenItem
from services.finance.periods.rules import posting_day
from services.finance.posting_rules.rules import Entry
from services.finance.receipts.rules import AllocatedTwice, ReceivedAhead, advance_of
from services.finance.receipts.tables import Receipt, ReceiptAllocation
from services.finance.sales_invoices.tables import SalesInvoice
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.bulk import asking, insert_numbered, update_rows
from shared.contracts.finance.receivables import RecordReceipt
from shared.database import AsyncSession
from shared.decimals import cents
from shared.ids import new_id
from shared.outbox import teller
from shared.session import now, today

OWED = asking(
    select(OpenItem)
    .where(col(OpenItem.id).in_(bindparam("ids", expanding=True)))
    .where(col(OpenItem.company_id) == bindparam("company"), col(OpenItem.kind) == "receivable"),
    select(SalesInvoice)
    .where(col(SalesInvoice.id).in_(bindparam("ids", expanding=True)))
    .where(col(SalesInvoice.company_id) == bindparam("company")),
)
SETTLED = ("open_amount", "open_base", "version")


async def record_receipt(
    session: AsyncSession, wish: RecordReceipt, actor: Actor
) -> tuple[Receipt, list[ReceiptAllocation]]:
    """Settle invoices with money received: 1002 / 1122, the rate's part 660303, the rest 2205."""
    books = await open_books(session)
    if wish.received_on > today(session):
        raise ReceivedAhead(received_on=wish.received_on, today=today(session))
    allocations = {one.invoice_id: one.amount for one in wish.allocations}
    if len(allocations) < len(wish.allocations):
        raise AllocatedTwice(given=len(wish.allocations))
    advance = advance_of(wish.amount, allocations)
    rate = wish.rate or await rate_on(session, wish.currency, wish.received_on)
    items, invoices = await owed(session, wish, allocations)
    entries = receipt_entries(wish, items, allocations, advance, rate)
    receipt = Receipt(
        id=new_id(),
        company_id=actor.company_id,
        number="",
        state="posted",
        created_by=actor.subject,
        created_at=now(session),
        rate=rate,
        posted_on=posting_day(wish.received_on, books.periods)[0],
        advance=advance,
        **wish.model_dump(include={"customer_id", "amount", "currency", "received_on"}),
    )
    kept = allocation_rows(receipt, allocations)
    await insert_numbered(session, "RC", today(session), [receipt], (ReceiptAllocation, kept))
    posting = Posting(
        "receipt_recorded", receipt.id, "receipt", receipt.id, receipt.number,
        wish.received_on, entries, tuple(items),
    )  # fmt: skip
    await post(session, posting)
    await keep_settled(session, items, invoices)
    await tell_credit(session, [wish.customer_id])
    return receipt, kept


async def owed(
    session: AsyncSession, wish: RecordReceipt, allocations: Mapping[UUID, Decimal]
) -> tuple[dict[UUID, OpenItem], list[SalesInvoice]]:
    """The customer's open items and their invoices, outside the session; the books are locked."""
    given = {"company": teller(session).company_id, "ids": sorted(allocations)}
    found, invoices = await OWED.of(session, **given)
    items = {item.id: item for item in found if item.partner_id == wish.customer_id}
    if missing := allocations.keys() - items.keys():
        raise OpenItemUnknown(ids=sorted(missing))
    if other := sorted({item.currency for item in items.values()} - {wish.currency}):
        raise CurrencyDiffers(receipt=wish.currency, invoices=other)
    return dict(sorted(items.items())), invoices


async def keep_settled(
    session: AsyncSession, items: Mapping[UUID, OpenItem], invoices: list[SalesInvoice]
) -> None:
    """Write what is still owed; an invoice that is settled in full is paid."""
    paid = [one for one in invoices if not items[one.id].open_amount]
    for invoice in paid:
        invoice.state, invoice.version = "paid", invoice.version + 1
    await update_rows(
        session,
        (OpenItem, list(items.values()), SETTLED),
        (SalesInvoice, paid, ("state", "version")),
    )


def allocation_rows(
    receipt: Receipt, allocations: Mapping[UUID, Decimal]
) -> list[ReceiptAllocation]:
    return [
        ReceiptAllocation(
            company_id=receipt.company_id, receipt_id=receipt.id, invoice_id=invoice, amount=amount
        )
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
