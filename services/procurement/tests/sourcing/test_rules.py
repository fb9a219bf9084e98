from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.procurement.sourcing.rules import Need, Offer, Paper, order_quantity, rank_sources
from shared.business_calendar import BusinessCalendar

TODAY = date(2026, 3, 1)
LICENCE = Paper("business_licence", date(2020, 1, 1), None)
NEED = Need(Decimal(10), TODAY + timedelta(30), 0, frozenset({"I-1", "purchased"}))


def offer(number: int, cost: str = "1", **changes: Any) -> Offer:
    terms: dict[str, Any] = {
        "usable": True, "locked": False, "papers": (LICENCE,), "rank": 1,
        "order_minimum": Decimal(0), "order_multiple": Decimal(0), "lead_time_days": 5,
        "price": Decimal(cost), "currency": "CNY", "rate": Decimal(1),
    }  # fmt: skip
    return Offer(UUID(int=number), UUID(int=number), **(terms | changes))


positive = st.decimals("0.01", "9999", places=2)


@pytest.mark.req("B3")
@given(positive, st.just(Decimal(0)) | positive, st.just(Decimal(0)) | positive)
def test_the_quantity_covers_need_minimum_and_multiple_and_no_more(
    needed: Decimal, minimum: Decimal, multiple: Decimal
) -> None:
    quantity = order_quantity(needed, minimum, multiple, 2)
    step = multiple or Decimal("0.01")
    assert quantity >= max(needed, minimum) > quantity - step
    assert quantity % step == 0


@pytest.mark.req("B3")
def test_the_waste_of_a_minimum_counts_against_a_low_price() -> None:
    cheap = offer(1, "0.5", order_minimum=Decimal(1000))
    best, other = rank_sources(NEED, [cheap, offer(2, "1")], TODAY)
    assert (best.offer.source_id, other.offer.source_id) == (UUID(int=2), UUID(int=1))
    assert best.score > other.score
    assert [reason.code for reason in best.because] == ["price", "time", "rank"]


@pytest.mark.req("B3")
def test_late_goods_and_foreign_prices_are_compared_in_company_currency() -> None:
    late = offer(1, "1", lead_time_days=60)
    assert rank_sources(NEED, [late, offer(2, "1")], TODAY)[0].offer.source_id == UUID(int=2)
    dollar = offer(1, "0.9", currency="USD", rate=Decimal(7))
    assert rank_sources(NEED, [dollar, offer(2, "1")], TODAY)[0].cost == Decimal(10)


@pytest.mark.req("REQ-07", "REQ-08", "REQ-09")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"usable": False}, "inactive"),
        ({"locked": True}, "locked"),
        ({"papers": ()}, "unqualified"),
        ({"papers": (Paper("business_licence", TODAY + timedelta(1), None),)}, "unqualified"),
        (
            {"papers": (Paper("business_licence", TODAY, TODAY - timedelta(1)),)},
            "unqualified",
        ),
        ({"papers": (Paper("business_licence", TODAY, None, ("I-2",)),)}, "unqualified"),
        ({"papers": (Paper("gmp", TODAY, None),)}, "unqualified"),
        ({"price": None}, "unpriced"),
        ({"rate": None}, "no_rate"),
    ],
)
def test_what_may_not_be_used_comes_last_and_says_why(changes: dict[str, Any], code: str) -> None:
    best, other = rank_sources(NEED, [offer(1, "0.01", **changes), offer(2, "9")], TODAY)
    assert (best.offer.source_id, other.eligible) == (UUID(int=2), False)
    assert [reason.code for reason in other.because] == [code]


def test_a_licence_for_the_item_alone_or_its_last_day_suffices() -> None:
    paper = Paper("business_licence", TODAY, TODAY, ("I-1",))
    assert rank_sources(NEED, [offer(1, papers=(paper,))], TODAY)[0].eligible


@pytest.mark.req("B3", "C2")
def test_lead_times_are_counted_on_the_working_calendar() -> None:
    friday = date(2026, 9, 25)
    golden_week = [date(2026, 10, day) for day in range(1, 8)]
    calendar = BusinessCalendar(frozenset(golden_week), frozenset([date(2026, 9, 27)]))
    need = Need(Decimal(10), date(2026, 10, 11), 0, frozenset({"I-1", "purchased"}))
    [ranked] = rank_sources(need, [offer(1, lead_time_days=5)], friday, calendar)
    assert ranked.due_on == date(2026, 10, 8)  # 27 (worked), 28, 29, 30 September, then the 8th
    assert ranked.order_by == date(2026, 9, 27)  # needed on a Sunday: by Friday the 9th
    [plain] = rank_sources(need, [offer(1, lead_time_days=5)], friday)
    assert plain.due_on == date(2026, 10, 2)
