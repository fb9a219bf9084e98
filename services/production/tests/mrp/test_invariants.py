"""Each invariant is seen to fail: a fault is planted in a right plan, and the check names it."""

from array import array
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from services.production.mrp.engine import invariants
from services.production.mrp.engine.building import build
from services.production.mrp.engine.given import (
    Dated,
    Given,
    Item,
    Line,
    Lot,
    LotRule,
    Substitute,
)
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.peg import Peg, pegs
from services.production.mrp.engine.plan import Plan, Planned, Take, Taken
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import ItemPlan, item_plan

D = Decimal


def right() -> tuple[Snapshot, Plan]:
    """P of M, half of which S stands in for, and of G that spoils; each with orders of its own."""
    snapshot = build(
        Given(
            buckets=8,
            items=[
                Item("P", lead_time=1, yield_=D("0.9")),
                Item("M", lead_time=1, planning_fence=1, lot_rule=LotRule(D(4), D(12), D(2))),
                Item("S", on_hand=D(9)),
                Item("G", on_hand=D(8), lots=[Lot(D(5), 1)], shelf_life=6),
            ],
            lines=[
                Line("P", "M", D(2), substitutes=[Substitute("S", D(1))]),
                Line("P", "G", D(1)),
            ],
            demands=[Dated("P", 3, D(9)), Dated("P", 6, D(18)), Dated("S", 7, D(3))],
            receipts=[Dated("G", 4, D(3))],
        )
    )
    return snapshot, plan_by_loop(snapshot)


def test_the_plan_is_right_before_anything_is_planted() -> None:
    snapshot, plan = right()
    invariants.check_plan(snapshot, plan)
    assert all(plan.count[snapshot.place(id)] for id in "PMG")
    assert plan.takes_of(snapshot.place("M"))


def planted(snapshot: Snapshot, plan: Plan, id: str, **changes: Callable[[int], int]) -> Plan:
    """The plan with the last order of an item changed."""
    other, item = Planned(), snapshot.place(id)
    for place in range(len(snapshot.ids)):
        orders = plan.of(place)
        if place == item:
            last = orders[-1]
            told = {name: change(getattr(last, name)) for name, change in changes.items()}
            orders = [*orders[:-1], last._replace(**told)]
        other.append(orders, plan.takes_of(place))
    return other.plan()


WRONG_ORDERS: list[tuple[str, dict[str, Callable[[int], int]], str]] = [
    ("M", {"need": lambda n: 0}, "M orders inside its planning fence"),
    ("P", {"need": lambda n: n - 1}, "P orders without a need in 5"),
    ("P", {"quantity": lambda n: 0}, "P orders nothing in 6"),
    ("P", {"start": lambda n: n + 1}, "P does not start what its yield asks"),
    ("M", {"quantity": lambda n: n - 1, "start": lambda n: n - 1}, "M breaks its multiple"),
    ("M", {"quantity": lambda n: 2, "start": lambda n: 2}, "M is below its minimum"),
    ("M", {"quantity": lambda n: 14, "start": lambda n: 14}, "M is above its maximum"),
    ("G", {"quantity": lambda n: n + 1, "start": lambda n: n + 1},
     "G: the orders are not those of its need"),
    ("G", {"release": lambda n: n + 1}, "G: the orders are not those of its need"),
]  # fmt: skip


@pytest.mark.req("C2")
@pytest.mark.parametrize(("id", "changes", "named"), WRONG_ORDERS)
def test_a_wrong_order_is_named(
    id: str, changes: dict[str, Callable[[int], int]], named: str
) -> None:
    snapshot, plan = right()
    with pytest.raises(AssertionError, match=named):
        invariants.check_plan(snapshot, planted(snapshot, plan, id, **changes))


def test_a_lost_order_is_named() -> None:
    snapshot, plan = right()
    other = Planned()
    for place in range(len(snapshot.ids)):
        other.append(plan.of(place)[: -1 if place == snapshot.place("G") else None],
                     plan.takes_of(place))  # fmt: skip
    with pytest.raises(AssertionError, match="G: the orders are not those of its need"):
        invariants.check_plan(snapshot, other.plan())


ROWS = [
    ("scheduled", 4, 1, "G does not balance in 4"),
    ("planned_receipts", 5, 2, "does not balance in 5"),
    ("gross", 2, 1, "does not balance in 2"),
    ("expired", 2, 1, "does not balance in 2"),
    ("projected_on_hand", 7, -1, "does not balance in 7"),
]


def changed(planned: ItemPlan, **rows: dict[int, int]) -> ItemPlan:
    """The table with some cells so much larger."""
    told: dict[str, list[int]] = {}
    for name, cells in rows.items():
        row = list(getattr(planned.rows, name))
        for bucket, more in cells.items():
            row[bucket] += more
        told[name] = row
    return replace(planned, rows=replace(planned.rows, **told))


