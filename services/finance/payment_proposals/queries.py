"""What could be paid."""

from datetime import date
from itertools import groupby

from sqlmodel import col, select

from services.finance.open_items.tables import OpenItem
from services.finance.valuation.rules import ZERO
from shared.actor import Actor
from shared.contracts.finance.payments import PaymentLine as ShownLine
from shared.contracts.finance.payments import PaymentProposal
from shared.database import AsyncSession


async def propose(session: AsyncSession, actor: Actor, due_by: date) -> list[PaymentProposal]:
    """What is due by a day and on no payment yet, by supplier and currency, oldest first."""
    found = await session.exec(
        select(OpenItem)
        .where(
            OpenItem.company_id == actor.company_id,
            OpenItem.kind == "payable",
            OpenItem.due_on <= due_by,
            col(OpenItem.open_amount) > 0,
            col(OpenItem.reserved_by).is_(None),
        )
        .order_by(
            col(OpenItem.partner_id),
            col(OpenItem.currency),
            col(OpenItem.due_on),
            col(OpenItem.id),
        )
    )
    proposals: list[PaymentProposal] = []
    for (supplier, currency), group in groupby(found, lambda row: (row.partner_id, row.currency)):
        lines = tuple(
            ShownLine(
                invoice_id=row.id, number=row.number, amount=row.open_amount, due_on=row.due_on
            )
            for row in group
        )
        amount = sum((line.amount for line in lines), ZERO)
        proposals.append(
            PaymentProposal(supplier_id=supplier, currency=currency, amount=amount, invoices=lines)
        )
    return proposals
