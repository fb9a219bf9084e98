"""Planning, picking, checking and sending shipments."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlmodel import col, select

from services.inventory.holdings.commands import claim, held_picks, take, told
from services.inventory.lots.rules import PartNotUsable, why_unusable
from services.inventory.moves.commands import lock_items, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.shipments.rules import (
    LIFECYCLE,
    Held,
    ShipmentCancelled,
    ShipmentDiffers,
    ShipmentGone,
    ShipmentUnknown,
    choose,
    refuse_incomplete,
)
from services.inventory.shipments.tables import Shipment, ShipmentLine
from shared.auth import Actor
from shared.contracts.inventory.events import ShipmentDispatched
from shared.contracts.inventory.reservations import RequestShipment
from shared.database import AsyncSession, insert_all
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today


async def plan_shipment(session: AsyncSession, id: UUID, wish: RequestShipment) -> Shipment:
    """Stand ready to pick a delivery. The same wish again changes nothing."""
    asked = wish.model_dump(mode="json")
    company = teller(session).company_id
    standing = await session.get(Shipment, id, with_for_update=True)
    if standing is not None:
        if standing.company_id != company or (standing.number and standing.asked != asked):
            raise ShipmentDiffers(id=id)
        if standing.state == "cancelled":
            raise ShipmentCancelled(id=id, number=standing.number)
        return standing
    shipment = Shipment(
        id=id,
        company_id=company,
        number=wish.number,
        state="planned",
        created_by=teller(session).actor,
        created_at=now(session),
        order_id=wish.order_id,
        order_number=wish.order_number,
        customer_id=wish.customer_id,
        customer_name=wish.customer_name,
        address=wish.address,
        asked=asked,
    )
    session.add(shipment)
    await session.flush()
    lines = [{"shipment_id": id, "company_id": company, **line.model_dump()} for line in wish.lines]
    await insert_all(session, ShipmentLine, lines)
    return shipment


async def cancel_shipment(session: AsyncSession, id: UUID) -> Shipment:
    """Undo a shipment before it leaves; twice is calm, before the PUT it stands in its way."""
    company = teller(session).company_id
    shipment = await session.get(Shipment, id, with_for_update=True)
    if shipment is None:
        shipment = Shipment(
            id=id,
            company_id=company,
            number="",
            state="cancelled",
            created_by=teller(session).actor,
            created_at=now(session),
            order_id=None,
            asked={},
        )
        session.add(shipment)
        await session.flush()
        return shipment
    if shipment.company_id != company:
        raise ShipmentUnknown(id=id)
    if shipment.state == "shipped":
        raise ShipmentGone(id=id, number=shipment.number)
    if shipment.state != "cancelled":
        shipment.state, shipment.version = "cancelled", shipment.version + 1
        await claim(session, id, [])
    return shipment


async def pick_shipment(session: AsyncSession, actor: Actor, id: UUID, version: int) -> Shipment:
    """Pack what the order holds, first expiring first; picking again voids an earlier check."""
    shipment, lines = await lock_shipment(session, id)
    expect_version(version, shipment.version)
    LIFECYCLE.check("pick", shipment.state, actor, people_of(shipment))
    assert shipment.order_id is not None

    picks = await held_picks(session, [shipment.order_id])
    free = [pick for pick in picks if pick["claimed_by"] in (None, id)]
    chosen = choose({line.line_id: line.quantity for line in lines}, held_of(free))
    by_id = {pick["id"]: pick for pick in free}
    refuse_unusable(session, [by_id[pick_id] for pick_id, _ in chosen])

    await claim(session, id, chosen)
    shipment.state, shipment.version = "picked", shipment.version + 1
    shipment.picked_by, shipment.checked_by = actor.subject, None
    return shipment


async def check_shipment(session: AsyncSession, actor: Actor, id: UUID, version: int) -> Shipment:
    """A second person finds that what is packed is what is asked for (REQ-71)."""
    shipment, lines = await lock_shipment(session, id)
    expect_version(version, shipment.version)
    LIFECYCLE.check("check", shipment.state, actor, people_of(shipment))
    packed = await packed_of(session, shipment)
    refuse_incomplete({line.line_id: line.quantity for line in lines}, held_of(packed))
    refuse_unusable(session, packed)

    shipment.state, shipment.version = "checked", shipment.version + 1
    shipment.checked_by = actor.subject
    return shipment


async def dispatch_shipment(
    session: AsyncSession, actor: Actor, id: UUID, version: int
) -> Shipment:
    """The goods leave the house: expiry and blocks are looked at a last time (REQ-31)."""
    shipment, lines = await lock_shipment(session, id)
    expect_version(version, shipment.version)
    LIFECYCLE.check("dispatch", shipment.state, actor, people_of(shipment))
    packed = await packed_of(session, shipment)
    refuse_incomplete({line.line_id: line.quantity for line in lines}, held_of(packed))
    refuse_unusable(session, packed)
    assert shipment.order_id is not None
    assert shipment.customer_id is not None

    await post(session, [posting_of(shipment, pick) for pick in packed])
    await take(session, [pick["id"] for pick in packed], [shipment.order_id])
    shipment.state, shipment.version = "shipped", shipment.version + 1
    shipment.dispatched_by, shipment.dispatched_on = actor.subject, today(session)
    record(
        session,
        ShipmentDispatched(
            saga_id=id,
            shipment_id=id,
            number=shipment.number,
            order_id=shipment.order_id,
            customer_id=shipment.customer_id,
            dispatched_on=shipment.dispatched_on,
            picks=told(packed),
        ),
    )
    await settle(session, {pick["item_id"] for pick in packed})
    return shipment


async def lock_shipment(session: AsyncSession, id: UUID) -> tuple[Shipment, list[ShipmentLine]]:
    """The shipment with its lines, its items locked first. Raises ShipmentUnknown."""
    rows = await session.exec(
        select(ShipmentLine).where(
            col(ShipmentLine.shipment_id) == id,
            col(ShipmentLine.company_id) == teller(session).company_id,
        )
    )
    lines = list(rows)
    if not lines:
        raise ShipmentUnknown(id=id)
    await lock_items(session, {line.item_id for line in lines})
    return await session.get_one(Shipment, id, with_for_update=True), lines


async def packed_of(session: AsyncSession, shipment: Shipment) -> list[RowMapping]:
    assert shipment.order_id is not None
    picks = await held_picks(session, [shipment.order_id])
    return [pick for pick in picks if pick["claimed_by"] == shipment.id]


def held_of(picks: Sequence[RowMapping]) -> list[Held]:
    return [Held(pick["id"], pick["line_id"], Decimal(pick["quantity"])) for pick in picks]


def people_of(shipment: Shipment) -> dict[str, str]:
    return {"picked_by": shipment.picked_by or ""}


def refuse_unusable(session: AsyncSession, picks: Sequence[RowMapping]) -> None:
    for pick in picks:
        why = why_unusable(pick["quality"], pick["blocks"], pick["usable_until"], today(session))
        if why:
            raise PartNotUsable(lot_number=pick["lot_number"], part_id=pick["part_id"], because=why)


def posting_of(shipment: Shipment, pick: RowMapping) -> Posting:
    return Posting(
        pick["part_id"],
        pick["item_id"],
        pick["quantity"],
        "shipment",
        from_bin=pick["bin_id"],
        freed=pick["quantity"],
        document_id=shipment.id,
        document_number=shipment.number,
    )
