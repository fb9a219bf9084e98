"""Requisitions become draft orders, one per supplier and currency, merged by item."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.procurement.conversion.rules import SourceUnknown, choose
from services.procurement.copies.tables import ItemCopy, SupplierCopy
from services.procurement.orders.commands import Draft, draft_orders
from services.procurement.orders.rules import DraftLine, Peg
from services.procurement.orders.tables import PurchaseOrder
from services.procurement.requisitions.commands import lock_requisitions, take_ordered
from services.procurement.requisitions.rules import OPEN, RequisitionNotOpen
from services.procurement.requisitions.tables import Requisition
from services.procurement.sourcing.queries import market_of, need_of
from services.procurement.sourcing.rules import NO_SOURCE, Because, Offer, Ranked
from shared.auth import Actor
from shared.business_calendar import BusinessCalendar
from shared.contracts.procurement.requisitions import ConvertRequisitions, Override
from shared.database import AsyncSession
from shared.session import clock_of, today

Refused = tuple[Requisition, tuple[Because, ...]]


@dataclass(slots=True)
class Share:
    """A requisition and how much of it is ordered now."""

    requisition: Requisition
    quantity: Decimal


@dataclass(slots=True)
class Converted:
    orders: list[PurchaseOrder] = field(default_factory=list[PurchaseOrder])
    unsourced: list[Refused] = field(default_factory=list[Refused])
    items: dict[UUID, ItemCopy] = field(default_factory=dict[UUID, ItemCopy])
    suppliers: dict[UUID, SupplierCopy] = field(default_factory=dict[UUID, SupplierCopy])
    counts: list[int] = field(default_factory=list[int])

    def lines_by_order(self) -> dict[UUID, int]:
        pairs = zip(self.orders, self.counts, strict=True)
        return {order.id: count for order, count in pairs}


async def convert(session: AsyncSession, actor: Actor, wish: ConvertRequisitions) -> Converted:
    """Order what is open; what no source can serve stays open and is listed with the reasons."""
    overrides = {one.requisition_id: one for one in wish.overrides}
    ids = None if wish.all_open else sorted({*wish.ids, *overrides})
    rows = await lock_requisitions(session, ids)
    for row in rows.values():
        if row.state not in OPEN:
            raise RequisitionNotOpen(number=row.number, state=row.state)
    done = Converted()
    day, wanted = today(session), {row.item_id for row in rows.values()}
    calendar = clock_of(session).working.calendar
    market = await market_of(session, actor.company_id, wanted, day)
    done.items, done.suppliers, offers = market.items, market.suppliers, market.offers
    drafts: dict[tuple[UUID, str], Draft] = {}
    groups = grouped(list(rows.values()), overrides)
    for (item_id, source_id), shares in sorted(
        groups.items(), key=lambda group: done.items[group[0][0]].code
    ):
        item = done.items[item_id]
        asked = offers.get(item_id, [])
        best, against = pick(item, shares, asked, source_id, day, calendar)
        if best is None:
            done.unsourced += [(share.requisition, against) for share in shares]
            continue
        reason = overrides[shares[0].requisition.id].reason if source_id else ""
        due_on = max(best.due_on, calendar.on_or_before(needed_on(shares)))
        add_line(drafts, done.suppliers, item, best, due_on, shares, reason)
        for share in shares:
            take_ordered(session, share.requisition, share.quantity)
    done.counts = [len(draft.lines) for draft in drafts.values()]
    done.orders = await draft_orders(session, actor, list(drafts.values()))
    return done


def grouped(
    rows: list[Requisition], overrides: dict[UUID, Override]
) -> dict[tuple[UUID, UUID | None], list[Share]]:
    """The shares to order, by item and by the source that a person chose, if any."""
    groups: defaultdict[tuple[UUID, UUID | None], list[Share]] = defaultdict(list)
    for row in rows:
        own = overrides.get(row.id)
        quantity = row.quantity - row.ordered
        if own is not None and own.quantity is not None:
            quantity = own.quantity
        groups[row.item_id, own.source_id if own else None].append(Share(row, quantity))
    return groups


def pick(
    item: ItemCopy,
    shares: list[Share],
    offers: list[Offer],
    source_id: UUID | None,
    day: date,
    calendar: BusinessCalendar,
) -> tuple[Ranked | None, tuple[Because, ...]]:
    """The source for a group, or why there is none."""
    if source_id is not None and all(one.source_id != source_id for one in offers):
        raise SourceUnknown(source_id=source_id, item=item.code)
    asked = [one for one in offers if source_id in (None, one.source_id)]
    quantity = sum((share.quantity for share in shares), Decimal(0))
    if not asked:
        return None, (NO_SOURCE,)
    return choose(need_of(item, quantity, needed_on(shares)), asked, day, calendar)


def needed_on(shares: list[Share]) -> date:
    return min(share.requisition.needed_on for share in shares)


def add_line(
    drafts: dict[tuple[UUID, str], Draft],
    suppliers: dict[UUID, SupplierCopy],
    item: ItemCopy,
    best: Ranked,
    due_on: date,
    shares: list[Share],
    reason: str,
) -> None:
    offer = best.offer
    assert offer.price is not None
    assert offer.currency is not None
    assert offer.rate is not None
    draft = drafts.setdefault(
        (offer.supplier_id, offer.currency),
        Draft(suppliers[offer.supplier_id], offer.currency, offer.rate),
    )
    because = "; ".join(f"{one.text.en} / {one.text.zh}" for one in best.because)
    draft.lines.append(
        DraftLine(
            item.id,
            best.quantity,
            offer.price,
            due_on,
            choice=f"{reason}; {because}" if reason else because,
            pegs=tuple(
                Peg(share.requisition.id, share.quantity, share.requisition.demand_id)
                for share in shares
            ),
        )
    )
