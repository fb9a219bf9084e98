"""Planning, picking, checking and sending shipments."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import TextClause, text

from services.inventory.holdings.commands import claim, take
from services.inventory.lots.rules import PartNotUsable, why_unusable
from services.inventory.moves.commands import lock_items_of, locking, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.shipments.rules import (
    LIFECYCLE,
    Held,
    Packed,
    ShipmentCancelled,
    ShipmentDiffers,
    ShipmentGone,
    ShipmentUnknown,
    choose,
    refuse_incomplete,
)
from services.inventory.shipments.tables import Shipment, ShipmentLine
from shared.actor import Actor
from shared.batches import TwiceInOneList
from shared.bulk import insert_rows
from shared.contracts.base import ActItem
from shared.contracts.inventory.events import Pick, ShipmentDispatched
from shared.contracts.inventory.reservations import RequestShipment
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.problems import Problem
from shared.session import now, today

LOCK_LINES = locking(
    "SELECT item_id FROM shipment_line "
    "WHERE shipment_id = ANY(CAST(:ids AS uuid[])) AND company_id = :company"
)

# The items are locked: nobody else touches the picks. Decimals as text.
CASES = text("""
SELECT s.*,
  (SELECT coalesce(json_agg(json_build_object(
     'shipment_id', l.shipment_id, 'line_id', l.line_id, 'company_id', l.company_id,
     'item_id', l.item_id, 'quantity', CAST(l.quantity AS text)) ORDER BY l.line_id), '[]')
   FROM shipment_line l WHERE l.shipment_id = s.id) AS lines,
  (SELECT coalesce(json_agg(json_build_object(
     'id', k.id, 'line_id', k.line_id, 'item_id', k.item_id, 'part_id', k.part_id,
     'bin_id', k.bin_id, 'bin_code', b.code, 'quantity', CAST(k.quantity AS text),
     'claimed_by', k.claimed_by, 'lot_id', p.lot_id, 'lot_number', p.lot_number,
     'serial', p.serial, 'quality', p.quality, 'blocks', p.blocks, 'usable_until', p.usable_until)
     ORDER BY k.line_id, p.usable_until NULLS LAST, k.part_id, k.bin_id), '[]')
   FROM reservation_pick k JOIN lot_part p ON p.id = k.part_id JOIN bin b ON b.id = k.bin_id
   WHERE k.reservation_id = s.order_id AND k.state = 'held') AS picks
FROM shipment s WHERE s.id = ANY(CAST(:ids AS uuid[]))
ORDER BY s.id FOR UPDATE OF s
""")
ADVANCE: Final[dict[str, TextClause]] = {
    "pick": text("""
UPDATE shipment SET state = 'picked', version = version + 1, picked_by = :by, checked_by = NULL
WHERE id = ANY(CAST(:ids AS uuid[]))
"""),
    "check": text("""
UPDATE shipment SET state = 'checked', version = version + 1, checked_by = :by
WHERE id = ANY(CAST(:ids AS uuid[]))
"""),
    "dispatch": text("""
UPDATE shipment SET state = 'shipped', version = version + 1, dispatched_by = :by,
  dispatched_on = CAST(:day AS date)
