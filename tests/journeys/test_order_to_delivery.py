"""From a hospital's order to the goods leaving, all parts on the shelf and all levels to make.

Four services over HTTP and NATS. Quality's final inspection is told here, as an event, because the
subject is how sales, production and inventory work together.
"""

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from nats.aio.client import Client

from services.production.app import SPEC
from shared.auth import mint
from shared.contracts.base import Envelope
from shared.contracts.quality.events import SourceInspected
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest, Stack, private_key

DATA = Path("demo/data/company")
KINDS = (
    *("units", "items", "work_centres", "certificates", "boms", "routings"),
    *("customers", "licences", "rates"),
)
PLANNER, MANAGER, OPERATOR, SELLER, APPROVER, WAREHOUSE, CHECKER = (
    UUID(int=number) for number in range(0xA1, 0xA8)
)
MAKE = (
    *("production.order.read", "production.order.report", "production.order.complete"),
    *("production.order.release", "production.order.release_to_stock"),
    *("production.demand.read", "production.demand.plan", "production.planned_order.release"),
    "production.planned_order.read",
)


NOUNS = ("unit", "item", "work_centre", "certificate", "bom", "routing", "customer", "rate")
IMPORT = (
    *("masterdata.import.run", "masterdata.bom.release", "masterdata.customer.license"),
    *(f"masterdata.{noun}.write" for noun in NOUNS),
)


