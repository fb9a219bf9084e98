"""From orders, operations and calendars to a shop, and back to hours of the day. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.production.scheduling.engine.faults import ScheduleTooLong, TooManyOperations
from services.production.scheduling.engine.shop import Centre, Job, Shop, Task

OPERATIONS_MAX = 20_000
BACK, AHEAD = 366, 1100  # calendar days before and after a window's first that are looked at


class ReadOrder(NamedTuple):
    """An order as it stands; `waits` for its material, so that it cannot begin before its day."""

    id: UUID
    kind: str  # production_order, planned_order
    number: str
    item_id: UUID
    quantity: Decimal  # what is still made
    version: int
    start_on: date
    due_on: date
    waits: bool
    demand_id: UUID | None


class ReadOperation(NamedTuple):
    order_id: UUID
    operation: int
    name: str
    work_centre_id: UUID
    setup_minutes: Decimal
    run_minutes: Decimal  # per stock unit


class ReadCentre(NamedTuple):
    id: UUID
    units: int
    minutes: int  # of a working day
    efficiency: Decimal


class Need(NamedTuple):
    """An order still waits for an item."""

    order_id: UUID
    item_id: UUID


@dataclass(frozen=True, slots=True)
class ReadShop:
    """What the service's tables say of a window; operations in order."""

    orders: Sequence[ReadOrder]
    operations: Sequence[ReadOperation]
    needs: Sequence[Need]
    centres: Mapping[UUID, ReadCentre]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days that are worked around a window's first, as its start was asked.

    `working` has a 1 for each worked day from `BACK` days before `first` on; `begins` is the first
    minute of the first worked day that is still to come.
    """

    first: date
    working: str
    opens: time
    zone: str
    begins: int = 0
    dates: tuple[date, ...] = field(default=())

    def __post_init__(self) -> None:
        ahead = enumerate(self.working[BACK:])
        worked = tuple(self.first + timedelta(days=n) for n, one in ahead if one == "1")
        object.__setattr__(self, "dates", worked)

    @classmethod
    def of(cls, stored: Mapping[str, Any], first: date) -> "WorkingDays":
        opens = time.fromisoformat(stored["opens"])
        return cls(first, stored["working"], opens, stored["zone"], stored["begins"])

    def last(self, day: date) -> int:
        """The place of the last worked day up to this one; the first's is 0, the one before -1.

        A free day counts as the worked day before it: what is due on Saturday is due on Friday.
        """
        after = BACK + max(-BACK, min((day - self.first).days + 1, AHEAD))
        if after >= BACK:
            return self.working[BACK:after].count("1") - 1
        return -self.working[after:BACK].count("1") - 1

    def begin_at(self, day: int, minute: int) -> datetime:
        """The instant so many minutes after the opening of the worked day at a place."""
        if day >= len(self.dates):
            raise ScheduleTooLong(days=AHEAD)
        opens = datetime.combine(self.dates[day], self.opens, ZoneInfo(self.zone))
        return (opens + timedelta(minutes=minute)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """A shop with the documents behind it: orders by job, operations by job and task."""

    shop: Shop
    orders: tuple[ReadOrder, ...]
    operations: tuple[tuple[ReadOperation, ...], ...]
    days: WorkingDays
    without_routing: int
    unknown_centres: int

    def begins(self, at: int) -> datetime:
        return self.days.begin_at(*divmod(at, self.shop.day))

    def ends(self, at: int) -> datetime:
        day, minute = divmod(at - 1, self.shop.day)
        return self.days.begin_at(day, minute + 1)


def minutes_of(operation: ReadOperation, quantity: Decimal, efficiency: Decimal) -> int:
    """Set-up and run of what is made, at the centre's efficiency; whole minutes, at least one."""
    standard = operation.setup_minutes + operation.run_minutes * quantity
    return max(1, int((standard / efficiency).to_integral_value(ROUND_CEILING)))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a schedule was asked for: `finite` centres have units, the others none.

    No finite ones named: all have. Orders that `weights` does not name weigh 1.
    """

    finite: Collection[UUID] = ()
    weights: Mapping[UUID, int] = field(default_factory=dict[UUID, int])


def window_of(read: ReadShop, days: WorkingDays, wishes: Wishes) -> Window:
    """The shop of a window.

    What waits for material begins no earlier than its order's day, and after the orders of the same
    demand that make its components. An order is due on the evening of its day. A day that is free
    counts as the worked day before it.
    """
    by_order: defaultdict[UUID, list[ReadOperation]] = defaultdict(list)
    for one in read.operations:
        by_order[one.order_id].append(one)
    orders = sorted((one for one in read.orders if by_order[one.id]), key=lambda one: one.id)
    if (count := sum(len(by_order[one.id]) for one in orders)) > OPERATIONS_MAX:
        raise TooManyOperations(operations=count, most=OPERATIONS_MAX)
    named = sorted({one.work_centre_id for order in orders for one in by_order[order.id]})
    found = [read.centres.get(id, ReadCentre(id, 1, 480, Decimal(1))) for id in named]
    day = max([one.minutes for one in found], default=1)
    finite = set(wishes.finite or named)
    links = links_of(orders, read.needs)
    jobs = tuple(
        Job(
            str(order.id),
            max(days.last(order.start_on) * day if order.waits else 0, days.begins),
            (days.last(order.due_on) + 1) * day,
            wishes.weights.get(order.id, 1),
            tasks_of(order, by_order[order.id], found),
            links[place],
        )
        for place, order in enumerate(orders)
    )
    centres = tuple(
        Centre(str(one.id), one.units if one.id in finite else 0, one.minutes) for one in found
    )
    operations = tuple(tuple(by_order[order.id]) for order in orders)
    without = sum(1 for one in read.orders if not by_order[one.id])
    unknown = sum(1 for id in named if id not in read.centres)
    return Window(Shop(day, centres, jobs), tuple(orders), operations, days, without, unknown)


def tasks_of(
    order: ReadOrder, operations: Sequence[ReadOperation], centres: Sequence[ReadCentre]
) -> tuple[Task, ...]:
    """The order's operations at the places of their centres, in whole minutes."""
    places = {centre.id: place for place, centre in enumerate(centres)}
    placed = [(one, places[one.work_centre_id]) for one in operations]
    return tuple(
        Task(one.operation, at, minutes_of(one, order.quantity, centres[at].efficiency))
        for one, at in placed
    )


def links_of(orders: Sequence[ReadOrder], needs: Sequence[Need]) -> list[tuple[int, ...]]:
    """The places of the orders, of the same demand, that make what each order waits for."""
    makers: defaultdict[tuple[UUID, UUID], list[int]] = defaultdict(list)
    for place, order in enumerate(orders):
        if order.demand_id is not None:
            makers[order.demand_id, order.item_id].append(place)
    wanted: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for need in needs:
        wanted[need.order_id].add(need.item_id)
    return [
        tuple(
            sorted(
                place
                for item in wanted[order.id]
                if order.demand_id is not None
                for place in makers[order.demand_id, item]
            )
        )
        for order in orders
    ]


def calendar_of(works: Sequence[bool], opens: time, zone: str, begins: int) -> dict[str, Any]:
    """A calendar as a schedule stores it: days from `BACK` before its first on."""
    working = "".join(str(int(one)) for one in works)
    return {"working": working, "opens": opens.isoformat(), "zone": zone, "begins": begins}
