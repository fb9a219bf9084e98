"""Quality and inventory over real NATS: an arrival is inspected, split, and found in the trace."""

from decimal import Decimal
from typing import Any

from services.quality.tests.conftest import EVERYTHING, Laboratory
from shared.contracts.masterdata.events import ItemPublished
from shared.contracts.procurement.events import ArrivalLine, GoodsArrived
from shared.ids import new_id
from shared.outbox import record


async def test_a_decision_reaches_the_shelf_and_the_graph(running: Any) -> None:
    async with running("masterdata", "procurement", "quality", "inventory") as stack:
        laboratory = Laboratory(stack["quality"])
        keeper = stack["inventory"].as_user("inventory.place.write", "inventory.stock.read")
        await keeper.post("/places/actions/standard", json={"bins": 2})
        item = await publish(stack)
        arrival = arrival_of(item, laboratory.today)

        async def opened() -> Any:
            return await laboratory.lots(arrival.arrival_id)

        async with stack["procurement"].session("service:procurement") as session:
            record(session, arrival)
        [lot] = await stack.eventually(opened)
        lot = await laboratory.look(lot)
        body = {"version": lot["version"], "accepted": "8", "rejected": "2", "reason": "划伤"}
        answer = await laboratory.decider.post(
            f"/inspections/{lot['id']}/actions/decide",
            json=body | {"signature": laboratory.sign(lot)},
        )
        assert answer.status_code == 200, answer.text

        async def split() -> Any:
            answer = await keeper.get("/stock", params={"item_id": str(item.id)})
            found = {line["quality"]: line["on_hand"] for line in answer.json()["items"]}
            return found == {"released": "8", "rejected": "2"}

        assert await stack.eventually(split)
        tracer = stack["quality"].as_user(*EVERYTHING)

        async def traced() -> Any:
            nodes = (await tracer.get("/traces", params={"lot": "J1"})).json()
            found = {(node["quality"], node["remaining"]) for node in nodes}
            return found == {("released", "8"), ("rejected", "2")}

        assert await stack.eventually(traced)


async def publish(stack: Any) -> Any:
    item = ItemPublished.model_validate(
        {
            "id": new_id(),
            "version": 1,
            "code": "J",
            "name": "Journey",
            "kind": "purchased",
            "stock_unit": "pcs",
            "decimals": 0,
            "tracking": "lot",
            "inspect_incoming": True,
            "inspect_completion": True,
        }
    )
    async with stack["masterdata"].session("service:masterdata") as session:
        record(session, item)
    return item


def arrival_of(item: Any, today: Any) -> Any:
    line = ArrivalLine(
        line_id=new_id(),
        order_line_id=new_id(),
        item_id=item.id,
        quantity=Decimal(10),
        lot_number="J1",
    )
    return GoodsArrived(
        arrival_id=new_id(),
        number="AR-1",
        order_id=new_id(),
        order_number="PO-1",
        supplier_id=new_id(),
        arrived_on=today,
        lines=(line,),
    )
