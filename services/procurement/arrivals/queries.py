"""Questions about arrivals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.arrivals.rules import ArrivalUnknown
from services.procurement.arrivals.tables import Arrival, ArrivalLine
from services.procurement.copies.commands import items_by_id
from services.procurement.copies.tables import ItemCopy
from shared.auth import Actor
from shared.contracts.procurement.orders import Arrival as Shown
from shared.contracts.procurement.orders import ArrivalLineShown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Arrival,
    {"state": "in", "order_id": "ref", "supplier_id": "ref", "arrived_on": "range"},
    sort=("number", "arrived_on"),
    search=("number", "order_number", "delivery_note"),
)


async def arrival_by_id(session: AsyncSession, actor: Actor, id: UUID) -> Arrival:
    arrival = await session.get(Arrival, id)
    if arrival is None or arrival.company_id != actor.company_id:
        raise ArrivalUnknown(id=id)
    return arrival


async def describe_arrivals(
    session: AsyncSession, actor: Actor, arrivals: Sequence[Arrival]
) -> list[Shown]:
    """Arrivals with their lots, in lot order."""
    found = await session.execute(
        select(ArrivalLine)
        .where(col(ArrivalLine.arrival_id).in_([arrival.id for arrival in arrivals]))
        .order_by(col(ArrivalLine.lot_number))
    )
    lines: defaultdict[UUID, list[ArrivalLine]] = defaultdict(list)
    for line in found.scalars():
        lines[line.arrival_id].append(line)
    wanted = {line.item_id for rows in lines.values() for line in rows}
    items = await items_by_id(session, actor.company_id, wanted)
    return [described(arrival, lines[arrival.id], items) for arrival in arrivals]


def described(
    arrival: Arrival, lines: Sequence[ArrivalLine], items: Mapping[UUID, ItemCopy]
) -> Shown:
    return Shown(
        **arrival.model_dump(),
        states=axes(arrival),
        lines=tuple(
            ArrivalLineShown(
                **line.model_dump(), line_id=line.id, item_code=items[line.item_id].code
            )
            for line in sorted(lines, key=lambda line: line.lot_number)
        ),
    )


def axes(arrival: Arrival) -> dict[str, str]:
    return {
        "quality": "decided" if arrival.inspected else "to_inspect",
        "billing": "paid" if arrival.paid else "invoiced" if arrival.invoiced else "open",
    }
