"""Holding stock for a document: FEFO, all of it or what there is while the rest waits."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Name, Quantity

ReservedFor = Literal["sales_order", "production_order"]


class ReserveSubstitute(Body):
    """What may serve a line: `quantity` of it for `instead_of` of the line's item.

    The decimals say in which steps each of the two is counted: only whole steps of the line's item
    are stood in for, and what that takes is rounded up.
    """

    item_id: UUID
    quantity: Quantity
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    instead_of: Quantity
    instead_of_decimals: Annotated[int, Field(ge=0, le=6)] = 0


class ReserveLine(Body):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    needed_on: date
    minimum_life_days: int = 0  # the customer's agreed remaining life on that day
    # Who serves what the item itself lacks, in this order.
    substitutes: Annotated[tuple[ReserveSubstitute, ...], Field(max_length=50)] = ()


class ReserveStock(Body):
    """Body of `PUT /reservations/{id}`; the id is the asking document's. `DELETE` releases.

    What is there is held at once by FEFO, and substitutes serve what is short; the rest stands in
    line by needed day and age, and is held as stock is released. Answers: reservation_answered at
    once, stock_reserved when whole.
    A PUT after a DELETE is refused: the tombstone stands (409 reservation-released).
    """

    reserved_for: ReservedFor
    number: Name  # of the asking document
    lines: Annotated[tuple[ReserveLine, ...], Field(min_length=1, max_length=500)]


class HeldLine(Contract):
    line_id: UUID
    item_id: UUID
    wanted: Quantity
    held: AnyQuantity


class HeldReservation(Contract):
    id: UUID
    number: str
    state: str  # waiting, held, issued, released
    lines: tuple[HeldLine, ...]


class RequestShipment(Body):
    """Body of `PUT /shipments/{id}`; the id is the delivery's. `DELETE` undoes it in time."""

    class Line(Body):
        line_id: UUID  # the sales order line
        item_id: UUID
        quantity: Quantity

    number: Name  # of the delivery
    order_id: UUID  # whose reservation is picked
    order_number: Name
    customer_id: UUID
    customer_name: Name
    address: str = ""
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]


class ReceiveCompletion(Body):
    """Body of `PUT /production-receipts/{id}`; the id is the production order's."""

    order_number: Name
    item_id: UUID
    lot_number: Name
    serials: tuple[str, ...] = ()
    quantity: Quantity
    usable_until: date | None = None
    conceded: Annotated[AnyQuantity, Field(ge=0)] = Decimal(
        0
    )  # of the quantity, accepted by concession
