"""Facts of procurement."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from shared.contracts.approvals import ApprovalChanged
from shared.contracts.base import (
    Answer,
    AnyQuantity,
    Contract,
    Currency,
    Event,
    Price,
    Quantity,
    Rate,
    Share,
)


class PurchaseApprovalChanged(ApprovalChanged):
    subject: ClassVar[str] = "erp.procurement.approval_changed.v1"


class RequisitionRaised(Event):
    subject: ClassVar[str] = "erp.procurement.requisition_raised.v1"
    aggregate: ClassVar[str] = "requisition_id"

    requisition_id: UUID
    number: str
    item_id: UUID
    quantity: Quantity
    needed_on: date
    demand_id: UUID | None = None  # the demand it is pegged to
    planned_order_id: UUID | None = None


class RequisitionClosed(Event):
    """Ordered in full, cancelled, or closed by hand."""

    subject: ClassVar[str] = "erp.procurement.requisition_closed.v1"
    aggregate: ClassVar[str] = "requisition_id"

    requisition_id: UUID
    number: str
    planned_order_id: UUID | None = None
    state: str


class OrderLine(Contract):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    due_on: date
    requisition_ids: tuple[UUID, ...] = ()
    demand_ids: tuple[UUID, ...] = ()


class OrderIssued(Event):
    """The order went to the supplier: its lines are firm supply. No prices here."""

    subject: ClassVar[str] = "erp.procurement.order_issued.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    supplier_id: UUID
    issued_on: date
    lines: tuple[OrderLine, ...]


class PricedLine(Contract):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    price: Price  # net, in the order's currency, per stock unit
    tax_rate: Share


class OrderPriced(Event):
    """Read by finance and analytics alone: what was agreed to be paid."""

    subject: ClassVar[str] = "erp.procurement.order_priced.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    supplier_id: UUID
    currency: Currency
    rate: Rate  # company currency per unit, of the order's day
    payment_days: int
    ordered_on: date
    lines: tuple[PricedLine, ...]


class OpenLine(Contract):
    line_id: UUID
    item_id: UUID
    open_quantity: AnyQuantity  # still to arrive; zero when closed


class OrderProgressed(Event):
    """After an arrival, a cancellation or a closing: what is still to come."""

    subject: ClassVar[str] = "erp.procurement.order_progressed.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    state: str
    lines: tuple[OpenLine, ...]


class ArrivalLine(Contract):
    line_id: UUID
    order_line_id: UUID
    item_id: UUID
    quantity: Quantity
    lot_number: str  # own arrival lot 进厂批号
    maker_lot: str = ""  # 厂家批号
    usable_until: date | None = None  # last usable day


class GoodsArrived(Event):
    """Goods stand at the gate, counted and labelled; quality and inventory take over."""

    subject: ClassVar[str] = "erp.procurement.goods_arrived.v1"
    aggregate: ClassVar[str] = "arrival_id"

    arrival_id: UUID
    number: str
    order_id: UUID
    order_number: str
    supplier_id: UUID
    arrived_on: date
    lines: tuple[ArrivalLine, ...]


class ReturnOrdered(Event):
    """Goods are to go back to the supplier; inventory sends them."""

    subject: ClassVar[str] = "erp.procurement.return_ordered.v1"
    aggregate: ClassVar[str] = "return_id"

    return_id: UUID
    number: str
    arrival_id: UUID
    arrival_line_id: UUID
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    quantity: Quantity
    reason: str


class ArrivalSettled(Answer):
    """The end of procure-to-pay for one arrival. `saga_id` is the arrival's id."""

    subject: ClassVar[str] = "erp.procurement.arrival_settled.v1"
    aggregate: ClassVar[str] = "saga_id"

    completed: bool
    accepted: AnyQuantity = Decimal(0)
