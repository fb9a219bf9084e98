"""Lists cost the same number of statements however long they are."""

import httpx
import pytest

from services.sales.tests.conftest import Make
from shared.spending import spendings_of
from tests.support.services import ServiceUnderTest


@pytest.mark.parametrize("count", [2, 20])
async def test_a_list_of_orders_is_decided_within_one_budget(
    sales: ServiceUnderTest,
    make_order: Make,
    seller: httpx.AsyncClient,
    approver: httpx.AsyncClient,
    count: int,
) -> None:
    orders = [await make_order(price="100") for _ in range(count)]
    items = [{"id": order["id"], "version": 1} for order in orders]
    answer = await seller.post("/orders/actions/submit", json={"items": items})
    assert answer.status_code == 200, answer.text
    items = [{"id": one["id"], "version": one["version"]} for one in answer.json()["items"]]
    answer = await approver.post("/orders/actions/approve", json={"items": items})
    assert answer.status_code == 200, answer.text
    most = spendings_of(sales.app.state.engine).most
    assert len(most["POST /orders/actions/submit"]) == 6
    assert len(most["POST /orders/actions/approve"]) == 8
