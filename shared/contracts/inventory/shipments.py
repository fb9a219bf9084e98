"""Shipments and returns to suppliers, over HTTP."""

from datetime import date, datetime
from uuid import UUID

from shared.contracts.base import Contract, Quantity


class ShipmentLineShown(Contract):
    line_id: UUID
    item_id: UUID
    quantity: Quantity


class ShipmentPickShown(Contract):
    line_id: UUID
    item_id: UUID
    part_id: UUID
    lot_number: str
    serial: str
    usable_until: date | None
    bin_code: str
    quantity: Quantity


class ShipmentShown(Contract):
    """A delivery as the warehouse sees it; id and number are the delivery's."""

    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    order_id: UUID | None
    order_number: str
    customer_id: UUID | None
    customer_name: str
    address: str
    picked_by: str | None
    checked_by: str | None
    dispatched_by: str | None
    dispatched_on: date | None
    created_at: datetime
    lines: tuple[ShipmentLineShown, ...]
    picks: tuple[ShipmentPickShown, ...]
    allowed_actions: tuple[str, ...]


class SupplierReturnShown(Contract):
    """Goods to be sent back; id and number are procurement's return."""

    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    arrival_id: UUID
    arrival_line_id: UUID
    order_id: UUID
    supplier_id: UUID
    item_id: UUID
    quantity: Quantity
    reason: str
    dispatched_on: date | None
    dispatched_by: str | None
    allowed_actions: tuple[str, ...]


class TaskShown(Contract):
    """Something that waits for the warehouse; act on it with `POST act_at`."""

    kind: str
    id: UUID
    number: str
    version: int
    title: str
    title_zh: str
    permission: str
    act_at: str
    opened_at: datetime
