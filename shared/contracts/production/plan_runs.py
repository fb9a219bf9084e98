"""Plan runs: started, looked into, compared and published."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Quantity, Share, Text
from shared.contracts.production.simulations import Count

Days = Annotated[int, Field(ge=0, le=3650)]


class PlanChange(Body):
    """Of a what-if: so much more is wanted, or comes, on a day."""

    item_id: UUID
    quantity: Quantity
    day: date


class StartPlanRun(Body):
    """Body of `POST /planning/runs`. With `what_if` nothing of it can be published.

    `net_change` moves the last run's plan by what changed since: the same plan as a regeneration
    gives, in milliseconds. Where that cannot be, the run is a regeneration and says why.
    """

    days: Annotated[int, Field(ge=1, le=1100)] = 365
    what_if: bool = False
    net_change: bool = False
    demands: Annotated[tuple[PlanChange, ...], Field(max_length=1000)] = ()
    receipts: Annotated[tuple[PlanChange, ...], Field(max_length=1000)] = ()


class PlanRunShown(Contract):
    """The run log. Buckets of its answers are days, counted from `today` as 0.

    Equal `input_hash` means equal plan. `engine` loop comes with a `notice`: the compiled engine
    could not be loaded.
    """

    id: UUID
    kind: str  # regular, what_if
    state: str  # queued, running, done, failed, published
    started_by: str
    started_at: datetime
    today: date
    buckets: int
    progress: int  # per cent
    stage: str
    positions: dict[str, int]
    input_hash: str
    plan_hash: str
    engine: str
    notice: str | None = None
    duration_ms: int
    counts: dict[str, int]
    mode: str = ""  # regeneration, net_change
    reason: str | None = None  # why it became a regeneration
    reason_zh: str | None = None
    before_id: UUID | None = None  # the run that a net change moved: ask for the differences
    replanned_items: int | None = None
    moved_items: int | None = None  # with other orders than in the run before
    fault: dict[str, Any]
    published_by: str
    publish_until: date | None


class PlannedItemOrder(Contract):
    number: int
    need_bucket: int
    bucket: int
    release_bucket: int
    quantity: Count
    start_quantity: Count


class PlannedItemMessage(Contract):
    kind: str
    bucket: int
    to_bucket: int
    days: int
    quantity: Count


class PlannedItemShown(Contract):
    """One item's time-phased table under a run, a value per day.

    `substituted` is what of the gross need others stand in for.
    """

    item_id: UUID
    level: int
    gross: tuple[Count, ...]
    scheduled: tuple[Count, ...]
    projected_before: tuple[Count, ...]
    net: tuple[Count, ...]
    planned_receipts: tuple[Count, ...]
    planned_releases: tuple[Count, ...]
    projected_on_hand: tuple[Count, ...]
    expired: tuple[Count, ...]
    substituted: tuple[Count, ...]
    available_to_promise: tuple[Count, ...]
    orders: tuple[PlannedItemOrder, ...]
    messages: tuple[PlannedItemMessage, ...]


class PlanMessageShown(Contract):
    """What to do about an item, on which days, and why."""

    item_id: UUID
    item_code: str
    kind: str
    on: date
    to: date
    days: int
    quantity: AnyQuantity
    reason: str
    reason_zh: str


class PegSupply(Contract):
    kind: str  # stock, lot, order, or the document's kind
    number: int
    bucket: int
    document_id: UUID | None = None


class PegUse(Contract):
    kind: str  # demand, component, forecast, what_if, firm, order, expired, stock
    number: int
    bucket: int
    item_id: UUID
    document_id: UUID | None = None
    instead_of_item_id: UUID | None = None  # what it stands in for as a substitute


class PlanPeg(Contract):
    """A quantity of an item from a supply to a use; `depth` counts levels from the item asked."""

    item_id: UUID
    depth: int
    supply: PegSupply
    use: PegUse
    quantity: Count


class PlanPegging(Contract):
    pegs: tuple[PlanPeg, ...]


class PublishPlan(Body):
    """Body of `POST …/actions/publish`: orders that must start by `days` from the run's day on."""

    days: Days = 30


class PlanPublished(Contract):
    """What was written: only what differs from the planned orders that stood."""

    run_id: UUID
    added: int
    changed: int
    ended: int
    unchanged: int


class PlanMove(Contract):
    start_on: date
    needed_on: date
    quantity: Count


class PlanDifference(Contract):
    item_id: UUID
    gone: tuple[PlanMove, ...]
    come: tuple[PlanMove, ...]


class PlanComparison(Contract):
    items: tuple[PlanDifference, ...]


class PromiseShown(Contract):
    """When a quantity can be had: `atp_on` from stock and what is planned, `ctp_on` by making more.

    None: not within the horizon. `ctp_on` asks that no further order should have started before.
    A `notice` says that the compiled engine could not be loaded: the same answer, only slower.
    """

    item_id: UUID
    quantity: Quantity
    atp_on: date | None
    ctp_on: date | None
    notice: str | None = None
    notice_zh: str | None = None


class SetPolicy(Body):
    """How an item is planned: days, a share, stock units; a `lot_maximum` of 0 is none."""

    version: int  # 0: there is none yet
    phantom: bool = False
    inspection_days: Days = 0
    safety_days: Days = 0
    minimum_life_days: Days = 0
    periods: Annotated[int, Field(ge=1, le=3650)] = 1
    good_share: Annotated[Share, Field(gt=0)] = Decimal(1)
    lot_maximum: Annotated[AnyQuantity, Field(ge=0)] = Decimal(0)
    days_per_unit: Annotated[AnyQuantity, Field(ge=0)] = Decimal(0)
    working_days: bool = False
    consume_back: Days = 0
    consume_ahead: Days = 0
    demand_fence: Days = 0
    planning_fence: Days = 0


class PolicyShown(SetPolicy):
    item_id: UUID


class ForecastLine(Body):
    item_id: UUID
    day: date
    quantity: Annotated[AnyQuantity, Field(ge=0)]


class PutForecasts(Body):
    """Body of `PUT /planning/forecasts`: each line replaces the forecast of its item and day."""

    lines: Annotated[tuple[ForecastLine, ...], Field(min_length=1, max_length=5000)]


class ForecastsShown(Contract):
    lines: tuple[ForecastLine, ...]


class ChangePlanned(Body):
    """Body of `PATCH /planned-orders/{id}`: firm it, let it loose, write a note; None: as it is."""

    version: int
    firm: bool | None = None
    note: Annotated[Text, Field(max_length=500)] | None = None
