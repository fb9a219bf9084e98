"""The columnar snapshot and the compiled messages against the reference, rule for rule."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import hypothesis
import pytest

from services.production.mrp.engine.building import build
from services.production.mrp.engine.columnar import snapshot_of
from services.production.mrp.engine.everything import all_messages, check_all_bounds, row_of
from services.production.mrp.engine.faults import (
    PlanningCycle,
    PlanningItemUnknown,
    PlanningSubstituteCycle,
)
from services.production.mrp.engine.generated import generated
from services.production.mrp.engine.given import Dated, Given, Item, Line, LotRule, Substitute
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.messages import messages
from services.production.mrp.engine.mps import available_to_promise, unconsumed
from services.production.mrp.engine.packing import Stored, packed, unpacked
from services.production.mrp.engine.timeline import item_plan
from services.production.tests.mrp.inputs import swaps
from services.production.tests.mrp.tables import rows_from

MANY = hypothesis.settings(max_examples=60, deadline=None)


@pytest.mark.req("C2")
@pytest.mark.parametrize("tangled", [False, True])
def test_tables_and_a_callers_input_give_the_same_plan_and_the_same_messages(tangled: bool) -> None:
    from services.production.mrp.engine.compiled import Standing

    given = generated(400, 120, tangled=tangled)
    named = snapshot_of(rows_from(given), 120, [])
    standing = Standing(named.snapshot, check_all_bounds)
    assert standing.plan.digest() == plan_by_loop(build(given)).digest()
    expected = [
        row_of(item, one)
        for item in range(400)
        for one in messages(named.snapshot, item, item_plan(named.snapshot, standing.plan, item))
    ]
    said = all_messages(standing)
    assert sorted(tuple(row) for row in said.tolist()) == sorted(expected)
    stored = unpacked(packed(Stored(named, standing.plan, said)))
    again, plan = stored.named, stored.plan
    assert stored.said is not None
    assert (stored.said == said).all()
    assert again.snapshot.digest() == named.snapshot.digest()
    assert plan.digest() == standing.plan.digest()


@pytest.mark.req("C2")
def test_a_phantom_is_blown_through_and_double_lines_are_one() -> None:
    given = Given(
        buckets=9,
        items=[Item("A"), Item("P", phantom=True), Item("C")],
        lines=[
            Line("A", "P", Decimal(2)), Line("P", "C", Decimal("1.5")), Line("A", "C", Decimal(1)),
            Line("A", "C", Decimal("0.5")),
        ],
    )  # fmt: skip
    named = snapshot_of(rows_from(given), 9, [])
    assert named.snapshot.used == build(given).used
    assert named.snapshot.used.numerator.tolist() == [9]  # 2 × 1.5 + 1 + 0.5 = 9/2
    assert named.snapshot.used.denominator.tolist() == [2]


@pytest.mark.req("C2")
@MANY
@hypothesis.given(swaps())
def test_substitutes_of_tables_and_of_a_callers_input_are_one(asked: Given) -> None:
    plain = [
        replace(one, decimals=0, on_hand=Decimal(int(one.on_hand)), lots=(), safety_time=0,
                lead_time_per_unit=Decimal(0), minimum_life=0, shelf_life=None, working_days=False,
                safety_stock=Decimal(2), lot_rule=LotRule(multiple=Decimal(5)),
                demand_fence=0, consume_back=0, consume_ahead=0)
        for one in asked.items
    ]  # fmt: skip
    whole = [
        [Dated(one.item, one.bucket, Decimal(int(one.quantity))) for one in rows]
        for rows in (asked.demands, asked.receipts)
    ]
    given = replace(asked, items=plain, demands=whole[0], receipts=whole[1])
    one, other = build(given), snapshot_of(rows_from(given), given.buckets, []).snapshot
    assert (one.used, one.alternates) == (other.used, other.alternates)
    assert one.level == other.level
    assert plan_by_loop(one).digest() == plan_by_loop(other).digest()


def test_substitutes_that_wait_for_one_another_are_named() -> None:
    items = [Item("A"), Item("B"), Item("C")]
    lines = [
        Line("A", "B", Decimal(1), substitutes=[Substitute("C")]),
        Line("A", "C", Decimal(1), substitutes=[Substitute("B")]),
    ]
    with pytest.raises(PlanningSubstituteCycle) as caught:
        snapshot_of(rows_from(Given(5, items, lines)), 5, [])
    around = [str(UUID(bytes=name.rjust(16, b"\0"))) for name in (b"B", b"C", b"B")]
    assert caught.value.members["path"] in (around, [around[1], around[0], around[1]])


def test_cycles_and_strangers_are_named() -> None:
    items = [Item("A"), Item("B")]
    circle = Given(5, items, [Line("A", "B", Decimal(1)), Line("B", "A", Decimal(1))])
    with pytest.raises(PlanningCycle) as caught:
        snapshot_of(rows_from(circle), 5, [])
    path = caught.value.members["path"]
    assert path[0] == path[-1]
    assert len(path) == 3
    with pytest.raises(PlanningItemUnknown) as unknown:
        snapshot_of(rows_from(Given(5, items, [Line("A", "Z", Decimal(1))])), 5, [])
    assert unknown.value.members["item"] == str(UUID(bytes=b"Z".rjust(16, b"\0")))


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("orders", "back", "ahead", "fence", "left"),
    [
        ([], 0, 0, 0, [20, 20, 20]),
        ([(5, 8)], 0, 0, 0, [20, 12, 20]),  # its own day
        ([(5, 28)], 5, 0, 0, [12, 0, 20]),  # the rest backward, as far as the window
        ([(5, 28)], 4, 5, 0, [20, 0, 12]),  # nothing within four days back: forward
        ([(5, 48)], 5, 5, 0, [0, 0, 12]),  # backward first, then forward
        ([(5, 90)], 5, 5, 0, [0, 0, 0]),  # more than was foreseen: the forecasts are gone
        ([(5, 8)], 0, 0, 6, [0, 0, 20]),  # inside the demand fence only orders count
    ],
)
def test_orders_consume_forecasts(
    orders: list[tuple[int, int]], back: int, ahead: int, fence: int, left: list[int]
) -> None:
    """Derived by hand from the backward-then-forward rule of common MRP texts."""
    found = unconsumed([(0, 20), (5, 20), (10, 20)], orders, back, ahead, fence)
    assert [quantity for _, quantity in found] == left


@pytest.mark.req("E5")
def test_a_promise_never_breaks_a_later_one() -> None:
    # Cumulative balance 10, 7, 27, 2, 2: two may be promised at once, whatever stands between.
    assert available_to_promise([10, 0, 20, 0, 0], [0, 3, 0, 25, 0]) == [2, 2, 2, 2, 2]
    assert available_to_promise([5, 0, 9], [6, 0, 0]) == [0, 0, 8]
