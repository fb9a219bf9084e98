"""Structures to measure with: modular ones (families sharing bought parts) and tangled ones."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from services.production.mrp.engine.given import Dated, Given, Item, Line, LotRule

LEVELS = 8
FAMILY = 500  # items: so that structures of all sizes are of one shape
SHARED_FROM = 7  # from this level on parts are bought, and shared by all families
RULES = (
    LotRule(),
    LotRule(multiple=Decimal(500)),
    LotRule(minimum=Decimal(1000), multiple=Decimal(50)),
    LotRule(periods=14),
    LotRule(periods=30),
)
LEADS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60)


def generated(items: int, buckets: int, *, tangled: bool, seed: int = 1) -> Given:
    """A plan of so many items over eight levels, five to six edges each; by its seed alone.

    With yields, safety stocks, lot rules, firm receipts, and demand for end items every ten days.
    """
    chance = Random(seed)  # noqa: S311 - to measure with
    made = [item_at(number, items, chance) for number in range(items)]
    return Given(
        buckets=buckets,
        items=made,
        lines=list(edges(items, chance, tangled=tangled)),
        demands=list(demands(items, buckets, chance)),
        receipts=[
            Dated(item.id, chance.randrange(buckets), Decimal(chance.randint(10, 500)))
            for item in made
            if chance.random() < 0.3  # noqa: PLR2004 - share of items with an open order
        ],
    )


def level_of(number: int, items: int) -> int:
    return number * LEVELS // items


def item_at(number: int, items: int, chance: Random) -> Item:
    bought = level_of(number, items) >= SHARED_FROM
    return Item(
        id=f"G{number:07}",
        on_hand=Decimal(chance.randint(0, 2000)),
        lead_time=chance.choice(LEADS if bought else LEADS[:5]),
        safety_stock=Decimal(chance.choice((0, 0, 20, 100))),
        yield_=Decimal(chance.choice(("1", "1", "1", "0.98", "0.95"))),
        lot_rule=RULES[number % len(RULES)],
    )


def edges(items: int, chance: Random, *, tangled: bool) -> Iterator[Line]:
    """Five components per item below the top; in a modular structure of the item's family."""
    seen = set[tuple[int, int]]()
    step = items // LEVELS
    families = max(min(items // FAMILY, step), 1)
    for child in range(step, items):
        level = level_of(child, items)
        for _ in range(6):
            parent = chance.randrange((level - 1) * step, level * step) if level > 1 else (
                chance.randrange(step)
            )  # fmt: skip
            if not tangled and level < SHARED_FROM:
                parent += (child - parent) % families
                parent -= families if parent >= level * step else 0
            if parent >= 0 and (parent, child) not in seen and level_of(parent, items) < level:
                seen.add((parent, child))
                per = chance.choice(("1", "1", "1", "2", "3", "0.5"))
                yield Line(f"G{parent:07}", f"G{child:07}", Decimal(per))


def demands(items: int, buckets: int, chance: Random) -> Iterator[Dated]:
    """End items are wanted every ten days, every tenth other item as a spare part."""
    for number in range(items):
        top = level_of(number, items) == 0
        if not top and number % 10:
            continue
        for bucket in range(chance.randrange(7), buckets, 10 if top else 45):
            yield Dated(f"G{number:07}", bucket, Decimal(chance.randint(1, 20)))
