"""What inventory and production tell becomes the graph."""

from services.quality.traces.commands import note_status, weave
from services.quality.traces.rules import Edge, End, Facts, Node
from shared.contracts.base import Envelope
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
from shared.events import react_to


def node_of(pick: Pick) -> Node:
    return Node(
        pick.part_id,
        item_id=pick.item_id,
        lot_id=pick.lot_id,
        lot_number=pick.lot_number,
        serial=pick.serial,
    )


async def on_received(session: AsyncSession, event: StockReceived, envelope: Envelope) -> None:
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
    paper = event.document_id
    if event.source == "completion":
        step = Node(paper, "step", number=event.document_number)
        made = Edge(paper, event.part_id, paper, "made", event.quantity)
        await weave(session, Facts((part, step), (made,)))
    else:
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
        await weave(session, Facts((part,), ends=(end,)))
    await note_status(session, event.part_id, event.quality, (), envelope.sequence)


async def on_split(session: AsyncSession, event: LotPartSplit, envelope: Envelope) -> None:
    part = Node(
        event.part_id, item_id=event.item_id, lot_id=event.lot_id, lot_number=event.lot_number
    )
    edge = Edge(event.from_part_id, event.part_id, event.document_id, "split", event.quantity)
    await weave(session, Facts((part,), (edge,)))
    await note_status(session, event.part_id, event.quality, (), envelope.sequence)


async def on_quality(session: AsyncSession, event: PartQualityChanged, envelope: Envelope) -> None:
    part = Node(event.part_id, item_id=event.item_id, lot_number=event.lot_number)
    await weave(session, Facts((part,)))
    await note_status(session, event.part_id, event.quality, event.blocks, envelope.sequence)


async def on_issued(session: AsyncSession, event: StockIssued, _envelope: Envelope) -> None:
    """Under the order's own id, so that what comes back nets the same edge."""
    order = event.order_id
    step = Node(order, "step", number=event.order_number)
    edges = tuple(Edge(p.part_id, order, order, "used", p.quantity) for p in event.picks)
    await weave(session, Facts((step, *map(node_of, event.picks)), edges))


async def on_returned(session: AsyncSession, event: IssueReturned, _envelope: Envelope) -> None:
    order = event.order_id
    step = Node(order, "step", number=event.order_number)
    edges = tuple(Edge(p.part_id, order, order, "used", -p.quantity) for p in event.picks)
    await weave(session, Facts((step,), edges))


async def on_completed(session: AsyncSession, event: LotCompleted, _envelope: Envelope) -> None:
    step = Node(
        event.order_id,
        "step",
        item_id=event.item_id,
        lot_number=event.lot_number,
        number=event.order_number,
        usable_until=event.usable_until,
        born_on=event.made_on,
    )
    await weave(session, Facts((step,)))


async def on_shipped(session: AsyncSession, event: ShipmentDispatched, _envelope: Envelope) -> None:
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
    await weave(session, Facts(tuple(map(node_of, event.picks)), ends=ends))


async def on_sent_back(
    session: AsyncSession, event: SupplierReturnDispatched, _envelope: Envelope
) -> None:
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
    await weave(session, Facts((part,), ends=(end,)))


REACTIONS = (
    react_to(StockReceived, on_received),
    react_to(LotPartSplit, on_split),
    react_to(PartQualityChanged, on_quality),
    react_to(StockIssued, on_issued),
    react_to(IssueReturned, on_returned),
    react_to(LotCompleted, on_completed),
    react_to(ShipmentDispatched, on_shipped),
    react_to(SupplierReturnDispatched, on_sent_back),
)
