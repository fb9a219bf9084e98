"""Random inputs of planning, small but with every rule in them."""

from decimal import Decimal

from hypothesis import strategies as st

from services.production.mrp.engine.given import Dated, Given, Item, Line, Lot, LotRule

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
        lines=lines,
        demands=draw(dated(made, 8)),
        receipts=draw(dated(made, 4)),
        working=draw(
            st.one_of(st.just(()), st.lists(st.booleans(), min_size=BUCKETS, max_size=BUCKETS))
        ),
    )


def dated(made: list[Item], most: int) -> st.SearchStrategy[list[Dated]]:
    one = st.sampled_from(made).flatmap(
        lambda item: st.builds(
            Dated, st.just(item.id), st.integers(0, BUCKETS - 1), count(item.decimals, 40)
        )
    )
    return st.lists(one, max_size=most)
