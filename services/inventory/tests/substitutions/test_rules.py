from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.holdings.rules import Share, Substitute, Wish, fraction_of
from services.inventory.moves.rules import Free, StockMissing
from services.inventory.reservations.rules import allot, shortage
from services.inventory.substitutions.rules import (
    Chosen,
    DoesNotFit,
    Line,
    SubstituteNotAllowed,
    counted,
    picked_anew,
)

TODAY, ASKED = date(2026, 3, 1), datetime(2026, 2, 1, tzinfo=UTC)
MAIN, FIRST, SECOND, OTHER = (UUID(int=number) for number in range(1, 5))
CODES = {MAIN: "MAIN", FIRST: "FIRST", SECOND: "SECOND", OTHER: "OTHER"}
BIN = UUID(int=99)


def by(item_id: UUID, quantity: str = "1", instead_of: str = "1") -> Substitute:
    return Substitute(item_id, Decimal(quantity), 0, Decimal(instead_of), 0)


def wish(quantity: int, *substitutes: Substitute, item_id: UUID = MAIN, number: int = 50) -> Wish:
    line = UUID(int=number)
    return Wish(line, line, item_id, Decimal(quantity), TODAY, 0, ASKED, substitutes)


def free(item_id: UUID, quantity: int, number: int) -> Free:
    part = UUID(int=number)
    return Free(part, BIN, item_id, part, f"L{number}", "", None, Decimal(quantity))


def said(shares: Sequence[Share]) -> list[tuple[int, int, str | None]]:
    """(part, quantity, what it serves)."""
    return [
        (one.of.part_id.int, int(one.quantity), None if one.serves is None else str(one.serves))
        for one in shares
    ]


@pytest.mark.req("C2", "F5")
def test_what_the_item_lacks_its_substitutes_serve_by_priority_in_their_proportion() -> None:
    line = wish(10, by(FIRST, "2"), by(SECOND, "1", "3"))
    stock = [free(MAIN, 3, 11), free(FIRST, 5, 12), free(SECOND, 9, 13)]
    shares = allot([line], stock, TODAY)
    assert said(shares) == [(11, 3, None), (12, 4, "2"), (13, 2, "5")]
    assert not shortage([line], shares)


def test_lots_of_a_substitute_make_whole_units_together() -> None:
    shares = allot([wish(2, by(FIRST, "2.5"))], [free(FIRST, 2, 11), free(FIRST, 4, 12)], TODAY)
    assert said(shares) == [(11, 2, "0.800000"), (12, 3, "1.200000")]


def test_who_needs_an_item_comes_before_those_that_it_stands_in_for() -> None:
    early, own = wish(4, by(FIRST)), wish(3, item_id=FIRST, number=51)
    shares = allot([early, own], [free(FIRST, 5, 11)], TODAY)
    assert [(one.wish, int(one.counts)) for one in shares] == [(own, 3), (early, 2)]


@pytest.mark.req("C2", "REQ-44")
def test_what_is_chosen_comes_first_and_the_rest_of_what_was_held() -> None:
    line = wish(5, by(FIRST, "2"))
    held = [Share(line, free(MAIN, 5, 11), Decimal(5))]
    chosen = [Chosen(line.line_id, UUID(int=12), FIRST, Decimal(4))]
    anew = picked_anew(Line(line, held), chosen, {(UUID(int=12), BIN): free(FIRST, 9, 12)}, CODES)
    assert said(anew) == [(12, 4, "2"), (11, 3, None)]


@pytest.mark.parametrize(
    ("item_id", "quantity", "refusal"),
    [
        (OTHER, 1, SubstituteNotAllowed),
        (FIRST, 3, DoesNotFit),  # one and a half
        (FIRST, 12, DoesNotFit),  # six, where five are wanted
        (MAIN, 6, DoesNotFit),
        (FIRST, 14, StockMissing),
    ],
)
def test_what_does_not_serve_the_line_is_refused(
    item_id: UUID, quantity: int, refusal: type[Exception]
) -> None:
    line = wish(5, by(FIRST, "2"))
    chosen = [Chosen(line.line_id, UUID(int=12), item_id, Decimal(quantity))]
    shelf = {(UUID(int=12), BIN): free(item_id, 13, 12)}
    with pytest.raises(refusal) as refused:
        picked_anew(Line(line, ()), chosen, shelf, CODES)
    if isinstance(refused.value, SubstituteNotAllowed):
        assert refused.value.members["allowed"] == ["MAIN", "FIRST"]
    if isinstance(refused.value, DoesNotFit):
        assert refused.value.members["fitting"] == {3: 2, 12: 10, 6: 5}[quantity]


