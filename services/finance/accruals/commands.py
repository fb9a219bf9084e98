"""Accruing what was accepted, and taking back what was returned."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from services.finance.accruals.rules import accrued_amount, value_return
from services.finance.accruals.tables import Accrual
from services.finance.books.commands import open_books
from services.finance.copies.tables import PurchaseLineCopy
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, post_valued, stand_of
from services.finance.valuation.rules import TermsMissing
from services.finance.vouchers.rules import Posting
from shared.contracts.inventory.events import StockAccepted, SupplierReturnDispatched
from shared.database import AsyncSession
from shared.outbox import teller

# A receipt is accrued by its first acceptance, and grows with each other.
ACCRUE = text("""
INSERT INTO accrual (id, company_id, arrival_id, arrival_number, order_id, order_line_id,
  supplier_id, item_id, currency, accepted_on, accepted, accrued, invoiced, returned,
  open_quantity, open_amount, version)
VALUES (:id, :company, :arrival_id, :arrival_number, :order_id, :order_line_id, :supplier_id,
  :item_id, :currency, :accepted_on, :quantity, :amount, 0, 0, :quantity, :amount, 1)
ON CONFLICT (id) DO UPDATE SET
  accepted = accrual.accepted + excluded.accepted,
  accrued = accrual.accrued + excluded.accrued,
  open_quantity = accrual.open_quantity + excluded.accepted,
  open_amount = accrual.open_amount + excluded.accrued,
  version = accrual.version + 1
WHERE accrual.company_id = excluded.company_id
""")


async def post_acceptance(session: AsyncSession, fact: StockAccepted, fact_id: UUID) -> None:
    """@stock / 220202 at the order's price; raises TermsMissing while the price is unheard."""
    await open_books(session)
    terms = await terms_of(session, fact.order_line_id)
    items = await stand_of(session, [fact.item_id])
    amount = accrued_amount(fact.quantity, terms.price, terms.rate)
    entry = Entry(
        {"accrued": amount},
        items[fact.item_id].kind,
        partner_id=fact.supplier_id,
        item_id=fact.item_id,
        line_id=fact.arrival_line_id,
        quantity=fact.quantity,
        currency=terms.currency,
        rate=terms.rate,
        foreign={"accrued": accrued_amount(fact.quantity, terms.price, Decimal(1))},
    )
    posting = Posting(
        "stock_accepted",
        fact_id,
        "arrival",
        fact.arrival_id,
        fact.arrival_number,
        fact.accepted_on,
        [entry],
        (fact.order_id, fact.arrival_line_id, fact.part_id),
    )
    await post_valued(session, posting, [Move(fact.item_id, fact.quantity, amount)])
    await add_to_accrual(session, fact, terms, amount)


async def terms_of(session: AsyncSession, order_line_id: UUID) -> PurchaseLineCopy:
    terms = await session.get(PurchaseLineCopy, order_line_id)
    if terms is None or terms.company_id != teller(session).company_id:
        raise TermsMissing(f"order_line:{order_line_id}")
    return terms


async def add_to_accrual(
    session: AsyncSession, fact: StockAccepted, terms: PurchaseLineCopy, amount: Decimal
) -> None:
    given = fact.model_dump(
        include={"arrival_id", "arrival_number", "order_id", "order_line_id"}
        | {"supplier_id", "item_id", "accepted_on", "quantity"}
    )
    known = {"id": fact.arrival_line_id, "company": teller(session).company_id}
    await session.execute(ACCRUE, given | known | {"currency": terms.currency, "amount": amount})


async def accrual_of(session: AsyncSession, arrival_line_id: UUID) -> Accrual | None:
    found = await session.exec(
        select(Accrual)
        .where(Accrual.id == arrival_line_id, Accrual.company_id == teller(session).company_id)
        .with_for_update()
    )
    return found.first()


async def post_supplier_return(
    session: AsyncSession, fact: SupplierReturnDispatched, fact_id: UUID
) -> None:
    """Red accrual for goods that had been accepted; nothing for goods that never were."""
    if not fact.accepted:
        return
    await open_books(session)
    row = await accrual_of(session, fact.arrival_line_id)
    if row is None or row.accepted - row.returned < fact.quantity:
        raise TermsMissing(f"accrual:{fact.arrival_line_id}")
    stand = (await stand_of(session, [fact.item_id]))[fact.item_id]
    missing = f"quantity:{fact.item_id}"
    worth, _ = value_return(fact.quantity, row.accepted, row.accrued, stand.pool, missing)
    entry = Entry(
        {"credited": worth.credited, "value": worth.value, "rest": worth.rest},
        stand.kind,
        partner_id=fact.supplier_id,
        item_id=fact.item_id,
        line_id=fact.arrival_line_id,
        quantity=fact.quantity,
    )
    posting = Posting(
        "supplier_returned",
        fact_id,
        "supplier_return",
        fact.return_id,
        fact.number,
        fact.returned_on,
        [entry],
        (fact.order_id, fact.arrival_id, fact.part_id),
    )
    await post_valued(session, posting, [Move(fact.item_id, -fact.quantity, -worth.value)])
    row.returned, row.open_quantity = (
        row.returned + fact.quantity,
        row.open_quantity - fact.quantity,
    )
    row.open_amount, row.version = row.open_amount - worth.credited, row.version + 1
