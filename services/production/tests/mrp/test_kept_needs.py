"""What a plan keeps for net change is, after any changes, what reckoning it anew gives."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.production.mrp.engine import compiled
from services.production.mrp.engine.building import build
from services.production.mrp.engine.compiled import Standing, roomier
from services.production.mrp.engine.given import Dated, Given, Item, Line
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.snapshot import Snapshot
from services.production.tests.mrp.inputs import BUCKETS as FEW
from services.production.tests.mrp.inputs import inputs, swaps
from services.production.tests.mrp.kept import check_kept
from services.production.tests.mrp.test_long_horizon import BUCKETS, ITEMS, varied

BIG = 2**31


@settings(max_examples=100, deadline=None)
@given(st.one_of(inputs(), swaps()), st.data())
def test_kept_needs_are_right_after_any_changes(asked: Given, data: st.DataObject) -> None:
    standing = Standing(build(asked))
    check_kept(standing)
    for _ in range(4):
        item = data.draw(st.integers(0, len(standing.snapshot.ids) - 1))
        if data.draw(st.booleans()):
            quantity = data.draw(st.integers(1, 30))
            standing.add_demand(item, data.draw(st.integers(0, FEW - 1)), quantity)
        else:
            standing.add_stock(item, data.draw(st.integers(0, 20)))
        check_kept(standing)


def added(standing: Standing, given: Given, chance: Random) -> Given:
    item = standing.snapshot.place(f"G{chance.randrange(ITEMS // 2):07}")
    bucket, quantity = chance.randrange(BUCKETS), chance.choice((400, 90, 7, 1))
    standing.add_demand(item, bucket, quantity)
    if chance.random() < 0.3:
        standing.add_demand(item, bucket, -quantity)
    return given


def stocked(standing: Standing, given: Given, chance: Random) -> Given:
    standing.add_stock(chance.randrange(ITEMS), chance.choice((5, 500)))
    return given


def received(standing: Standing, given: Given, chance: Random) -> Given:
    """Other receipts and another safety stock, in another snapshot of the same structure."""
    item = chance.choice(given.items[:ITEMS])
    come = Dated(item.id, chance.randrange(BUCKETS), Decimal(chance.randint(1, 900)))
    levels = replace(item, safety_stock=[Decimal(day // 50 * 9) for day in range(BUCKETS)])
    items = [levels if one.id == item.id else one for one in given.items]
    return rebased(standing, replace(given, items=items, receipts=[*given.receipts, come]), item.id)


def restructured(standing: Standing, given: Given, chance: Random) -> Given:
    """A line takes another quantity, and for other buckets."""
    place = chance.randrange(len(given.lines))
    line = given.lines[place]
    lines = list(given.lines)
    per, last = Decimal(chance.choice(("1", "0.3", "4"))), chance.randrange(9, BUCKETS)
    lines[place] = replace(line, per=per, last=last)
    return rebased(standing, replace(given, lines=lines), line.component)


def rebased(standing: Standing, given: Given, changed: str) -> Given:
    fresh, old = build(given), standing.snapshot
    fresh.extra.extend(old.extra)
    for item in range(len(fresh.ids)):
        fresh.stock[item] = old.stock[item]
    standing.rebase(fresh, np.array([fresh.place(changed)]))
    return given


Change = Callable[[Standing, Given, Random], Given]
CHANGES: tuple[Change, ...] = (added, added, stocked, received, restructured)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lacking", ["", "GROSS_MOST", "CHANGES_PER_ITEM", "ORDERS_PER_ITEM"])
def test_they_are_right_on_a_long_horizon_whatever_room_is_lacking(
    seed: int, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking:
        monkeypatch.setattr(compiled, lacking, 0)
    chance = Random(seed)
    asked = varied(chance, seed)
    standing = Standing(build(asked))
    for number in range(40):
        asked = chance.choice(CHANGES)(standing, asked, chance)
        check_kept(standing)
        if number % 20 == 19:
            standing.arena = roomier(standing.arena)
    assert bool(standing.arena.kept.all()) is (lacking != "GROSS_MOST")
    assert standing.plan.digest() == plan_by_loop(standing.snapshot).digest()


def test_a_need_of_more_than_32_bits_is_reckoned_anew_and_kept_when_it_fits_again() -> None:
    items = [Item("A"), Item("B"), Item("C", lot_rule=replace(Item("C").lot_rule, periods=3))]
    lines = [Line("A", "B", Decimal(3)), Line("B", "C", Decimal("0.5"))]
    standing = Standing(build(Given(buckets=90, items=items, lines=lines)))
    snapshot: Snapshot = standing.snapshot
    for bucket, quantity in ((70, 9), (20, BIG // 2), (60, 7), (20, 5 - BIG // 2), (60, 1)):
        standing.add_demand(0, bucket, quantity)
        check_kept(standing)
        wide = quantity == BIG // 2 or (bucket == 60 and quantity == 7)
        assert standing.arena.kept.tolist() == [1, not wide, 1]
        assert standing.plan.digest() == plan_by_loop(snapshot).digest()
