"""Production orders as callers ask for them and see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Act, AnyQuantity, Body, Contract, Quantity, Text

NotNegative = Annotated[AnyQuantity, Field(ge=0)]


class ReportOperation(Body):
    """Body of `POST /orders/{id}/operations/{no}/reports`: closes the operation, once.

    good + scrap is what the operation before passed on; scrap needs a reason.
    """

    good: NotNegative
    scrap: NotNegative = Decimal(0)
    minutes: NotNegative
    reason: Text | None = None


class ReportAll(Act):
    """Body of `POST /orders/{id}/actions/report_all`: every open operation in its standard time.

    Scrap, when there is any, is lost at the first open operation.
    """

    good: NotNegative
    scrap: NotNegative = Decimal(0)
    reason: Text | None = None


class ReleaseToStock(Act):
    """Body of `POST /orders/{id}/actions/release_to_stock`."""

    rejected_serials: tuple[str, ...] = ()  # as many as the final inspection rejected


class ProductionOrderListed(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...]
    item_id: UUID
    item_code: str
    item_name: str
    quantity: Quantity
    good: AnyQuantity
    scrap: AnyQuantity
    start_on: date
    due_on: date
    reason: str
    demand_id: UUID | None
    material: str  # waiting, held, issued, returned
    lot_number: str | None
    content_hash: str  # what the next signature must stand for
    signature_meaning: str


class SubstituteShown(Contract):
    """`quantity` of it stands in for `instead_of` of the component."""

    item_id: UUID
    item_code: str
    quantity: Quantity
    instead_of: Quantity


class ComponentShown(Contract):
    """`held` and `issued` count what substitutes stand in for too, in units of the component."""

    id: UUID
    line: int
    item_id: UUID
    item_code: str
    quantity: Quantity
    held: AnyQuantity
    issued: AnyQuantity
    substitutes: tuple[SubstituteShown, ...] = ()  # in the order in which they serve


class ComponentLotShown(Contract):
    """A lot that went in or came back.

    Where a substitute was used, `instead_of_item_id` is the component of the line, and `serves`
    how much of it the lot stands in for.
    """

    component_id: UUID
    item_id: UUID
    kind: str
    document_number: str
    part_id: UUID
    lot_number: str
    serial: str
    quantity: Quantity
    moved_on: date
    line: int | None = None  # of the structure
    item_code: str | None = None
    instead_of_item_id: UUID | None = None
    instead_of_item_code: str | None = None
    serves: AnyQuantity | None = None


class OperationShown(Contract):
    operation: int
    name: str
    kind: str
    work_centre_id: UUID
    setup_minutes: AnyQuantity
    run_minutes: AnyQuantity
    state: str
    good: AnyQuantity
    scrap: AnyQuantity
    minutes: AnyQuantity
    reason: str
    reported_by: str | None
    reported_on: date | None
    planned_start: datetime | None = None  # of the schedule last adopted
    planned_end: datetime | None = None


class ProductionOrderShown(ProductionOrderListed):
    """The whole record: the beginning of the device history record."""

    created_by: str
    created_at: datetime
    planned_order_id: UUID | None
    bom_id: UUID | None
    routing_id: UUID | None
    serials: tuple[str, ...]
    made_on: date | None
    usable_until: date | None
    made_by: tuple[str, ...]
    accepted: AnyQuantity | None
    conceded: AnyQuantity | None
    rejected: AnyQuantity | None
    released_by: str | None
    released_on: date | None
    components: tuple[ComponentShown, ...]
    operations: tuple[OperationShown, ...]
    lots: tuple[ComponentLotShown, ...]
    signatures: tuple[dict[str, Any], ...]