def rows(kind: str) -> list[dict[str, str]]:
    text = (DATA / f"{kind}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


async def eventually(look: Callable[[], Awaitable[Any]], seconds: float = 20) -> Any:
    return await Stack.eventually(look, seconds)


async def load_masters(stack: Stack) -> None:
    importer = stack["masterdata"].as_user(*IMPORT)
    for kind in KINDS:
        text = (DATA / f"{kind}.csv").read_text(encoding="utf-8")
        answer = await importer.post(f"/imports/{kind}", files={"file": (f"{kind}.csv", text)})
        assert answer.status_code == 200, f"{kind}: {answer.text}"


async def load_stock(stack: Stack) -> None:
    """A thousand of every purchased part lie on the shelf."""
    keeper = stack["inventory"].as_user(
        "inventory.import.run", "inventory.place.read", "inventory.place.write"
    )
    answer = await keeper.post("/places/actions/standard", json={})
    assert answer.status_code in (200, 201), answer.text
    places: Any = (await keeper.get("/places")).json()
    bin_code = next(place["code"] for place in places["items"] if place["status"] == "released")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(
        ("item_code", "lot_number", "maker_lot", "serial", "usable_until", "bin_code", "quantity")
    )
    for item in rows("items"):
        if item["kind"] in ("raw", "purchased"):
            usable = "2035-12-31" if item["shelf_life_days"] else ""
            writer.writerow((item["code"], f"OPEN-{item['code']}", "M", "", usable, bin_code, 1000))

    told = 0

    async def imported() -> bool:
        nonlocal told
        files = {"file": ("opening.csv", table.getvalue())}
        answer = await keeper.post("/imports/opening", files=files)
        told = int(answer.headers.get("mailuo-position", "inventory:0").partition(":")[2])
        return answer.status_code == 200

    async def heard() -> bool:
        planner = stack["production"].as_user("production.approval.read")
        positions = await read(planner, "/positions")
        return bool(positions.get("inventory", 0) >= told > 0)

    await eventually(imported, 20)
    await eventually(heard, 20)


async def read(client: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code in (200, 201), f"{path}: {answer.text}"
    return answer.json()


def signed(user_id: UUID, meaning: str, documents: list[dict[str, Any]]) -> str:
    items = [
        {"id": one["id"], "version": one["version"], "hash": one["content_hash"]}
        for one in documents
    ]
    return mint(
        private_key("gateway"),
        issuer="gateway",
        subject=f"user:{user_id}",
        audience="signature:production",
        company_id=COMPANY,
        ttl=120,
        extra={"meaning": meaning, "items": items},
    )


def batch(documents: list[dict[str, Any]], signature: str | None = None) -> dict[str, Any]:
    items = [{"id": one["id"], "version": one["version"]} for one in documents]
    return {"items": items} | ({"signature": signature} if signature else {})


async def inspect(production: ServiceUnderTest, order: dict[str, Any]) -> None:
    event = SourceInspected.model_validate(
        {
            "saga_id": order["id"], "stage": "final",
            "accepted": order["good"], "conceded": 0, "rejected": 0,
        }
    )  # fmt: skip
    envelope = Envelope(
        id=new_id(), source="/quality", type=event.subject, subject=order["id"],
        time=production.app.state.clock.now(), companyid=COMPANY, sequence=1, position=1,
        actor="service:quality", data=event.model_dump(mode="json"),
    )  # fmt: skip
    async with production.session("service:production") as session:
        for reaction in SPEC.reactions:
            if reaction.event is SourceInspected:
                await reaction.run(session, event, envelope)


async def make_everything(stack: Stack) -> int:
    """Issue, make, inspect and release whatever is held, until no order is left; how many."""
    production = stack["production"]
    operator = production.as_user(*MAKE, user_id=OPERATOR)
    manager = production.as_user(*MAKE, user_id=MANAGER)
    keeper = stack["inventory"].as_user("inventory.issue.write", user_id=WAREHOUSE)
    made = 0

    async def held() -> list[dict[str, Any]] | bool:
        page = await read(operator, "/orders", state="released", material="held", size="200")
        left = await read(operator, "/orders", state="released,in_progress,completed")
        return page["items"] or (not left["total"])

    while isinstance(ready := await eventually(held, 30), list):
        ids = [order["id"] for order in cast("list[dict[str, Any]]", ready)]
        await act(keeper, "/issues/actions/issue", order_ids=ids)

        async def issued(ids: list[str] = ids) -> bool:
            shown = [await read(operator, f"/orders/{id}") for id in ids]
            return all(order["material"] == "issued" for order in shown)

        await eventually(issued, 20)
        for id in ids:
            order = await read(operator, f"/orders/{id}")
            given = {"version": order["version"], "good": order["quantity"]}
            order = await act(operator, f"/orders/{id}/actions/report_all", **given)
            order = await act(operator, f"/orders/{id}/actions/complete", version=order["version"])
            await inspect(production, order)
        done = [await read(manager, f"/orders/{id}") for id in ids]
        signature = signed(MANAGER, "batch release", done)
        await act(manager, "/orders/actions/release_to_stock", **batch(done, signature))
        made += len(ids)
    return made


async def approved_order(stack: Stack, seller: httpx.AsyncClient) -> dict[str, Any]:
    """Two ventilators for the hospital, promised by finance."""
    approver = stack["sales"].as_user("sales.order.read", "sales.order.approve", user_id=APPROVER)
    master = stack["masterdata"].as_user("masterdata.customer.read", "masterdata.item.read")
    hospital = (await read(master, "/customers", q="LH-HOSP"))["items"][0]
    vent = (await read(master, "/items", q="RW-VENT"))["items"][0]
    line = {"item_id": vent["id"], "quantity": "2", "price": "60000", "due_on": "2027-03-01"}

    async def placed() -> dict[str, Any]:
        wish = {"customer_id": hospital["id"], "lines": [line]}
        answer = await seller.post("/orders", json=wish)
        found: dict[str, Any] = answer.json() if answer.status_code == 201 else {}
        return found

    order: dict[str, Any] = await eventually(placed, 20)
    path = f"/orders/{order['id']}/actions"
    order = await act(seller, f"{path}/submit", version=order["version"])
    approved: dict[str, Any] = await act(approver, f"{path}/approve", version=order["version"])
    return approved


@pytest.mark.req("REQ-42", "REQ-53", "REQ-68")
async def test_ventilators_are_made_over_all_levels_and_leave(running: Any, broker: Client) -> None:
    async with running("masterdata", "inventory", "production", "sales") as stack:
        await load_masters(stack)
        await load_stock(stack)
        verbs = ("order.read", "order.write", "order.submit", "delivery.write", "delivery.read")
        seller = stack["sales"].as_user(*(f"sales.{verb}" for verb in verbs), user_id=SELLER)
        order = await approved_order(stack, seller)

        async def order_is(state: str) -> bool:
            return bool((await read(seller, f"/orders/{order['id']}"))["state"] == state)

        await plan_and_release(stack, order["id"])
        assert await make_everything(stack) >= 37
        await eventually(lambda: order_is("allocated"), 20)
        delivery = await act(seller, "/deliveries", order_id=order["id"])
        await send(stack, delivery)
        await eventually(lambda: order_is("shipped"), 20)
        sent = await read(seller, f"/deliveries/{delivery['id']}")
        assert (sent["state"], sent["lines"][0]["shipped"]) == ("shipped", "2")


async def plan_and_release(stack: Stack, demand_id: str) -> None:
    planner = stack["production"].as_user(*MAKE, user_id=PLANNER)

    async def raised() -> bool:
        return (await planner.get(f"/demands/{demand_id}")).status_code == 200

    await eventually(raised, 20)
    await act(planner, f"/demands/{demand_id}/actions/plan", version=1)
    planned = await read(planner, "/planned-orders", demand_id=demand_id, size="200")
    assert {one["kind"] for one in planned["items"]} == {"make"}, planned
    await act(planner, "/planned-orders/actions/release", demand_id=demand_id)
    firmed = (await read(planner, "/orders", state="firmed", size="200"))["items"]
    signature = signed(PLANNER, "production release", firmed)
    await act(planner, "/orders/actions/release", **batch(firmed, signature))


async def send(stack: Stack, delivery: dict[str, Any]) -> None:
    rights = [f"inventory.shipment.{verb}" for verb in ("read", "pick", "check", "dispatch")]
    keeper = stack["inventory"].as_user(*rights, user_id=WAREHOUSE)
    checker = stack["inventory"].as_user(*rights, user_id=CHECKER)
    path = f"/shipments/{delivery['id']}"

    async def asked() -> bool:
        return (await keeper.get(path)).status_code == 200

    await eventually(asked, 20)
    for person, verb in ((keeper, "pick"), (checker, "check"), (keeper, "dispatch")):
        version = (await read(keeper, path))["version"]
        await act(person, f"{path}/actions/{verb}", version=version)
