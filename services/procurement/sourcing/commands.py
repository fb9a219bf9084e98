"""Offers read from the copies, for any number of items at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.copies.commands import rates_on
from services.procurement.copies.tables import ItemCopy, PriceCopy, SourceCopy, SupplierCopy
from services.procurement.sourcing.rules import Because, Need, Offer, Paper, obstacles
from shared.database import AsyncSession


async def offers_for(
    session: AsyncSession, company_id: UUID, item_ids: Collection[UUID], day: date
) -> tuple[dict[UUID, list[Offer]], dict[UUID, SupplierCopy]]:
    """The offers of each item at the day's rates, and the suppliers behind them: two statements."""
    rates = await rates_on(session, company_id, day)
    found = await session.execute(
        select(SourceCopy, SupplierCopy, PriceCopy)
        .join(SupplierCopy, col(SupplierCopy.id) == col(SourceCopy.supplier_id))
        .outerjoin(PriceCopy, col(PriceCopy.id) == col(SourceCopy.id))
        .where(col(SourceCopy.company_id) == company_id, col(SourceCopy.item_id).in_(set(item_ids)))
        .order_by(col(SourceCopy.rank), col(SourceCopy.id))
    )
    offers: defaultdict[UUID, list[Offer]] = defaultdict(list)
    suppliers: dict[UUID, SupplierCopy] = {}
    for source, supplier, price in found:
        suppliers[supplier.id] = supplier
        offers[source.item_id].append(
            Offer(
                source_id=source.id,
                supplier_id=supplier.id,
                usable=source.active and supplier.active,
                locked=supplier.locked,
                papers=papers_of(supplier),
                rank=source.rank,
                order_minimum=source.order_minimum,
                order_multiple=source.order_multiple,
                lead_time_days=source.lead_time_days,
                price=price.price if price else None,
                currency=price.currency if price else None,
                rate=rates.get(price.currency) if price else None,
            )
        )
    return offers, suppliers


def papers_of(supplier: SupplierCopy) -> tuple[Paper, ...]:
    return tuple(paper(one) for one in supplier.qualifications)


def paper(one: dict[str, Any]) -> Paper:
    end = one.get("valid_to")
    return Paper(
        one["kind"],
        date.fromisoformat(one["valid_from"]),
        date.fromisoformat(end) if end else None,
        tuple(one.get("scope", ())),
    )


def need_of(item: ItemCopy, quantity: Any, needed_on: date) -> Need:
    return Need(quantity, needed_on, item.decimals, frozenset({item.code, item.kind}))


def obstacles_for(supplier: SupplierCopy, item: ItemCopy, today: date) -> list[Because]:
    """Why the item may not be ordered from the supplier today; empty when it may."""
    names = frozenset({item.code, item.kind})
    return obstacles(supplier.active, supplier.locked, papers_of(supplier), names, today)
