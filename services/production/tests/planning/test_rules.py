from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.production.planning.rules import (
    ItemHasNoBom,
    ItemNotActive,
    Line,
    Material,
    Need,
    NetPlan,
    StructureCircular,
    order_size,
    plan_demand,
)

TOP, LEFT, RIGHT, PART, WIRE = (UUID(int=number) for number in range(1, 6))
DAY = date(2026, 6, 1)
MATERIALS = {
    TOP: Material(TOP, "TOP", made=True, decimals=0, lead_time_days=3),
    LEFT: Material(LEFT, "LEFT", made=True, decimals=0, lead_time_days=2),
    RIGHT: Material(RIGHT, "RIGHT", made=True, decimals=0, lead_time_days=1),
    PART: Material(
        PART, "PART", made=False, decimals=0, lead_time_days=10,
        order_minimum=Decimal(20), order_multiple=Decimal(10),
    ),
    WIRE: Material(WIRE, "WIRE", made=False, decimals=3),
}  # fmt: skip
STRUCTURES = {
    TOP: [Line(LEFT, Decimal(1)), Line(RIGHT, Decimal(2)), Line(PART, Decimal(1))],
    LEFT: [Line(RIGHT, Decimal(1)), Line(PART, Decimal(4))],
    RIGHT: [Line(PART, Decimal(2)), Line(WIRE, Decimal("0.3"), Decimal("0.1"))],
}


def plan(quantity: int = 5, free: dict[UUID, int] | None = None) -> NetPlan:
    needs = [Need(TOP, Decimal(quantity), DAY, f"SO-1 × {quantity}", "SO-1")]
    supply = {id: Decimal(pieces) for id, pieces in (free or {}).items()}
    return plan_demand(needs, MATERIALS, STRUCTURES, supply)


def quantities(result: NetPlan) -> dict[UUID, Decimal]:
    return {order.item_id: order.quantity for order in result.orders}


def test_every_level_is_netted_once_and_parents_are_merged() -> None:
    result = plan(5)
    # RIGHT: 2 × 5 for TOP and 1 × 5 for LEFT; PART: 5 + 20 + 30 = 55, in tens from twenty on.
    expected = {TOP: 5, LEFT: 5, RIGHT: 15, PART: 60, WIRE: 5}
    assert quantities(result) == {id: Decimal(value) for id, value in expected.items()}
    assert [order.level for order in result.orders] == [0, 1, 2, 3, 3]


def test_lead_times_add_up_over_the_levels() -> None:
    days = {order.item_id: (order.start_on, order.needed_on) for order in plan().orders}
    assert days[TOP] == (DAY - timedelta(3), DAY)
    assert days[LEFT] == (DAY - timedelta(5), DAY - timedelta(3))
    assert days[RIGHT] == (DAY - timedelta(6), DAY - timedelta(5))
    assert days[PART] == (DAY - timedelta(16), DAY - timedelta(6))


def test_free_stock_of_an_assembly_saves_its_parts() -> None:
    result = plan(5, {RIGHT: 15})
    assert RIGHT not in quantities(result)
    assert WIRE not in quantities(result)
    assert quantities(result)[PART] == 30
    assert result.draws == {RIGHT: Decimal(15)}


def test_stock_of_the_top_item_ends_the_plan() -> None:
    result = plan(5, {TOP: 9})
    assert result.orders == []
    assert result.draws == {TOP: Decimal(5)}


def test_what_others_lack_is_never_used() -> None:
    assert quantities(plan(5, {TOP: -7}))[TOP] == 5


def test_safety_stock_is_not_drawn() -> None:
    safe = Material(TOP, "TOP", made=True, decimals=0, safety_stock=Decimal(3))
    needs = [Need(TOP, Decimal(5), DAY, "")]
    result = plan_demand(needs, {**MATERIALS, TOP: safe}, STRUCTURES, {TOP: Decimal(4)})
    assert quantities(result)[TOP] == 4


def test_the_reason_names_the_order_and_the_parents() -> None:
    wire = next(order for order in plan().orders if order.item_id == WIRE)
    assert wire.reason == "5 → SO-1 > TOP > RIGHT × 15"


def test_a_made_item_without_structure_is_named() -> None:
    bare = {id: lines for id, lines in STRUCTURES.items() if id != RIGHT}
    with pytest.raises(ItemHasNoBom) as refused:
        plan_demand([Need(TOP, Decimal(1), DAY, "")], MATERIALS, bare, {})
    assert refused.value.members == {"item": "RIGHT"}


def test_a_circle_is_refused() -> None:
    circle = {**STRUCTURES, RIGHT: [Line(LEFT, Decimal(1))]}
    with pytest.raises(StructureCircular):
        plan_demand([Need(TOP, Decimal(1), DAY, "")], MATERIALS, circle, {})


def test_an_idle_item_is_refused() -> None:
    idle = {**MATERIALS, PART: Material(PART, "PART", made=False, decimals=0, active=False)}
    with pytest.raises(ItemNotActive):
        plan_demand([Need(TOP, Decimal(1), DAY, "")], idle, STRUCTURES, {})


@given(
    st.decimals("0.001", 10_000, places=3),
    st.decimals(0, 500, places=0),
    st.decimals(0, 500, places=0),
)
def test_a_purchase_covers_the_need_by_the_least_allowed_size(
    missing: Decimal, minimum: Decimal, multiple: Decimal
) -> None:
    item = Material(
        PART, "PART", made=False, decimals=3, order_minimum=minimum, order_multiple=multiple
    )
    size = order_size(item, missing)
    assert size >= max(missing, minimum)
    if multiple:
        assert size % multiple == 0
        assert size - multiple < max(missing, minimum)


@given(
    st.integers(1, 200), st.dictionaries(st.sampled_from(list(MATERIALS)), st.integers(-50, 500))
)
def test_what_is_drawn_and_ordered_covers_what_parents_take(
    quantity: int, free: dict[UUID, int]
) -> None:
    """Conservation: no need is counted twice, none is lost, whatever lies on the shelf."""
    result = plan(quantity, free)
    ordered = quantities(result)
    gross: dict[UUID, Decimal] = {TOP: Decimal(quantity)}
    for parent, lines in STRUCTURES.items():
        for line in lines:
            if line.item_id != WIRE:
                taken = ordered.get(parent, Decimal(0)) * line.quantity
                gross[line.item_id] = gross.get(line.item_id, Decimal(0)) + taken
    for item_id, wanted in gross.items():
        drawn = result.draws.get(item_id, Decimal(0))
        assert drawn <= max(free.get(item_id, 0), 0)
        if MATERIALS[item_id].made:
            assert drawn + ordered.get(item_id, Decimal(0)) == wanted
        else:
            assert drawn + ordered.get(item_id, Decimal(0)) >= wanted
