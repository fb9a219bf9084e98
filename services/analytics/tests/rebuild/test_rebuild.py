"""Figures equal their source, live and after a rebuild from the source's feed."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from services.analytics.tests.conftest import MAY
from services.analytics.tests.dashboard.test_routes import EXPECTED, costed, invoiced, valued
from tests.support.services import ServiceUnderTest

SPAN = "from=2026-11-01&to=2026-11-10"
SOLD = (invoiced(300), invoiced(55), costed(120), valued(1, 1000, 1), valued(2, 400, 6))
SUMS = text("""
SELECT subject, sum((line ->> 'net')::numeric) AS net, sum((line ->> 'cost')::numeric) AS cost
FROM outbox, jsonb_array_elements(CAST(body AS jsonb) -> 'lines') AS line
WHERE subject LIKE '%invoice_posted%' OR subject LIKE '%cost_of_sales%' GROUP BY subject
""")


async def tell(finance: Any, *events: Any) -> None:
    from shared.outbox import record

    async with finance.session() as session:
        for event in events:
            record(session, event)
    finance.app.state.committed(session)


async def tiles(reader: Any) -> Any:
    answer = await reader.get(f"/dashboard?{SPAN}")
    assert answer.status_code == 200, answer.text
    return {tile["code"]: tile for tile in answer.json()["tiles"]}


async def test_live_figures_equal_the_source_and_so_do_rebuilt_ones(running: Any) -> None:
    async with running("finance", "analytics") as stack:
        finance, analytics = stack["finance"], stack["analytics"]
        reader = analytics.as_user(*MAY)
        await tell(finance, *SOLD)

        async def heard() -> Any:
            return (await tiles(reader))["sales_net"]["value"] == "355"

        await stack.eventually(heard)
        async with finance.session() as session:
            source = {row.subject.split(".")[2]: row for row in await session.execute(SUMS)}
        live = await tiles(reader)
        assert live["sales_net"]["value"] == str(source["invoice_posted"].net)
        margin = live["gross_margin"]
        cost = source["cost_of_sales_posted"].cost
        assert margin["numerator"] == str(source["invoice_posted"].net - cost)
        assert live["stock_turns"]["value"] == EXPECTED["stock_turns"]

        async with analytics.session() as session:  # a read model that went wrong
            await session.execute(text("UPDATE daily_sum SET amount = 0"))
        assert not (await reader.get("/proof")).json()["proven"]
        rebuilt = await reader.post("/rebuild")
        assert rebuilt.status_code == 200, rebuilt.text
        assert rebuilt.json()["events"]["finance"] == len(SOLD)
        assert await tiles(reader) == live
        assert (await reader.get("/proof")).json()["proven"]

        await tell(finance, invoiced(45))

        async def continued() -> Any:
            return (await tiles(reader))["sales_net"]["value"] == "400"

        await stack.eventually(continued)


async def test_a_source_that_is_away_leaves_everything_as_it_was(
    service: Callable[..., Any], feed: Any
) -> None:
    await feed(*SOLD)
    analytics = feed.analytics
    peers = '{"finance": "http://127.0.0.1:9"}'
    settings = analytics.settings.model_copy(update={"peers": peers})
    analytics.app.state.settings = settings
    reader = analytics.as_user(*MAY)
    before = await tiles(reader)
    refused = await reader.post("/rebuild")
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/source-unreadable")
    assert await tiles(reader) == before
    assert before["sales_net"]["value"] == "355"


@pytest.mark.parametrize("right", ["analytics.dashboard.read", "finance.cost.read"])
async def test_rebuilding_asks_for_its_right(analytics: ServiceUnderTest, right: Any) -> None:
    assert (await analytics.as_user(right).post("/rebuild")).status_code == 403
