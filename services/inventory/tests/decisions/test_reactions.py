from decimal import Decimal
from typing import Any

import pytest

from services.inventory.decisions.commands import hear_decisions
from services.inventory.tests.conftest import ask, decision_of
from shared.ids import new_id


@pytest.mark.req("REQ-59", "E3")
async def test_a_signed_list_takes_as_many_statements_as_one_decision(warehouse: Any) -> None:
    """Half of the goods are waited for, some are split; the statements do not grow with them."""
    counts: list[Any] = []
    for size in (1, 24):
        heard: list[Any] = []
        items: list[Any] = []
        for _ in range(size):
            items.append(await warehouse.make_item())
            event = await warehouse.arrive(items[-1], "10")
            heard.append(decision_of(event, "6", "1", "3", warehouse.today))
            wish = ask(items[-1], "4", warehouse.today)
            answer = await warehouse.production.put(f"/reservations/{new_id()}", json=wish)
            assert answer.json()["state"] == "waiting"
        with warehouse.service.counted() as seen:
            async with warehouse.service.session("service:inventory") as session:
                await hear_decisions(session, heard)
        counts.append(len(seen))
        for item in items:
            figures = await warehouse.figures(item)
            assert (figures["usable"], figures["reserved"]) == (Decimal(7), Decimal(4))
    assert counts[0] == counts[1] <= 19, counts
    await warehouse.balanced()
    async with warehouse.service.session("service:inventory") as session:
        await hear_decisions(session, heard)  # twice is calm
    assert (await warehouse.figures(items[0]))["usable"] == Decimal(7)


async def test_put_aways_are_confirmed_in_few_statements(warehouse: Any) -> None:
    counts: list[Any] = []
    for size in (1, 12):
        for _ in range(size):
            await warehouse.stock(await warehouse.make_item())
        tasks = (await warehouse.worker.get("/put-aways", params={"state": "open"})).json()["items"]
        body = {"items": [{"id": one["id"], "version": one["version"]} for one in tasks]}
        with warehouse.service.counted() as seen:
            answer = await warehouse.worker.post("/put-aways/actions/confirm", json=body)
        assert [one["state"] for one in answer.json()["items"]] == ["done"] * size
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 10, counts
    again = await warehouse.worker.post("/put-aways/actions/confirm", json=body)
    assert again.json()["type"] == "/problems/version-stale"
    assert again.json()["document_id"] == body["items"][0]["id"]
    await warehouse.balanced()
