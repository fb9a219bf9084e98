"""The compiled engine's room for orders and substitutions: it grows where it must, and ends."""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from services.production.mrp.engine.building import build
from services.production.mrp.engine.compiled import Standing
from services.production.mrp.engine.given import Given, Item, Line, LotRule, Substitute
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.patching import orders_at, with_orders
from services.production.mrp.engine.plan import none_taken


def test_a_change_that_needs_more_room_than_all_that_there_is_ends() -> None:
    one = Item("A", lot_rule=LotRule(maximum=Decimal(1)))
    standing = Standing(build(Given(buckets=30, items=[one])))
    standing.add_demand(0, 5, 10 * len(standing.arena.need))  # an order for each
    assert standing.plan.digest() == plan_by_loop(standing.snapshot).digest()


def test_what_moves_again_and_again_does_not_grow_without_end() -> None:
    """Each demand makes one more substitution, or takes it back: what they leave is used again."""
    line = Line("P", "M", Decimal(1), substitutes=[Substitute("S")])
    items = [Item("P"), Item("M"), Item("S", on_hand=Decimal(1000))]
    standing = Standing(build(Given(buckets=30, items=items, lines=[line])))
    for number in range(2000):
        bucket, quantity = number // 2 % 30, 1 if number % 2 == 0 else -1
        standing.add_demand(0, bucket, quantity)
        del standing.snapshot.extra[: 3 * 2 * (number % 2)]  # the two cancel out
    assert standing.plan.digest() == plan_by_loop(standing.snapshot).digest()
    assert len(standing.arena.taken) <= 320
    assert len(standing.arena.need) <= 960


def test_what_no_longer_stands_in_is_taken_out_of_a_stored_plan() -> None:
    line = Line("P", "M", Decimal(1), substitutes=[Substitute("S")])
    items = [Item("P"), Item("M"), Item("S", on_hand=Decimal(1000))]
    standing = Standing(build(Given(buckets=9, items=items, lines=[line])))
    standing.add_demand(0, 5, 7)
    before, places = standing.plan, np.arange(3)
    assert any(before.taken.count)
    assert replace(before, taken=none_taken()).digest() != before.digest(), "the hash covers it"
    none = plan_by_loop(build(Given(buckets=9, items=items, lines=[line])))
    assert not len(none.taken.at)
    gone = with_orders(before, orders_at(none, places), places)
    assert gone.digest() == none.digest()
    come = with_orders(none, orders_at(before, places), places)
    assert come.digest() == before.digest()
