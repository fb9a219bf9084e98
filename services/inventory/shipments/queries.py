"""Shipments as lists and documents."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from services.inventory.shipments.rules import LIFECYCLE, Packed
from services.inventory.shipments.tables import Shipment, ShipmentLine
from shared.auth import Actor
from shared.contracts.inventory.shipments import (
    ShipmentLineShown,
    ShipmentPickShown,
    ShipmentShown,
)
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Shipment,
    {"state": "in", "order_id": "ref", "customer_id": "ref", "dispatched_on": "range"},
    sort=("number", "created_at", "dispatched_on"),
    search=("number", "order_number", "customer_name"),
)

PACKED = text("""
SELECT k.claimed_by, k.line_id, k.item_id, k.part_id, p.lot_number, p.serial, p.usable_until,
       b.code AS bin_code, k.quantity
FROM reservation_pick k
JOIN lot_part p ON p.id = k.part_id
JOIN bin b ON b.id = k.bin_id
WHERE k.claimed_by = ANY(CAST(:ids AS uuid[])) AND k.state <> 'released'
ORDER BY b.code, p.lot_number, k.id
""")


def show_acted(
    shipment: Shipment, actor: Actor, lines: Sequence[ShipmentLine], picks: Sequence[Packed]
) -> ShipmentShown:
    """A shipment that was just acted on, without asking the database again."""
    mine = [one for one in picks if one.claimed_by == shipment.id]
    packed = sorted(mine, key=lambda one: (one.bin_code, one.lot_number, one.id))
    return shown(shipment, actor, lines, packed)


async def show(
    session: AsyncSession, actor: Actor, shipments: Sequence[Shipment]
) -> list[ShipmentShown]:
    """Shipments with lines and picks, two statements for all."""
    ids = [shipment.id for shipment in shipments]
    rows = await session.exec(
        select(ShipmentLine)
        .where(col(ShipmentLine.shipment_id).in_(ids))
        .order_by(col(ShipmentLine.shipment_id), col(ShipmentLine.line_id))
    )
    lines = list(rows)
    packed = (await session.execute(PACKED, {"ids": ids})).all()
    return [
        shown(
            shipment,
            actor,
            [line for line in lines if line.shipment_id == shipment.id],
            [pick for pick in packed if pick.claimed_by == shipment.id],
        )
        for shipment in shipments
    ]


def shown(
    shipment: Shipment, actor: Actor, lines: Sequence[ShipmentLine], packed: Sequence[Any]
) -> ShipmentShown:
    people = {"picked_by": shipment.picked_by or ""}
    return ShipmentShown.model_validate(
        {
            **shipment.model_dump(exclude={"asked"}),
            "states": {"logistics": shipment.state},
            "lines": [ShipmentLineShown.model_validate(line) for line in lines],
            "picks": [ShipmentPickShown.model_validate(pick) for pick in packed],
            "allowed_actions": LIFECYCLE.allowed(shipment.state, actor, people),
        }
    )
