"""Masterdata told over NATS becomes what procurement buys by."""

from typing import Any

import pytest

from services.procurement.tests.conftest import BUYS

WRITES = [f"masterdata.{noun}.write" for noun in ("unit", "item", "supplier", "source")]


@pytest.mark.req("B3")
async def test_a_source_entered_in_masterdata_is_bought_from(running: Any) -> None:
    async with running("masterdata", "procurement") as stack:
        admin = stack["masterdata"].as_user(*WRITES, "masterdata.supplier.qualify")
        buyer = stack["procurement"].as_user(*BUYS)
        await admin.post("/units", json={"code": "pcs", "name": "piece"})
        item = {"code": "I1", "name": "Valve", "kind": "purchased", "stock_unit": "pcs"}
        item_id = (await admin.post("/items", json=item)).json()["id"]
        supplier = (await admin.post("/suppliers", json={"code": "S1", "name": "S"})).json()
        paper = {"supplier_code": "S1", "kind": "business_licence", "number": "1"}
        await admin.post("/suppliers/qualifications", json=paper | {"valid_from": "2020-01-01"})
        source = {"item_code": "I1", "supplier_code": "S1", "price": "3", "order_minimum": "5"}
        assert (await admin.post("/sources", json=source)).status_code == 201

        need = {"item_id": item_id, "quantity": "2", "needed_on": "2099-01-01", "reason": "test"}

        async def raised() -> Any:
            answer = await buyer.post("/requisitions", json=need)
            return answer.status_code == 201 and answer.json()

        row = await stack.eventually(raised)

        async def proposed() -> Any:
            found = (await buyer.get(f"/requisitions/{row['id']}/sources")).json()
            return [one for one in found if one["eligible"]]

        (best,) = await stack.eventually(proposed)
        assert (best["supplier_id"], best["order_quantity"]) == (supplier["id"], "5")
        assert (best["price"], best["cost"]) == ("3", "15")
