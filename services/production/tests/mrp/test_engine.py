"""What holds for every plan, on random structures; and both engines give the same."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.production.mrp.engine import compiled
from services.production.mrp.engine.building import build
from services.production.mrp.engine.compiled import Standing, plan_compiled
from services.production.mrp.engine.dating import dated
from services.production.mrp.engine.given import (
    LOT_FOR_LOT,
    Dated,
    Given,
    Item,
    Line,
    LotRule,
    Substitute,
)
from services.production.mrp.engine.invariants import check_plan
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.messages import messages
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.timeline import item_plan
from services.production.tests.mrp.inputs import BUCKETS, inputs, swaps

ANY = st.one_of(inputs(), swaps())
MANY = settings(max_examples=100, deadline=None)


@MANY
@given(ANY)
def test_nothing_is_lost_doubled_or_ordered_without_a_need(asked: Given) -> None:
    snapshot = build(asked)
    plan = plan_by_loop(snapshot)
    check_plan(snapshot, plan)
    for item in range(len(snapshot.ids)):
        messages(snapshot, item, item_plan(snapshot, plan, item))


@MANY
@given(ANY)
def test_start_and_release_follow_from_need_and_quantity(asked: Given) -> None:
    snapshot = build(asked)
    plan = plan_by_loop(snapshot)
    count, need, quantity = (np.asarray(one) for one in (plan.count, plan.need, plan.quantity))
    again = dated(snapshot, count, need, quantity, plan.taken)
    assert again.digest() == plan.digest()


@MANY
@given(ANY)
def test_the_compiled_engine_gives_what_the_reference_gives(asked: Given) -> None:
    snapshot = build(asked)
    loop, kernel = plan_by_loop(snapshot), plan_compiled(snapshot)
    for item, id in enumerate(snapshot.ids):
        assert kernel.of(item) == loop.of(item), id
    assert kernel.digest() == loop.digest()


@MANY
@given(ANY, st.data())
def test_net_change_gives_what_regeneration_gives(asked: Given, data: st.DataObject) -> None:
    standing = Standing(build(asked))
    snapshot = standing.snapshot
    for _ in range(3):
        item = data.draw(st.integers(0, len(snapshot.ids) - 1))
        if data.draw(st.booleans()):
            standing.add_demand(item, data.draw(st.integers(0, BUCKETS - 1)), 30)
        else:
            standing.add_stock(item, data.draw(st.integers(0, 20)))
        assert standing.plan.digest() == plan_by_loop(snapshot).digest()
        assert standing.plan.digest() == plan_compiled(snapshot).digest()


def test_net_change_forgets_what_stood_in_before() -> None:
    """M takes 9 of 10 S, N the last; planned anew, M must find all 10 free again."""
    standing = Standing(
        build(
            Given(
                buckets=6,
                items=[Item("P"), Item("M"), Item("N"), Item("S", on_hand=Decimal(10))],
                lines=[
                    Line("P", "M", Decimal(1), substitutes=[Substitute("S", Decimal(3))]),
                    Line("P", "N", Decimal(1), substitutes=[Substitute("S")]),
                ],
                demands=[Dated("P", 1, Decimal(1)), Dated("P", 3, Decimal(4))],
            )
        )
    )
    snapshot = standing.snapshot
    main = snapshot.place("M")
    assert [take.taken for take in standing.plan.takes_of(main)] == [3, 6]
    standing.add_demand(snapshot.place("P"), 2, 2)
    assert [take.bucket for take in standing.plan.takes_of(main)] == [1, 2]
    assert standing.plan.digest() == plan_by_loop(snapshot).digest()


@MANY
@given(inputs(), st.integers(2, 6), st.data())
def test_net_change_keeps_only_what_a_later_need_cannot_reach(
    asked: Given, periods: int, data: st.DataObject
) -> None:
    gathering = [
        replace(item, lot_rule=LotRule(periods=periods), shelf_life=None, lots=(), minimum_life=0)
        for item in asked.items
    ]
    lines = [Line(one.id, other.id, Decimal(2)) for one, other in pairwise(asked.items)]
    standing = Standing(build(replace(asked, items=gathering, lines=lines)))
    for _ in range(4):
        bucket, quantity = data.draw(st.integers(0, BUCKETS - 1)), data.draw(st.integers(1, 30))
        standing.add_demand(0, bucket, quantity)
        for place, digest in enumerate(by_item(plan_by_loop(standing.snapshot))):
            assert by_item(standing.plan)[place] == digest, standing.snapshot.ids[place]


def by_item(plan: Plan) -> list[bytes]:
    return [plan.digests([item]) for item in range(len(plan.count))]


@MANY
@given(ANY, st.integers())
def test_the_order_of_the_input_changes_nothing(asked: Given, seed: int) -> None:
    chance = Random(seed)

    def shuffled(values: Any) -> Any:
        return chance.sample(list(values), len(values))

    other = replace(
        asked,
        items=shuffled([replace(item, lots=shuffled(item.lots)) for item in asked.items]),
        lines=shuffled(asked.lines),
        demands=shuffled(asked.demands),
        receipts=shuffled(asked.receipts),
    )
    one, two = build(asked), build(other)
    assert one.digest() == two.digest()
    assert plan_by_loop(one).digest() == plan_by_loop(two).digest()


@MANY
@given(ANY, st.integers(1, 40))
def test_more_stock_never_means_more_lot_for_lot(asked: Given, more: int) -> None:
    plain = [
        replace(item, lot_rule=LOT_FOR_LOT, shelf_life=None, lots=(), yield_=Decimal(1))
        for item in asked.items
    ]
    richer = [replace(plain[0], on_hand=plain[0].on_hand + more), *plain[1:]]

    def ordered(items: Any) -> int:
        snapshot = build(replace(asked, items=items, lines=()))
        return sum(o.quantity for i in range(len(items)) for o in plan_by_loop(snapshot).of(i))

    assert ordered(richer) <= ordered(plain)


@settings(max_examples=20, deadline=None)
@given(asked=ANY)
def test_the_arena_grows_when_it_is_full(asked: Given) -> None:
    snapshot = build(asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "ORDERS_PER_ITEM", 0)
        assert plan_compiled(snapshot).digest() == plan_by_loop(snapshot).digest()
