"""Purchase orders, arrivals and returns as their callers see them: bodies and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.approvals import Vote
from shared.contracts.base import (
    Amount,
    AnyQuantity,
    Body,
    Contract,
    Name,
    Price,
    Quantity,
    Rate,
    Reason,
    Share,
    Text,
)

STANDARD_TAX = Decimal("0.13")


class OrderLineBody(Body):
    """`line_id` None: a new line. `price` None: the approved source's price of today."""

    line_id: UUID | None = None
    item_id: UUID
    quantity: Quantity
    price: Price | None = None
    tax_rate: Share = STANDARD_TAX
    due_on: date


class DraftOrder(Body):
    """Body of `POST /orders`: an order entered by hand."""

    supplier_id: UUID
    lines: Annotated[tuple[OrderLineBody, ...], Field(min_length=1, max_length=500)]


class ChangeOrder(Body):
    """Body of `PUT /orders/{id}`: quantities, prices and days of lines that stand already."""

    class Line(Body):
        line_id: UUID
        quantity: Quantity
        price: Price
        due_on: date

    version: int
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    reason: Reason


class OrderLineShown(Contract):
    line_id: UUID
    line: int
    item_id: UUID
    item_code: str
    item_name: str
    quantity: Quantity
    price: Price
    tax_rate: Share
    net: Amount
    tax: Amount
    gross: Amount
    due_on: date
    arrived: AnyQuantity
    replaced: AnyQuantity  # sent back and to be delivered again
    cancelled: AnyQuantity
    open_quantity: AnyQuantity
    requisition_ids: tuple[UUID, ...]
    choice: str  # why this source


class ApprovalStage(Contract):
    name: str
    permission: str
    state: str
    decided_by: str | None
    note: str
    quorum: int
    votes: tuple[Vote, ...]
    due_at: datetime | None
    escalated_at: datetime | None


class Order(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...]
    content_hash: str
    supplier_id: UUID
    supplier_code: str
    supplier_name: str
    currency: str
    rate: Rate
    payment_days: int
    ordered_on: date
    issued_on: date | None
    net: Amount
    tax: Amount
    gross: Amount
    created_by: str
    created_at: datetime
    lines: tuple[OrderLineShown, ...]
    approvals: tuple[ApprovalStage, ...]


class OrderSummary(Contract):
    id: UUID
    number: str
    version: int
    state: str
    supplier_id: UUID
    supplier_code: str
    supplier_name: str
    currency: str
    ordered_on: date
    net: Amount
    gross: Amount
    created_by: str


class ArrivedLine(Body):
    order_line_id: UUID
    quantity: Quantity
    maker_lot: Annotated[Text, Field(max_length=100)] = ""
    usable_until: date | None = None


class RegisterArrival(Body):
    """Body of `POST /arrivals`: what stands at the gate against one issued order."""

    order_id: UUID
    delivery_note: Annotated[Text, Field(max_length=100)] = ""
    lines: Annotated[tuple[ArrivedLine, ...], Field(min_length=1, max_length=500)]


class RegisterArrivals(Body):
    arrivals: Annotated[tuple[RegisterArrival, ...], Field(min_length=1, max_length=200)]


class ArrivalLineShown(Contract):
    line_id: UUID
    order_line_id: UUID
    item_id: UUID
    item_code: str
    quantity: Quantity
    lot_number: str
    maker_lot: str
    usable_until: date | None
    returned: AnyQuantity


class Arrival(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...] = ()
    order_id: UUID
    order_number: str
    supplier_id: UUID
    arrived_on: date
    delivery_note: str
    accepted: AnyQuantity
    rejected: AnyQuantity
    lines: tuple[ArrivalLineShown, ...]


class Arrivals(Contract):
    items: tuple[Arrival, ...]


class OrderReturn(Body):
    """Body of `POST /returns`; `replace`: the supplier delivers it again on the same order."""

    arrival_line_id: UUID
    quantity: Quantity
    reason: Reason
    replace: bool = False


class Return(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...] = ()
    arrival_id: UUID
    arrival_line_id: UUID
    order_id: UUID
    supplier_id: UUID
    item_id: UUID
    lot_number: str
    quantity: Quantity
    reason: Name
    replace: bool
    returned_on: date
