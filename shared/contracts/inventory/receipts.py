"""Receipts over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Code, Contract, Name, Quantity, Text


class ReceiptLineShown(Contract):
    """An arrival line in the warehouse; its id is the arrival line's."""

    id: UUID
    state: str
    version: int
    arrival_id: UUID
    arrival_number: str
    order_id: UUID
    order_number: str
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    part_id: UUID
    lot_number: str
    quantity: Quantity
    accepted: AnyQuantity
    conceded: AnyQuantity
    rejected: AnyQuantity
    arrived_on: date


class ProductionReceiptShown(Contract):
    id: UUID
    state: str = "received"
    order_number: str
    item_id: UUID
    lot_number: str
    quantity: Quantity
    conceded: AnyQuantity
    part_ids: tuple[UUID, ...]
    received_on: date


class OpeningRow(Body):
    """One row of the opening stock: `item_code,lot_number,maker_lot,usable_until,bin_code,…`."""

    item_code: Code
    lot_number: Name
    maker_lot: Text = ""
    serial: Text = ""
    usable_until: date | None = None
    bin_code: Code
    quantity: Quantity


class OpeningStock(Body):
    """Body of `POST /openings`: released stock on hand on the first day."""

    rows: Annotated[tuple[OpeningRow, ...], Field(min_length=1, max_length=20_000)]


class ImportOutcome(Contract):
    """What an import did, or with `dry_run=1` would have done."""

    kind: str
    dry_run: bool
    rows: int
    created: int
    unchanged: int
