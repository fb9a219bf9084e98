"""Random inputs of planning, small but with every rule in them."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from services.production.mrp.engine.given import Dated, Given, Item, Line, Lot, LotRule, Substitute
from services.production.mrp.engine.precedence import cycle
from shared.precedence import planned_after

BUCKETS = 12
DECIMALS = [0, 0, 1, 3]


def count(places: int, most: int = 60) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 10**places).map(lambda n: Decimal(n).scaleb(-places))


@st.composite
def items(draw: st.DrawFn, number: int) -> Item:
    places = DECIMALS[number % 4]
    lots = draw(st.lists(st.tuples(count(places, 20), st.integers(-2, BUCKETS + 2)), max_size=3))
    beside = draw(count(places, 30))
    steps = draw(
        st.one_of(count(places, 8), st.lists(count(places, 8), min_size=BUCKETS, max_size=BUCKETS))
    )
    minimum_life, safety_time = draw(st.integers(0, 2)), draw(st.sampled_from([0, 0, 1, 2]))
    multiple = draw(st.sampled_from([None, None, Decimal(5), Decimal(12)]))
    rule = LotRule(
        minimum=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(7), Decimal(25)])),
        maximum=draw(st.sampled_from([None, None, None, Decimal(36)])),
        multiple=multiple,
        periods=draw(st.sampled_from([1, 1, 2, 4])),
    )
    return Item(
        id=f"I{number}",
        decimals=places,
        on_hand=sum((quantity for quantity, _ in lots), beside),
        lots=[Lot(quantity, until) for quantity, until in lots],
        lead_time=draw(st.integers(0, 4)),
        lead_time_per_unit=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.02")])),
        safety_time=safety_time,
        safety_stock=steps,
        yield_=draw(st.sampled_from([Decimal(1), Decimal(1), Decimal("0.9"), Decimal("0.97")])),
        phantom=draw(st.sampled_from([False] * 5 + [True])),
        minimum_life=minimum_life,
        shelf_life=draw(
            st.one_of(st.none(), st.none(), st.integers(minimum_life + 2 * safety_time, 9))
        ),
        lot_rule=rule,
        working_days=draw(st.booleans()),
        planning_fence=draw(st.sampled_from([0, 0, 0, 3, BUCKETS + 1])),
    )


@st.composite
def inputs(draw: st.DrawFn) -> Given:
    size = draw(st.integers(1, 7))
    made = [draw(items(number)) for number in range(size)]
    lines = [
        Line(
            f"I{parent}", f"I{child}",
            per=draw(st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5"), Decimal("0.333")])),
            scrap=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.07")])),
            first=draw(st.sampled_from([None, None, 4])),
            last=draw(st.sampled_from([None, None, 7])),
        )
        for parent in range(size) for child in range(parent + 1, size)
        if draw(st.integers(0, 2)) == 0
    ]  # fmt: skip
    return Given(
        buckets=BUCKETS,
        items=made,
        lines=draw(with_substitutes(lines, size)),
        demands=draw(dated(made, 8)),
        receipts=draw(dated(made, 4)),
        working=draw(
            st.one_of(st.just(()), st.lists(st.booleans(), min_size=BUCKETS, max_size=BUCKETS))
        ),
    )


@st.composite
def swaps(draw: st.DrawFn) -> Given:
    """Two parents, three items they need, and well stocked ones that may stand in for these."""
    made = [draw(items(number)) for number in range(8)]
    made[2:5] = [replace(one, on_hand=Decimal(0), lots=(), phantom=False) for one in made[2:5]]
    made[5:] = [
        replace(one, on_hand=one.on_hand + 60, phantom=False, safety_stock=Decimal(2))
        for one in made[5:]
    ]
    lines = [
        Line(f"I{parent}", f"I{child}", per=draw(st.sampled_from([Decimal(1), Decimal("0.4")])))
        for parent, child in ((0, 1), (0, 2), (0, 3), (1, 3), (1, 4), (1, 5), (2, 6))
    ]
    own = made if draw(st.booleans()) else made[:2]
    wanted = draw(st.lists(one_of(own, st.integers(0, BUCKETS - 1)), min_size=4, max_size=10))
    return Given(
        buckets=BUCKETS,
        items=made,
        lines=draw(with_substitutes(lines, len(made))),
        demands=wanted,
        receipts=draw(dated(made, 4)),
    )


@st.composite
def with_substitutes(draw: st.DrawFn, lines: list[Line], size: int) -> list[Line]:
    """Some lines with substitutes, none of which waits for another in a circle."""
    found = list(lines)
    for place, line in enumerate(lines):
        for other in range(int(line.component[1:]) + 1, size):
            if draw(st.booleans()):
                continue
            one = Substitute(
                f"I{other}",
                per=draw(st.sampled_from([None, Decimal(1), Decimal(3), Decimal("0.7")])),
                priority=draw(st.integers(1, 3)),
            )
            before = found[place]
            found[place] = replace(before, substitutes=[*before.substitutes, one])
            if waits_in_a_circle(found):
                found[place] = before
    return found


def waits_in_a_circle(lines: list[Line]) -> bool:
    uses = [(o.parent, o.component, [s.component for s in o.substitutes]) for o in lines]
    names = {name for parent, component, instead in uses for name in (parent, component, *instead)}
    return bool(cycle(names, planned_after(uses)))


def dated(made: list[Item], most: int) -> st.SearchStrategy[list[Dated]]:
    return st.lists(one_of(made, st.integers(0, BUCKETS - 1)), max_size=most)


def one_of(made: list[Item], buckets: st.SearchStrategy[int]) -> st.SearchStrategy[Dated]:
    return st.sampled_from(made).flatmap(
        lambda item: st.builds(Dated, st.just(item.id), buckets, count(item.decimals, 40))
    )
