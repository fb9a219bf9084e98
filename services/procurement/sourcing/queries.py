"""Offers read from the copies, for any number of items at once, and the proposal for one need."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from services.procurement.copies.rules import HOME_CURRENCY, ItemUnknown
from services.procurement.copies.tables import (
    ItemCopy,
    PriceCopy,
    RateCopy,
    SourceCopy,
    SupplierCopy,
)
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
from shared.bulk import asking
from shared.contracts.procurement.requisitions import Said, ScoredSource
from shared.database import AsyncSession
from shared.session import clock_of, today


@dataclass(frozen=True, slots=True)
class Market:
    """What may be bought of whom today."""

    items: dict[UUID, ItemCopy]
    offers: dict[UUID, list[Offer]]  # by item, best rank first
    suppliers: dict[UUID, SupplierCopy]
    rates: dict[str, Decimal]


COMPANY: BindParameter[UUID] = bindparam("company")
OFFERED = (col(SourceCopy.company_id) == COMPANY) & col(SourceCopy.item_id).in_(
    bindparam("items", expanding=True)
)
MARKET = asking(
    select(ItemCopy).where(
        col(ItemCopy.company_id) == COMPANY,
        col(ItemCopy.id).in_(bindparam("items", expanding=True)),
    ),
    select(SourceCopy).where(OFFERED).order_by(col(SourceCopy.rank), col(SourceCopy.id)),
    select(PriceCopy).where(col(PriceCopy.id).in_(select(col(SourceCopy.id)).where(OFFERED))),
    select(SupplierCopy).where(
        col(SupplierCopy.company_id) == COMPANY,
        or_(
            col(SupplierCopy.id).in_(bindparam("suppliers", expanding=True)),
            col(SupplierCopy.id).in_(select(col(SourceCopy.supplier_id)).where(OFFERED)),
        ),
    ),
    select(RateCopy)
    .ext(distinct_on(col(RateCopy.currency)))
    .where(col(RateCopy.company_id) == COMPANY, col(RateCopy.day) <= bindparam("day"))
    .order_by(col(RateCopy.currency), col(RateCopy.day).desc()),
)


async def market_of(
    session: AsyncSession,
    company_id: UUID,
    item_ids: Collection[UUID],
    day: date,
    suppliers: Collection[UUID] = (),
) -> Market:
    """The items with their offers at the day's rates, and the suppliers: one statement.

    Raises ItemUnknown. `suppliers` are read even where they offer nothing.
    """
    asked = {"items": list(set(item_ids)), "suppliers": list(set(suppliers)), "day": day}
    items, sources, priced, known, rated = await MARKET.of(session, company=company_id, **asked)
    if missing := sorted(set(item_ids) - {item.id for item in items}):
        raise ItemUnknown(item_ids=missing)
    rates = {HOME_CURRENCY: Decimal(1)} | {row.currency: row.rate for row in rated}
    by_id = {supplier.id: supplier for supplier in known}
    prices = {price.id: price for price in priced}
    offers: defaultdict[UUID, list[Offer]] = defaultdict(list)
    for source in sources:
        if (supplier := by_id.get(source.supplier_id)) is not None:
            offers[source.item_id].append(offer(source, supplier, prices.get(source.id), rates))
    return Market({item.id: item for item in items}, offers, by_id, rates)


def offer(
    source: SourceCopy,
    supplier: SupplierCopy,
    price: PriceCopy | None,
    rates: Mapping[str, Decimal],
) -> Offer:
    return Offer(
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
    day = today(session)
    market = await market_of(session, actor.company_id, [row.item_id], day)
    wanted = max(row.quantity - row.ordered, Decimal(0)) or row.quantity
    need = need_of(market.items[row.item_id], wanted, row.needed_on)
    ranked = rank_sources(
        need, market.offers.get(row.item_id, []), day, clock_of(session).working.calendar
    )
    return [shown(one, market.suppliers[one.offer.supplier_id]) for one in ranked]


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
        order_by=one.order_by,
        reasons=tuple(Said(**said(because)) for because in one.because),
    )
