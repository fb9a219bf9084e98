"""Facts of inventory. A lot part is a quantity of one printed lot under one quality status."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import Answer, AnyQuantity, Contract, Event, Quantity

PartQuality = Literal["to_inspect", "released", "conceded", "rejected", "returned"]
ReceiptSource = Literal["arrival", "completion", "opening", "issue_return", "customer_return"]


class ItemAvailabilityChanged(Event):
    """An item's stock over all places, after a command that touched it; replace if newer."""

    subject: ClassVar[str] = "erp.inventory.item_availability_changed.v1"
    aggregate: ClassVar[str] = "item_id"

    item_id: UUID
    version: int
    on_hand: AnyQuantity
    usable: AnyQuantity  # released or conceded, unblocked, not expired; includes reserved
    reserved: AnyQuantity
    to_inspect: AnyQuantity


class StockReceived(Event):
    """A lot part came into being with stock in it."""

    subject: ClassVar[str] = "erp.inventory.stock_received.v1"
    aggregate: ClassVar[str] = "part_id"

    part_id: UUID
    lot_id: UUID
    lot_number: str
    serial: str = ""
    maker_lot: str = ""
    item_id: UUID
    quantity: Quantity
    quality: PartQuality
    usable_until: date | None = None
    source: ReceiptSource
    document_id: UUID  # arrival, production order, opening list, issue return
    document_number: str
    line_id: UUID | None = None  # arrival line
    order_line_id: UUID | None = None  # purchase order line
    partner_id: UUID | None = None  # supplier or customer
    received_on: date


class LotPartSplit(Event):
    """Part of a part got another status or place: same printed lot, new part."""

    subject: ClassVar[str] = "erp.inventory.lot_part_split.v1"
    aggregate: ClassVar[str] = "part_id"

    part_id: UUID  # the new part
    from_part_id: UUID
    lot_id: UUID
    lot_number: str
    item_id: UUID
    quantity: Quantity
    quality: PartQuality
    document_id: UUID


class PartQualityChanged(Event):
    subject: ClassVar[str] = "erp.inventory.part_quality_changed.v1"
    aggregate: ClassVar[str] = "part_id"

    part_id: UUID
    lot_number: str
    item_id: UUID
    quantity: AnyQuantity
    quality: PartQuality
    blocks: tuple[str, ...] = ()
    document_id: UUID | None = None


class StockAccepted(Event):
    """Purchased goods became ours to use and to pay: the source of the accrual (REQ-28)."""

    subject: ClassVar[str] = "erp.inventory.stock_accepted.v1"
    aggregate: ClassVar[str] = "arrival_line_id"

    arrival_id: UUID
    arrival_number: str
    arrival_line_id: UUID
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    part_id: UUID
    quantity: Quantity
    conceded: bool
    accepted_on: date


class ReservationAnswered(Answer):
    """What could be held at once; the rest waits. `saga_id` is the asking document's id."""

    class Shortage(Contract):
        line_id: UUID
        item_id: UUID
        missing: Quantity
        needed_on: date

    subject: ClassVar[str] = "erp.inventory.reservation_answered.v1"
    aggregate: ClassVar[str] = "saga_id"

    complete: bool
    shortages: tuple[Shortage, ...] = ()


class Pick(Contract):
    line_id: UUID  # the order line or component line that is served
    item_id: UUID
    part_id: UUID
    lot_id: UUID
    lot_number: str
    serial: str = ""
    quantity: Quantity
    # A substitute's: how much of the line's own item it stands in for.
    serves: AnyQuantity | None = None


class StockReserved(Answer):
    """Everything the document asked for is held. `saga_id` is the asking document's id."""

    subject: ClassVar[str] = "erp.inventory.stock_reserved.v1"
    aggregate: ClassVar[str] = "saga_id"

    picks: tuple[Pick, ...]


class ReservationReleased(Answer):
    subject: ClassVar[str] = "erp.inventory.reservation_released.v1"
    aggregate: ClassVar[str] = "saga_id"


class StockIssued(Event):
    """Material left the shelf for a production order."""

    subject: ClassVar[str] = "erp.inventory.stock_issued.v1"
    aggregate: ClassVar[str] = "issue_id"

    issue_id: UUID
    number: str
    order_id: UUID  # production order
    order_number: str
    issued_on: date
    picks: tuple[Pick, ...]


class IssueReturned(Event):
    """Unused material came back from a production order into the part it was taken from."""

    subject: ClassVar[str] = "erp.inventory.issue_returned.v1"
    aggregate: ClassVar[str] = "return_id"

    return_id: UUID
    number: str
    order_id: UUID
    order_number: str
    returned_on: date
    picks: tuple[Pick, ...]


class CompletionReceived(Answer):
    """Made goods stand in released stock. `saga_id` is the production order's id."""

    subject: ClassVar[str] = "erp.inventory.completion_received.v1"
    aggregate: ClassVar[str] = "saga_id"

    order_number: str
    item_id: UUID
    quantity: Quantity
    part_ids: tuple[UUID, ...]
    received_on: date


class ShipmentDispatched(Answer):
    """Goods left the house. `saga_id` is the delivery's id."""

    subject: ClassVar[str] = "erp.inventory.shipment_dispatched.v1"
    aggregate: ClassVar[str] = "saga_id"

    shipment_id: UUID
    number: str
    order_id: UUID
    customer_id: UUID
    dispatched_on: date
    picks: tuple[Pick, ...]  # line_id: the sales order line


class SupplierReturnDispatched(Event):
    """Goods went back to the supplier; `accepted` True: they had been accepted before."""

    subject: ClassVar[str] = "erp.inventory.supplier_return_dispatched.v1"
    aggregate: ClassVar[str] = "return_id"

    return_id: UUID
    number: str
    arrival_id: UUID
    arrival_line_id: UUID
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    part_id: UUID
    lot_number: str
    quantity: Quantity
    accepted: bool
    returned_on: date
