"""Sales orders as callers place and see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Amount,
    AnyQuantity,
    Body,
    Contract,
    Currency,
    Price,
    Quantity,
    Rate,
    Share,
    Text,
)


class OrderLineWish(Body):
    item_id: UUID
    quantity: Quantity
    price: Price  # net per stock unit, in the order's currency
    tax_rate: Share = Decimal("0.13")
    due_on: date


Lines = Annotated[tuple[OrderLineWish, ...], Field(min_length=1, max_length=500)]


class PlaceOrder(Body):
    """Body of `POST /orders`: a draft. Currency by default the customer's, rate the day's."""

    customer_id: UUID
    customer_reference: Text = ""
    currency: Currency | None = None
    lines: Lines


class ChangeOrder(Body):
    """Body of `PATCH /orders/{id}` with `If-Match`: the lines take the place of those before."""

    customer_reference: Text | None = None
    lines: Lines | None = None


class OrderLineShown(Contract):
    id: UUID
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
    delivering: AnyQuantity
    shipped: AnyQuantity


class OrderListed(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]  # approval, logistics, billing, quality
    allowed_actions: tuple[str, ...]
    customer_id: UUID
    customer_name: str
    customer_reference: str
    ordered_on: date
    currency: Currency
    rate: Rate
    net: Amount
    tax: Amount
    gross: Amount
    created_by: str
    created_at: datetime


class OrderShown(OrderListed):
    gross_base: Amount  # company currency
    invoiced_base: Amount
    payment_days: int
    approved_on: date | None
    ended_because: str
    lines: tuple[OrderLineShown, ...]
    approvals: tuple[dict[str, Any], ...]


class LineAvailability(Contract):
    """Available to promise for one line: usable less reserved, against what is ordered."""

    line_id: UUID
    item_id: UUID
    item_code: str
    ordered: Quantity
    available: AnyQuantity
    missing: AnyQuantity
    due_on: date


class OrderAvailability(Contract):
    order_id: UUID
    complete: bool
    lines: tuple[LineAvailability, ...]