WHERE id = ANY(CAST(:ids AS uuid[]))
"""),
}
PICKS = TypeAdapter(list[Packed])


@dataclass(slots=True)
class Case:
    """A shipment in hand, with its lines and the picks that concern it."""

    shipment: Shipment
    lines: list[ShipmentLine]
    picks: list[Packed]


async def plan_shipment(session: AsyncSession, id: UUID, wish: RequestShipment) -> Case:
    """Stand ready to pick a delivery. The same wish again changes nothing."""
    asked = wish.model_dump(mode="json")
    company = teller(session).company_id
    if found := await cases_of(session, [id]):
        standing = found[id].shipment
        if standing.company_id != company or (standing.number and standing.asked != asked):
            raise ShipmentDiffers(id=id)
        if standing.state == "cancelled":
            raise ShipmentCancelled(id=id, number=standing.number)
        return found[id]
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
    lines = [{"shipment_id": id, "company_id": company, **line.model_dump()} for line in wish.lines]
    await insert_rows(session, (Shipment, [shipment]), (ShipmentLine, lines))
    return Case(shipment, [ShipmentLine.model_validate(line) for line in lines], [])


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
        await claim(session, [id], [])
    return shipment


async def act_on_shipments(
    session: AsyncSession, actor: Actor, verb: str, wishes: Sequence[ActItem], *, partial: bool
) -> dict[UUID, Case | Problem]:
    """Pick, check or dispatch shipments; a refusal ends all, or with `partial` stays with its own.

    The statements do not grow with the list, but shipments of one order go one after another: what
    the first picks is not there for the second.
    """
    if len({wish.id for wish in wishes}) != len(wishes):
        raise TwiceInOneList(given=len(wishes))
    ids = sorted(wish.id for wish in wishes)
    await lock_items_of(session, LOCK_LINES, ids=ids)
    cases = await cases_of(session, ids)
    versions = {wish.id: wish.version for wish in wishes}
    done: dict[UUID, Case | Problem] = {}
    while waiting := [id for id in ids if id not in done]:
        orders: set[UUID | None] = set()
        able: list[Case] = []
        for id in waiting:
            order = cases[id].shipment.order_id if id in cases else None
            if order in orders:
                continue
            try:
                case = known(cases.get(id), id, teller(session).company_id)
                decide(case, verb, versions[id], actor, today(session))
            except Problem as problem:
                if not partial:
                    problem.members.setdefault("document_id", id)
                    raise
                done[id] = problem
                continue
            orders.add(order)
            able.append(case)
            done[id] = case
        await carry_out(session, actor, verb, able)
        if verb == "pick" and len(done) < len(ids):
            cases = await cases_of(session, [id for id in ids if id not in done])
    return done


def known(case: Case | None, id: UUID, company: UUID) -> Case:
    if case is None or not case.lines or case.shipment.company_id != company:
        raise ShipmentUnknown(id=id)
    return case


def decide(case: Case, verb: str, version: int, actor: Actor, day: date) -> None:
    """May this be done, and with which picks? They are left in the case."""
    shipment = case.shipment
    expect_version(version, shipment.version)
    LIFECYCLE.check(verb, shipment.state, actor, people_of(shipment))
    wanted = {line.line_id: line.quantity for line in case.lines}
    if verb == "pick":
        free = {pick.id: pick for pick in case.picks if pick.claimed_by in (None, shipment.id)}
        chosen = choose(wanted, held_of(free.values()))
        case.picks = [
            replace(free[id], quantity=quantity, claimed_by=shipment.id) for id, quantity in chosen
        ]
    else:
        case.picks = [pick for pick in case.picks if pick.claimed_by == shipment.id]
        refuse_incomplete(wanted, held_of(case.picks))
    for pick in case.picks:
        if why := why_unusable(pick.quality, pick.blocks, pick.usable_until, day):
            raise PartNotUsable(lot_number=pick.lot_number, part_id=pick.part_id, because=why)


async def carry_out(session: AsyncSession, actor: Actor, verb: str, cases: Sequence[Case]) -> None:
    """Write what was decided, and let the shipments in hand show it."""
    if not cases:
        return
    if verb == "pick":
        chosen = [
            (case.shipment.id, pick.id, pick.quantity) for case in cases for pick in case.picks
        ]
        await claim(session, [case.shipment.id for case in cases], chosen)
    elif verb == "dispatch":
        await leave(session, cases)
    day = today(session)
    await session.execute(
        ADVANCE[verb],
        {"ids": [case.shipment.id for case in cases], "by": actor.subject, "day": day},
    )
    for case in cases:
        shipment = case.shipment
        shipment.state, shipment.version = LIFECYCLE[verb].target or "", shipment.version + 1
        if verb == "pick":
            shipment.picked_by, shipment.checked_by = actor.subject, None
        elif verb == "check":
            shipment.checked_by = actor.subject
        else:
            shipment.dispatched_by, shipment.dispatched_on = actor.subject, day
            tell_dispatched(session, case, day)
    if verb == "dispatch":
        await settle(session, {pick.item_id for case in cases for pick in case.picks})


async def leave(session: AsyncSession, cases: Sequence[Case]) -> None:
    """The goods leave the house: expiry and blocks were looked at a last time (REQ-31)."""
    await post(session, [posting_of(x.shipment, pick) for x in cases for pick in x.picks])
    orders = {case.shipment.order_id for case in cases if case.shipment.order_id}
    await take(session, [pick.id for case in cases for pick in case.picks], orders)


async def cases_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Case]:
    """The shipments, locked in id order, with their lines and what their orders hold."""
    rows = (await session.execute(CASES, {"ids": list(ids)})).mappings()
    return {
        row["id"]: Case(
            Shipment(**{name: row[name] for name in Shipment.model_fields}),
            [ShipmentLine.model_validate(line) for line in row["lines"]],
            PICKS.validate_python(row["picks"]),
        )
        for row in rows
    }


def held_of(picks: Iterable[Packed]) -> list[Held]:
    return [Held(pick.id, pick.line_id, pick.quantity) for pick in picks]


def people_of(shipment: Shipment) -> dict[str, str]:
    return {"picked_by": shipment.picked_by or ""}


def posting_of(shipment: Shipment, pick: Packed) -> Posting:
    return Posting(
        pick.part_id,
        pick.item_id,
        pick.quantity,
        "shipment",
        from_bin=pick.bin_id,
        freed=pick.quantity,
        document_id=shipment.id,
        document_number=shipment.number,
    )


def tell_dispatched(session: AsyncSession, case: Case, day: date) -> None:
    shipment = case.shipment
    assert shipment.order_id is not None
    assert shipment.customer_id is not None
    record(
        session,
        ShipmentDispatched(
            saga_id=shipment.id,
            shipment_id=shipment.id,
            number=shipment.number,
            order_id=shipment.order_id,
            customer_id=shipment.customer_id,
            dispatched_on=day,
            picks=tuple(Pick.model_validate(asdict(pick)) for pick in case.picks),
        ),
    )
