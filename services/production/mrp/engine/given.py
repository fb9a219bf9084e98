"""What a planner knows, in decimals and names: the input that is checked and scaled once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Lot:
    """Stock with a last usable bucket, which may lie before 0: then it is waste already."""

    quantity: Decimal
    last_usable_bucket: int


@dataclass(frozen=True, slots=True)
class LotRule:
    """Nothing given is lot for lot. `periods` counts calendar buckets from the first shortage."""

    minimum: Decimal = ZERO
    maximum: Decimal | None = None
    multiple: Decimal | None = None
    periods: int = 1


LOT_FOR_LOT = LotRule()


@dataclass(frozen=True, slots=True)
class Item:
    """Quantities in stock units with at most `decimals` decimals; times in buckets.

    `on_hand` counts all stock, that of `lots` too. `yield_` is the good share of what is started.
    `shelf_life` is how many buckets after its receipt a new lot is usable for the last time.
    Needs in the first `planning_fence` buckets make no order. Its orders consume forecasts up to
    `consume_back` buckets before and `consume_ahead` after them; what is left of a forecast inside
    the `demand_fence` is nothing.
    """

    id: str
    on_hand: Decimal = ZERO
    decimals: int = 0
    lead_time: int = 0
    lead_time_per_unit: Decimal = ZERO
    safety_time: int = 0
    safety_stock: Decimal | Sequence[Decimal] = ZERO
    yield_: Decimal = ONE
    phantom: bool = False
    lots: Sequence[Lot] = ()
    minimum_life: int = 0
    shelf_life: int | None = None
    lot_rule: LotRule = LOT_FOR_LOT
    working_days: bool = False
    planning_fence: int = 0
    consume_back: int = 0
    consume_ahead: int = 0
    demand_fence: int = 0

    @property
    def real(self) -> int:
        """0 for a phantom, which has no times of its own."""
        return int(not self.phantom)


@dataclass(frozen=True, slots=True)
class Substitute:
    """What may stand in for a line's component, the lowest priority number first, then by id.

    `per` of it go into a started unit of the parent; None: as many as of the component itself.
    """

    component: str
    per: Decimal | None = None
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """`per` components per started unit of the parent; of what is issued, `scrap` is lost.

    It holds for orders of the parent released in buckets `first` to `last`, both inclusive.
    """

    parent: str
    component: str
    per: Decimal
    scrap: Decimal = ZERO
    first: int | None = None
    last: int | None = None
    substitutes: Sequence[Substitute] = ()


@dataclass(frozen=True, slots=True)
class Dated:
    """So much of an item in a bucket: a demand, a forecast, or a firm receipt."""

    item: str
    bucket: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Given:
    """All of one plan. `working` says of each bucket whether it is worked; empty: all are."""

    buckets: int
    items: Sequence[Item]
    lines: Sequence[Line] = ()
    demands: Sequence[Dated] = ()
    receipts: Sequence[Dated] = ()
    forecasts: Sequence[Dated] = ()
    working: Sequence[bool] = field(default=())
