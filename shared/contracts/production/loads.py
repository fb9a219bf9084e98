"""The load of work centres against what they can do, and what fills them."""

from datetime import date
from uuid import UUID

from shared.contracts.base import AnyQuantity, Contract, Quantity


class LoadCell(Contract):
    """Hours of standard time; `percent` none where nothing can be done, both days inclusive."""

    from_on: date
    until_on: date
    load_hours: AnyQuantity
    capacity_hours: AnyQuantity
    percent: AnyQuantity | None


class WorkCentreLoad(Contract):
    work_centre_id: UUID
    code: str
    name: str
    cells: tuple[LoadCell, ...]


class Overload(LoadCell):
    """A cell whose load is more than its capacity, by so many hours."""

    work_centre_id: UUID
    code: str
    over_hours: AnyQuantity


class LoadShown(Contract):
    """Work centres by code; overloads with the most hours over first, at most a hundred.

    `overload_count` counts all of them; `without_routing` orders have no operations to load with.
    """

    today: date
    unit: str  # day, week, month
    work_centres: tuple[WorkCentreLoad, ...]
    overloads: tuple[Overload, ...]
    overload_count: int
    without_routing: int


class LoadPeg(Contract):
    """An operation of an order and its hours within the days asked for.

    `kind` order: of the plan, the item's order number `order`, as pegging numbers it. Otherwise the
    document. From `release_on` to `receipt_on` the order is worked on.
    """

    kind: str  # order, planned_order, production_order
    document_id: UUID | None
    number: str
    item_id: UUID
    item_code: str
    order: int | None
    operation: int
    quantity: Quantity
    hours: AnyQuantity
    release_on: date
    receipt_on: date
