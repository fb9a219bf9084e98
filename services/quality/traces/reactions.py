"""What inventory and production tell becomes the graph."""

from collections.abc import Callable, Sequence
from typing import Any

from services.quality.traces.commands import weave
from services.quality.traces.rules import Edge, End, Facts, Node, Status, together
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import (
    IssueReturned,
    LotPartSplit,
    PartQualityChanged,
    Pick,
    ShipmentDispatched,
    StockIssued,
    StockReceived,
    SupplierReturnDispatched,
)
from shared.contracts.production.events import LotCompleted
from shared.database import AsyncSession
from shared.events import Reaction


def node_of(pick: Pick) -> Node:
    return Node(
        pick.part_id,
        item_id=pick.item_id,
        lot_id=pick.lot_id,
        lot_number=pick.lot_number,
        serial=pick.serial,
    )


def received(event: StockReceived, envelope: Envelope) -> Facts:
    """A completion comes out of its order; everything else comes in from outside."""
    part = Node(
        event.part_id,
        item_id=event.item_id,
        lot_id=event.lot_id,
        lot_number=event.lot_number,
        serial=event.serial,
        maker_lot=event.maker_lot,
        number=event.document_number,
        usable_until=event.usable_until,
        born_on=event.received_on,
    )
    status = Status(event.part_id, event.quality, (), envelope.sequence)
    paper = event.document_id
    if event.source == "completion":
        step = Node(paper, "step", number=event.document_number)
        made = Edge(paper, event.part_id, paper, "made", event.quantity)
        return Facts((part, step), (made,), statuses=(status,))
    end = End(
        event.part_id,
        paper,
        event.line_id or event.part_id,
        "received",
        event.quantity,
        event.document_number,
        event.received_on,
        event.partner_id,
    )
    return Facts((part,), ends=(end,), statuses=(status,))


def split(event: LotPartSplit, envelope: Envelope) -> Facts:
    part = Node(
        event.part_id, item_id=event.item_id, lot_id=event.lot_id, lot_number=event.lot_number
    )
    edge = Edge(event.from_part_id, event.part_id, event.document_id, "split", event.quantity)
    status = Status(event.part_id, event.quality, (), envelope.sequence)
    return Facts((part,), (edge,), statuses=(status,))


def judged(event: PartQualityChanged, envelope: Envelope) -> Facts:
    part = Node(event.part_id, item_id=event.item_id, lot_number=event.lot_number)
    status = Status(event.part_id, event.quality, tuple(event.blocks), envelope.sequence)
    return Facts((part,), statuses=(status,))


def issued(event: StockIssued, _envelope: Envelope) -> Facts:
    """Under the order's own id, so that what comes back nets the same edge."""
    order = event.order_id
    step = Node(order, "step", number=event.order_number)
    edges = tuple(Edge(p.part_id, order, order, "used", p.quantity) for p in event.picks)
    return Facts((step, *map(node_of, event.picks)), edges)


def returned(event: IssueReturned, _envelope: Envelope) -> Facts:
    order = event.order_id
    step = Node(order, "step", number=event.order_number)
    edges = tuple(Edge(p.part_id, order, order, "used", -p.quantity) for p in event.picks)
    return Facts((step,), edges)


def completed(event: LotCompleted, _envelope: Envelope) -> Facts:
    step = Node(
        event.order_id,
        "step",
        item_id=event.item_id,
        lot_number=event.lot_number,
        number=event.order_number,
        usable_until=event.usable_until,
        born_on=event.made_on,
    )
    return Facts((step,))


def shipped(event: ShipmentDispatched, _envelope: Envelope) -> Facts:
    ends = tuple(
        End(
            pick.part_id,
            event.shipment_id,
            pick.line_id,
            "shipped",
            pick.quantity,
            event.number,
            event.dispatched_on,
            event.customer_id,
        )
        for pick in event.picks
    )
    return Facts(tuple(map(node_of, event.picks)), ends=ends)


def sent_back(event: SupplierReturnDispatched, _envelope: Envelope) -> Facts:
    part = Node(event.part_id, item_id=event.item_id, lot_number=event.lot_number)
    end = End(
        event.part_id,
        event.return_id,
        event.arrival_line_id,
        "sent_back",
        event.quantity,
        event.number,
        event.returned_on,
        event.supplier_id,
    )
    return Facts((part,), ends=(end,))


FACTS: dict[type[Event], Callable[[Any, Envelope], Facts]] = {
    StockReceived: received,
    LotPartSplit: split,
    PartQualityChanged: judged,
    StockIssued: issued,
    IssueReturned: returned,
    LotCompleted: completed,
    ShipmentDispatched: shipped,
    SupplierReturnDispatched: sent_back,
}


async def on_events(
    session: AsyncSession, events: Sequence[Event], envelopes: Sequence[Envelope]
) -> None:
    told = zip(events, envelopes, strict=True)
    await weave(session, together([FACTS[type(event)](event, told_by) for event, told_by in told]))


async def on_event(session: AsyncSession, event: Event, envelope: Envelope) -> None:
    await on_events(session, [event], [envelope])


REACTIONS = tuple(Reaction(event, on_event, on_events, patient=True) for event in FACTS)