@pytest.mark.req("C2")
@pytest.mark.parametrize(("row", "bucket", "more", "named"), ROWS)
def test_a_wrong_row_is_named(row: str, bucket: int, more: int, named: str) -> None:
    snapshot, plan = right()
    item = snapshot.place("G")
    wrong = changed(item_plan(snapshot, plan, item), **{row: {bucket: more}})
    with pytest.raises(AssertionError, match=named):
        invariants.check_balance(snapshot, plan, item, wrong)


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("cells", "named"),
    [
        # each keeps the balance, and is wrong all the same
        ({"gross": {7: 1}, "projected_on_hand": {7: -1}}, "below its safety stock in 7"),
        ({"expired": {3: -1}, "gross": {3: 1}}, "expires what is not there in 3"),
        ({"substituted": {3: 1}, "gross": {3: 1}}, "stood in for is not what was taken"),
        ({"substituted": {2: 99}, "planned_receipts": {2: -99}}, "stood in for than wanted"),
        ({"gross": {2: 1}, "planned_receipts": {2: 1}}, "is not what its parents start"),
    ],
)
def test_a_row_that_balances_may_still_be_wrong(
    cells: dict[str, dict[int, int]], named: str
) -> None:
    snapshot, plan = right()
    item = snapshot.place("G")
    wrong = changed(item_plan(snapshot, plan, item), **cells)
    with pytest.raises(AssertionError, match=named):
        invariants.check_balance(snapshot, plan, item, wrong)


def swapped(found: list[Peg]) -> list[Peg]:
    """A unit from one supply told of an order."""
    order = next(peg for peg in found if peg.supply.kind == "order")
    other = next(peg for peg in found if peg.supply.kind != "order")
    told = {id(order): order.quantity + 1, id(other): other.quantity - 1}
    return [
        peg._replace(quantity=told.get(id(peg), peg.quantity))
        for peg in found
        if told.get(id(peg), peg.quantity)
    ]


def unmet(found: list[Peg]) -> list[Peg]:
    """A use told to be waste."""
    use = next(peg for peg in found if peg.use.kind == "order")
    return [
        peg._replace(use=peg.use._replace(kind="expired")) if peg is use else peg for peg in found
    ]


def with_takes(snapshot: Snapshot, plan: Plan, takes: list[Take]) -> Plan:
    main, count = snapshot.place("M"), len(snapshot.ids)
    at, counts = array("q", [0] * count), array("q", [0] * count)
    counts[main] = len(takes)
    rows = array("q", [number for take in takes for number in take])
    return replace(plan, taken=Taken(memoryview(at), memoryview(counts), memoryview(rows)))


WRONG_TAKES: list[tuple[Callable[[Take], Take], str]] = [
    (lambda t: t._replace(substitute=0), "P may not stand in for M"),
    (lambda t: t._replace(taken=t.taken + 1), "S gives not its ratio"),
    (lambda t: t._replace(number=9), "S stands in for more of M than wanted"),
    (lambda t: t._replace(bucket=t.bucket + 1), "S stands in for more of M than wanted"),
    (lambda t: t._replace(replaced=0, taken=0), "S stands in for more of M than wanted"),
    (lambda t: t._replace(replaced=t.replaced + 6, taken=t.taken + 3),
     "S gives . that others want"),
]  # fmt: skip


@pytest.mark.req("C2")
@pytest.mark.parametrize(("change", "named"), WRONG_TAKES)
def test_a_wrong_substitution_is_named(change: Callable[[Take], Take], named: str) -> None:
    snapshot, plan = right()
    main = snapshot.place("M")
    [take] = plan.takes_of(main)
    wrong = with_takes(snapshot, plan, [change(take)])
    with pytest.raises(AssertionError, match=named):
        invariants.check_substitutes(snapshot, wrong, main)


WRONG_PEGS: list[tuple[Callable[[list[Peg]], list[Peg]], str]] = [
    (lambda found: found[:-1], "supply pegged is not what there is"),
    (lambda found: [*found, found[0]], "supply pegged is not what there is"),
    (lambda found: [*found, found[0]._replace(quantity=0)], "pegs nothing"),
    (swapped, "is pegged beyond its size"),
    (unmet, "needs pegged are not all needs"),
]  # fmt: skip


@pytest.mark.req("C2")
@pytest.mark.parametrize(("change", "named"), WRONG_PEGS)
def test_a_wrong_peg_is_named(change: Callable[[list[Peg]], list[Peg]], named: str) -> None:
    snapshot, plan = right()
    item = snapshot.place("G")
    with pytest.raises(AssertionError, match=named):
        invariants.check_pegs(snapshot, plan, item, change(pegs(snapshot, plan, item)))


@pytest.mark.req("C2")
def test_a_demand_pegged_to_a_parent_is_named() -> None:
    snapshot, plan = right()
    item = snapshot.place("P")
    found = pegs(snapshot, plan, item)
    wrong = [found[0]._replace(use=found[0].use._replace(kind="order")), *found[1:]]
    with pytest.raises(AssertionError, match="its own demand is not pegged in full"):
        invariants.check_pegs(snapshot, plan, item, wrong)
