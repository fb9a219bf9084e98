"""Planning without a database: a textbook's table in, its plan out."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from shared.contracts.base import Body, Contract, refuse_float

Number = Annotated[Decimal, BeforeValidator(refuse_float), Field(max_digits=60, decimal_places=30)]
ItemId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Bucket = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Count = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]  # a plain decimal


class SimulatedLot(Body):
    quantity: Number
    last_usable_bucket: Bucket


class SimulatedLotRule(Body):
    """Nothing given is lot for lot; a fixed order quantity is a multiple."""

    minimum: Number = Decimal(0)
    maximum: Number | None = None
    multiple: Number | None = None
    periods: int = 1  # calendar buckets, counted from the first shortage


class SimulatedItem(Body):
    """Times in buckets, quantities with at most `decimals` decimals.

    `on_hand` counts the quantities of `lots` too. `yield` is the good share of what is started.
    `shelf_life` is how many buckets after its receipt a new lot may be used for the last time.
    Needs in the first `planning_fence` buckets make no order: what is short there is ordered for
    the first need after them. A demand consumes the forecast of its own bucket, then earlier ones
    up to `consume_back` buckets before it, then later ones up to `consume_ahead` after it; inside
    the first `demand_fence` buckets what is left of a forecast is nothing.
    """

    id: ItemId
    on_hand: Number = Decimal(0)
    decimals: int = 0
    lead_time: Bucket = 0
    lead_time_per_unit: Number = Decimal(0)
    safety_time: Bucket = 0
    safety_stock: Number | Annotated[tuple[Number, ...], Field(max_length=5000)] = Decimal(0)
    yield_: Number = Field(default=Decimal(1), alias="yield")
    phantom: bool = False
    lots: Annotated[tuple[SimulatedLot, ...], Field(max_length=1000)] = ()
    minimum_life: Bucket = 0
    shelf_life: Bucket | None = None
    planning_fence: Bucket = 0
    demand_fence: Bucket = 0
    consume_back: Bucket = 0
    consume_ahead: Bucket = 0
    lot_rule: SimulatedLotRule = SimulatedLotRule()


class SimulatedSubstitute(Body):
    """What may stand in for a line's component when its own stock and receipts do not suffice.

    Only what its own needs leave free of its stock and firm receipts; the lowest `priority` first,
    then by id. `per` go into a started unit of the parent; by default as many as of the component.
    """

    component: ItemId
    per: Number | None = None
    priority: Annotated[int, Field(ge=1, le=1000)] = 1


class SimulatedLine(Body):
    """`per` components per started unit of the parent; `scrap` is the share lost of what is issued.

    It holds for orders of the parent released in buckets `from_bucket` to `until_bucket`, both
    inclusive; `first` and `last` are older names of the same.
    """

    parent: ItemId
    component: ItemId
    per: Number
    scrap: Number = Decimal(0)
    first: Bucket | None = None
    last: Bucket | None = None
    from_bucket: Bucket | None = None
    until_bucket: Bucket | None = None
    substitutes: Annotated[tuple[SimulatedSubstitute, ...], Field(max_length=50)] = ()


class SimulatedQuantity(Body):
    item: ItemId
    bucket: Bucket
    quantity: Number


class SimulatePlan(Body):
    """Body of `POST /planning/simulations`. Buckets count from 0; stock is that before bucket 0."""

    buckets: Annotated[int, Field(ge=1, le=5000)]
    unit: Literal["day", "week"] = "day"
    items: Annotated[tuple[SimulatedItem, ...], Field(max_length=10_000)]
    bom: Annotated[tuple[SimulatedLine, ...], Field(max_length=50_000)] = ()
    demand: Annotated[tuple[SimulatedQuantity, ...], Field(max_length=100_000)] = ()
    receipts: Annotated[tuple[SimulatedQuantity, ...], Field(max_length=100_000)] = ()
    forecast: Annotated[tuple[SimulatedQuantity, ...], Field(max_length=100_000)] = ()


class SimulatedOrder(Contract):
    """A planned order: `quantity` good units arrive in `bucket` for the need of `need_bucket`.

    `release_bucket` is the true one, negative when past due; `start_quantity` is what is started.
    """

    item: str
    bucket: int
    need_bucket: int
    release_bucket: int
    quantity: Count
    start_quantity: Count


class SimulatedMessage(Contract):
    """What to do about an item; `days` is how far `bucket` is from `to_bucket`."""

    item: str
    kind: str  # see the labels of planning messages
    bucket: int
    to_bucket: int
    days: int
    quantity: Count
    reason: str
    reason_zh: str


class SimulatedSupply(Contract):
    kind: str  # stock, lot, receipt, order
    number: int  # among the item's lots by expiry, its receipts or its orders, from 0
    bucket: int


class SimulatedUse(Contract):
    """`instead_of`: the item for which it stands in, in that parent's order."""

    kind: str  # demand, forecast, order (of a parent), expired, stock (left at the end)
    item: str
    number: int  # among that item's demands or orders, from 0
    bucket: int
    instead_of: str | None = None


class SimulatedPeg(Contract):
    item: str
    supply: SimulatedSupply
    use: SimulatedUse
    quantity: Count


class SimulatedItemPlan(Contract):
    """One item's time-phased table, a value per bucket, with its orders, messages and pegs.

    `substituted` is what of the gross need others stand in for; `available_to_promise` what may
    still be promised by each bucket without breaking a later promise.
    """

    id: str
    level: int  # low-level code, 0 at the top
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
    orders: tuple[SimulatedOrder, ...]
    messages: tuple[SimulatedMessage, ...]
    pegs: tuple[SimulatedPeg, ...]


class PlanSimulated(Contract):
    """Items in the order given. Equal `input_hash` means equal plan."""

    buckets: int
    unit: str
    engine: str  # loop: the reference engine, in whole numbers
    input_hash: str
    plan_hash: str
    items: tuple[SimulatedItemPlan, ...]
