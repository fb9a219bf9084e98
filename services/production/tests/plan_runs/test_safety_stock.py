"""Stock below its minimum is bought by the plan, once; a second source would buy it twice."""

from decimal import Decimal

import httpx
import pytest
from sqlalchemy import text

from services.production.tests.conftest import Hear
from services.production.tests.device import SCREW, item, stock
from services.production.tests.plan_runs.test_runs import Run, ask, listed, run
from shared.contracts.production.events import PlannedPurchasesReleased
from tests.support.services import ServiceUnderTest

__all__ = ["run"]


@pytest.mark.req("B1")
async def test_stock_below_its_minimum_is_bought_once_and_says_why(
    run: Run, hear: Hear, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    """25 screws are there, 30 must be: 20, the smallest order. What is on its way counts."""
    terms = {"order_minimum": Decimal(20), "safety_stock": Decimal(30), "version": 2}
    await hear(item(SCREW, "SCREW", "purchased", **terms), stock(SCREW, "25"))
    for released in (1, 0):
        done = await run()
        table = await ask(planner, done, f"items/{SCREW}")
        assert [one["quantity"] for one in table["orders"]] == ["20"] * released
        publish = f"/planning/runs/{done['id']}/actions/publish"
        await planner.post(publish, json={"days": 60})
        orders = await listed(planner)
        assert len(orders) == released
        if orders:
            pegs = (await ask(planner, done, f"pegging/{SCREW}"))["pegs"]
            whys = [(one["supply"]["kind"], one["use"]["kind"], one["quantity"]) for one in pegs]
            assert whys == [("stock", "stock", "25"), ("order", "stock", "20")]
            for purchases in (1, 0):
                wish = {"ids": list(orders)}
                answer = await planner.post("/planned-orders/actions/release", json=wish)
                assert answer.json()["purchases"] == purchases, answer.text
    async with production.session() as session:
        told = text("SELECT body->'lines'->0->>'reason' FROM outbox WHERE subject = :subject")
        asked = {"subject": PlannedPurchasesReleased.subject}
        reasons = list((await session.execute(told, asked)).scalars())
    assert reasons == ["safety stock 安全库存 × 20"]
