"""Facts of production."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.base import Answer, AnyQuantity, Contract, Event, Quantity


class PlannedPurchase(Contract):
    planned_order_id: UUID
    item_id: UUID
    quantity: Quantity
    needed_on: date
    demand_id: UUID
    reason: str  # pegging, in words: which order needs it through which parents


class PlannedPurchasesReleased(Event):
    """The planner released what is to be bought; procurement raises one requisition for each."""

    subject: ClassVar[str] = "erp.production.planned_purchases_released.v1"
    aggregate: ClassVar[str] = "release_id"

    release_id: UUID
    demand_id: UUID
    lines: tuple[PlannedPurchase, ...]


class DemandCancelled(Event):
    """Nobody needs it any more: open requisitions and unstarted orders for it fall away."""

    subject: ClassVar[str] = "erp.production.demand_cancelled.v1"
    aggregate: ClassVar[str] = "demand_id"

    demand_id: UUID
    number: str


class ComponentSubstitute(Contract):
    """What may stand in for a component: `quantity` of it for `instead_of` of the component.

    The decimals say in which steps each of the two is counted.
    """

    item_id: UUID
    quantity: Quantity
    decimals: int
    instead_of: Quantity
    instead_of_decimals: int


class Component(Contract):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    # In the order in which they serve; frozen with the structure.
    substitutes: tuple[ComponentSubstitute, ...] = ()


class OrderReleased(Event):
    """A production order may start: structure and routing are frozen on it."""

    subject: ClassVar[str] = "erp.production.order_released.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    item_id: UUID
    quantity: Quantity
    due_on: date
    demand_id: UUID | None
    bom_id: UUID
    routing_id: UUID | None
    components: tuple[Component, ...]


class OperationReported(Event):
    subject: ClassVar[str] = "erp.production.operation_reported.v1"
    aggregate: ClassVar[str] = "order_id"

    report_id: UUID
    order_id: UUID
    order_number: str
    item_id: UUID
    operation: int
    name: str
    work_centre_id: UUID
    good: AnyQuantity
    scrap: AnyQuantity
    minutes: AnyQuantity
    operator: str
    reported_on: date


class LotCompleted(Event):
    """All operations are done; the lot waits for its final inspection."""

    subject: ClassVar[str] = "erp.production.lot_completed.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    order_number: str
    item_id: UUID
    lot_number: str
    serials: tuple[str, ...]  # one per piece of a serial-tracked item, else empty
    quantity: Quantity
    made_on: date
    usable_until: date | None
    made_by: tuple[str, ...]  # the operators: none of them may release it


class LotReleased(Event):
    """The record is complete and signed: the good quantity may go to stock (放行)."""

    subject: ClassVar[str] = "erp.production.lot_released.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    order_number: str
    item_id: UUID
    lot_number: str
    quantity: Quantity
    released_by: str
    released_on: date


class ProductionCancelled(Event):
    """The order will not be finished; `issued` True: its material must come back to stock."""

    subject: ClassVar[str] = "erp.production.order_cancelled.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    number: str
    item_id: UUID
    demand_id: UUID | None
    issued: bool


class OrderClosed(Answer):
    """The end of plan-to-produce. `saga_id` is the production order's id."""

    subject: ClassVar[str] = "erp.production.order_closed.v1"
    aggregate: ClassVar[str] = "saga_id"

    number: str
    item_id: UUID
    completed: bool
    planned: AnyQuantity
    good: AnyQuantity
    scrap: AnyQuantity
