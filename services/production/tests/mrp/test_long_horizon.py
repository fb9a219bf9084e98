"""Net change over a horizon of many kept balances, where orders stand in places of their own."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from services.production.mrp.engine.building import build
from services.production.mrp.engine.compiled import Standing, plan_compiled, roomier
from services.production.mrp.engine.generated import generated
from services.production.mrp.engine.given import Given, Item, Substitute
from services.production.mrp.engine.kernel import STEP
from services.production.mrp.engine.loop import plan_by_loop

BUCKETS = 7 * STEP - 3
ITEMS = 120


@pytest.mark.parametrize("seed", range(6))
def test_net_change_gives_what_regeneration_gives_after_any_bucket(seed: int) -> None:
    """Also where a parent's releases do not ascend, a line ends, a part spoils or stands in."""
    chance = Random(seed)
    standing = Standing(build(varied(chance, seed)))
    snapshot = standing.snapshot
    for number in range(60):
        item = snapshot.place(f"G{chance.randrange(ITEMS // 2):07}")
        bucket, quantity = chance.randrange(BUCKETS), chance.choice((400, 90, 7, 1))
        standing.add_demand(item, bucket, quantity)
        if number % 3 == 0:  # and take it back: fewer orders, then more again
            standing.add_demand(item, bucket, -quantity)
        if number % 20 == 19:
            standing.arena = roomier(standing.arena)
        regenerated = plan_compiled(snapshot)
        for place, id in enumerate(snapshot.ids):
            assert standing.plan.of(place) == regenerated.of(place), (number, id)
    assert standing.plan.digest() == plan_by_loop(snapshot).digest()


def varied(chance: Random, seed: int) -> Given:
    given = generated(ITEMS, BUCKETS, tangled=True, seed=seed)
    items = list(given.items)
    for place in chance.sample(range(ITEMS), 40):
        kind = place % 4
        items[place] = (
            replace(items[place], lead_time_per_unit=Decimal("0.03")),
            replace(items[place], working_days=True),
            replace(items[place], shelf_life=40),
            replace(items[place], planning_fence=20),
        )[kind]
    lines = [
        replace(line, last=BUCKETS // 2) if chance.random() < 0.1 else line for line in given.lines
    ]
    place = chance.randrange(len(lines))
    lines[place] = replace(lines[place], substitutes=[Substitute("Z")])
    items.append(Item("Z", on_hand=Decimal(3000)))
    working = [day % 7 < 5 for day in range(BUCKETS)]
    return replace(given, items=items, lines=lines, working=working)


def test_what_grows_again_takes_no_more_room() -> None:
    """What moved once has places to spare, and keeps those that it gives up for a while."""
    standing = Standing(build(generated(ITEMS, BUCKETS, tangled=True)))
    item = standing.snapshot.place("G0000003")

    def change(quantity: int) -> int:
        standing.add_stock(item, quantity)
        return int(standing.arena.tally[0])

    change(-900)
    change(900)
    used = change(-900)
    assert [change(900), change(-900)] == [used, used]
