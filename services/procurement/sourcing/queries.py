"""Offers read from the copies, for any number of items at once, and the proposal for one need."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.copies.commands import rates_on
from services.procurement.copies.tables import ItemCopy, PriceCopy, SourceCopy, SupplierCopy
from services.procurement.requisitions.queries import requisition_by_id
from services.procurement.sourcing.rules import (
    Because,
    Need,
    Offer,
    Paper,
    Ranked,
    obstacles,
    rank_sources,
    said,
)
from shared.auth import Actor
from shared.contracts.procurement.requisitions import Said, ScoredSource
from shared.database import AsyncSession
from shared.session import today


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
    papers = papers_of(supplier)
    return obstacles(papers, names, today, usable=supplier.active, locked=supplier.locked)


async def sources_of(session: AsyncSession, actor: Actor, id: UUID) -> list[ScoredSource]:
    """Every approved source of the requisition's item, best first, each with its reasons."""
    row = await requisition_by_id(session, actor, id)
    item = await session.get_one(ItemCopy, row.item_id)
    day = today(session)
    offers, suppliers = await offers_for(session, actor.company_id, [row.item_id], day)
    wanted = max(row.quantity - row.ordered, Decimal(0)) or row.quantity
    ranked = rank_sources(need_of(item, wanted, row.needed_on), offers[row.item_id], day)
    return [shown(one, suppliers[one.offer.supplier_id]) for one in ranked]


def shown(one: Ranked, supplier: SupplierCopy) -> ScoredSource:
    return ScoredSource(
        source_id=one.offer.source_id,
        supplier_id=supplier.id,
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        eligible=one.eligible,
        score=one.score,
        order_quantity=one.quantity,
        price=one.offer.price,
        currency=one.offer.currency,
        cost=one.cost,
        due_on=one.due_on,
        reasons=tuple(Said(**said(because)) for because in one.because),
    )
