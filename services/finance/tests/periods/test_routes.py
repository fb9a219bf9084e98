"""Months follow one another; a closed one takes nothing; late facts go to the first open day."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.finance.periods.rules import Period, PeriodClosed, month_of, posting_day
from services.finance.tests.conftest import CLERK, CLERK_MAY, accepted, priced
from tests.support.services import ServiceUnderTest


def last_month(day: date) -> Any:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.fixture
async def two_months(manager: httpx.AsyncClient, day: date) -> Any:
    for first in (last_month(day), day):
        answer = await manager.post("/periods", json={"first": first.isoformat()})
        assert answer.status_code == 201, answer.text
    return (await manager.get("/periods")).json()


async def test_a_month_cannot_be_skipped_or_repeated(
    manager: httpx.AsyncClient, books: dict[str, Any], day: date
) -> None:
    for first in (day, day + timedelta(days=70)):
        refused = await manager.post("/periods", json={"first": first.isoformat()})
        assert refused.json()["type"] == "/problems/period-exists"


async def test_months_follow_by_themselves_until_today(
    manager: httpx.AsyncClient, clerk: httpx.AsyncClient, feed: Any, masters: None, day: date
) -> None:
    first = last_month(last_month(day))
    await manager.post("/periods", json={"first": first.isoformat()})
    await feed(priced(day), accepted(day, 1))
    assert [one["vouchers"] for one in (await clerk.get("/periods")).json()] == [0, 0, 1]


@pytest.mark.req("REQ-78", "REQ-79")
async def test_closing_checks_and_late_facts(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    feed: Any,
    two_months: Any,
    masters: None,
    day: date,
) -> None:
    old, now = last_month(day), two_months[0]
    await feed(priced(old), accepted(old, 10))
    url = f"/periods/{now['id']}/actions/close"
    refused = (await manager.post(url, json={"version": 1})).json()
    assert (refused["type"], refused["unreviewed_vouchers"]) == ("/problems/period-not-ready", 1)
    vouchers = (await clerk.get("/vouchers?state=posted")).json()["items"]
    assert vouchers[0]["number"] == f"记-{old:%Y%m}-0001"
    items = [{"id": one["id"], "version": one["version"]} for one in vouchers]
    assert (await clerk.post("/vouchers/actions/review", json={"items": items})).status_code == 200
    closed = await manager.post(url, json={"version": 1})
    assert closed.json()["state"] == "closed", closed.text
    await feed(accepted(old, 5))
    late = (await clerk.get("/vouchers?state=posted")).json()["items"]
    assert late[0]["posted_on"] == day.replace(day=1).isoformat()
    shown = (await clerk.get(f"/vouchers/{late[0]['id']}")).json()
    assert shown["business_on"] == old.isoformat()
    locked = (await clerk.get(f"/trial-balance?period={old:%Y%m}")).json()
    assert locked["total"]["debit"] == "100"
    again = f"/periods/{now['id']}/actions/reopen"
    assert (await manager.post(again, json={"version": 2})).json()[
        "type"
    ] == "/problems/note-missing"
    assert (await manager.post(again, json={"version": 2, "note": "audit"})).json()[
        "state"
    ] == "open"
    assert (await clerk.post(again, json={"version": 3, "note": "x"})).status_code == 403


@pytest.mark.req("REQ-79")
async def test_nobody_reviews_what_they_prepared(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
) -> None:
    from uuid import UUID

    await feed(priced(day), accepted(day, 1))
    voucher = (await clerk.get("/vouchers")).json()["items"][0]
    url = f"/vouchers/{voucher['id']}/actions/review"
    buyer = finance.as_user(*CLERK_MAY, user_id=UUID(int=0xB1))
    assert (await buyer.post(url, json={"version": 1})).json()["type"] == "/problems/same-hands"
    done = await clerk.post(url, json={"version": 1})
    assert (done.json()["state"], done.json()["reviewed_by"]) == ("reviewed", f"user:{CLERK}")
    twice = await clerk.post(url, json={"version": 2})
    assert twice.json()["type"] == "/problems/action-not-allowed"


async def test_a_month_of_vouchers_is_reviewed_at_the_cost_of_two(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
    statements: Any,
) -> None:
    counts: list[int] = []
    await feed(priced(day))
    for many in (2, 20):
        await feed(*(accepted(day, 1) for _ in range(many)))
        waiting = (await clerk.get("/vouchers?state=posted&size=50")).json()["items"]
        assert len(waiting) == many
        items = [{"id": one["id"], "version": one["version"]} for one in waiting]
        with statements(finance.engine) as sent:
            answer = await clerk.post("/vouchers/actions/review", json={"items": items})
        assert {one["state"] for one in answer.json()["items"]} == {"reviewed"}, answer.text
        counts.append(len(sent))
    assert counts[0] >= counts[1], counts
    stale = await clerk.post("/vouchers/actions/review?partial=1", json={"items": items})
    assert {one["problem"]["type"] for one in stale.json()["items"]} == {"/problems/version-stale"}


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(days, st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_fact_is_posted_in_an_open_month_never_before_its_day(
    business_on: Any, opened: Any
) -> None:
    periods = [
        Period(one.period, one.first, one.last, "open" if is_open else "closed")
        for one, is_open in zip(
            (month_of(date(2026, m, 1)) for m in range(1, 13)), opened, strict=True
        )
    ]
    try:
        day, period = posting_day(business_on, periods)
    except PeriodClosed:
        assert not any(one.state == "open" and one.last >= business_on for one in periods)
        return
    assert period.state == "open"
    assert period.first <= day <= period.last
    assert day >= business_on