def test_a_part_that_is_held_and_chosen_is_not_taken_twice() -> None:
    line = wish(10, by(FIRST))
    held = [
        Share(line, free(MAIN, 5, 11), Decimal(5)),
        Share(line, free(FIRST, 5, 12), Decimal(5), Decimal(5)),
    ]
    chosen = [Chosen(line.line_id, UUID(int=11), MAIN, Decimal(8))]
    anew = picked_anew(Line(line, held), chosen, {(UUID(int=11), BIN): free(MAIN, 3, 11)}, CODES)
    assert said(anew) == [(11, 8, None), (12, 2, "2")]


numbers = st.sampled_from(("0.3", "0.5", "1", "2", "2.5", "3"))
substitutes = st.lists(
    st.builds(by, st.sampled_from((FIRST, SECOND)), numbers, numbers), max_size=2
)
lines = st.lists(
    st.tuples(st.sampled_from((MAIN, FIRST, SECOND)), st.integers(1, 9), substitutes), max_size=4
)
stocks = st.lists(st.tuples(st.sampled_from((MAIN, FIRST, SECOND)), st.integers(0, 9)), max_size=6)


@given(lines, stocks, st.integers(1, 9))
def test_nothing_is_given_twice_whole_units_are_served_and_nothing_is_wasted(
    lines: list[tuple[UUID, int, list[Substitute]]], stocks: list[tuple[UUID, int]], chosen: int
) -> None:
    wishes = [wish(n, *subs, item_id=id, number=50 + at) for at, (id, n, subs) in enumerate(lines)]
    stock = [free(id, n, 10 + at) for at, (id, n) in enumerate(stocks)]
    before = {one.part_id: one.quantity for one in stock}
    shares = allot(wishes, stock, TODAY)
    left = shortage(wishes, shares)
    for one in stock:
        given_away = sum(share.quantity for share in shares if share.of.part_id == one.part_id)
        assert given_away + one.quantity == before[one.part_id]
        assert one.quantity >= 0
    for line in wishes:
        mine = [share for share in shares if share.wish is line]
        served = counted(mine)
        assert served == served.to_integral_value()
        assert served + left.get(line.line_id, 0) == line.missing
        for sub in line.substitutes:
            some = [share for share in mine if share.of.item_id == sub.item_id != line.item_id]
            if len({sub.item_id for sub in line.substitutes}) == len(line.substitutes):
                assert sum(share.quantity for share in some) == sub.takes(counted(some))
    again(wishes, shares, stock, chosen)


def again(
    wishes: Sequence[Wish], shares: Sequence[Share], stock: Sequence[Free], chosen: int
) -> None:
    """Any line may choose anew of any part: no more is taken than stands there."""
    for line in wishes:
        held = [share for share in shares if share.wish is line]
        for part in stock:
            own = sum(share.quantity for share in held if share.of.part_id == part.part_id)
            shelf = {(part.part_id, BIN): free(part.item_id, int(part.quantity), part.part_id.int)}
            one = Chosen(line.line_id, part.part_id, part.item_id, Decimal(chosen))
            try:
                anew = picked_anew(Line(line, held), [one], shelf, CODES)
            except (SubstituteNotAllowed, DoesNotFit, StockMissing):
                continue
            taken = sum(share.quantity for share in anew if share.of.part_id == part.part_id)
            assert chosen <= taken <= part.quantity + own
            assert counted(anew) <= line.missing


def test_part_of_a_substitute_counts_in_proportion() -> None:
    assert fraction_of(None, Decimal(1), Decimal(3)) is None
    assert fraction_of(Decimal(2), Decimal(1), Decimal(3)) == Decimal("0.666666")
    assert fraction_of(Decimal(2), Decimal(3), Decimal(3)) == 2
