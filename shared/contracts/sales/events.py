"""Facts of sales."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.approvals import ApprovalChanged
from shared.contracts.base import (
    Amount,
    Answer,
    Contract,
    Currency,
    Event,
    Price,
    Quantity,
    Rate,
    Share,
)


class SalesApprovalChanged(ApprovalChanged):
    subject: ClassVar[str] = "erp.sales.approval_changed.v1"


class OrderLine(Contract):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    price: Price  # net per stock unit, in the order's currency
    tax_rate: Share
    net: Amount
    tax: Amount
    due_on: date


class OrderApproved(Event):
    subject: ClassVar[str] = "erp.sales.order_approved.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    customer_id: UUID
    currency: Currency
    rate: Rate
    approved_on: date
    lines: tuple[OrderLine, ...]


class OrderCancelled(Event):
    subject: ClassVar[str] = "erp.sales.order_cancelled.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    reason: str
    cancelled_on: date


class OrderAllocated(Answer):
    """Stock is held for every line; the order can be delivered. `saga_id` is the order's id."""

    subject: ClassVar[str] = "erp.sales.order_allocated.v1"
    aggregate: ClassVar[str] = "saga_id"

    number: str


class OrderTurnedBack(Answer):
    """The order's saga was undone in full."""

    subject: ClassVar[str] = "erp.sales.order_turned_back.v1"
    aggregate: ClassVar[str] = "saga_id"

    number: str


class ShippedLine(Contract):
    line_id: UUID
    quantity: Quantity


class OrderShipped(Event):
    """After each dispatch: what of the order has left the house."""

    subject: ClassVar[str] = "erp.sales.order_shipped.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    delivery_id: UUID
    delivery_number: str
    customer_id: UUID
    state: str  # partially_shipped or shipped
    shipped_on: date
    lines: tuple[ShippedLine, ...]


class DeliveryClosed(Answer):
    """The end of one delivery: dispatched and invoiced. `saga_id` is the delivery's id."""

    subject: ClassVar[str] = "erp.sales.delivery_closed.v1"
    aggregate: ClassVar[str] = "saga_id"

    number: str
    order_id: UUID
    completed: bool
