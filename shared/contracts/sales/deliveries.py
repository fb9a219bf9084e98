"""Deliveries as callers plan and see them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Quantity, Text


class DeliveryLineWish(Body):
    line_id: UUID  # the sales order line
    quantity: Quantity


class PlanDelivery(Body):
    """Body of `POST /deliveries`: without lines, everything that is not yet on its way."""

    order_id: UUID
    lines: Annotated[tuple[DeliveryLineWish, ...], Field(max_length=500)] = ()
    address: Text = ""  # by default the customer's


class DeliveryLineShown(Contract):
    id: UUID
    order_line_id: UUID
    item_id: UUID
    quantity: Quantity
    shipped: AnyQuantity


class DeliveryListed(Contract):
    id: UUID
    number: str
    version: int
    state: str  # planned, shipped, closed, cancelled
    allowed_actions: tuple[str, ...]
    order_id: UUID
    order_number: str
    customer_id: UUID
    shipped_on: date | None
    shipment_number: str | None
    invoice_id: UUID | None
    invoice_number: str | None
    created_by: str
    created_at: datetime


class DeliveryShown(DeliveryListed):
    states: dict[str, str]
    address: str
    lines: tuple[DeliveryLineShown, ...]
