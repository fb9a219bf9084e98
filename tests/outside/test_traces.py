"""One order's story is one trace in a collector that knows nothing of us."""

from typing import Any

import pytest
from nats.aio.client import Client
from sqlalchemy import text

from gateway.identity.seed import seed
from services.sales.order_to_ship.plan import PLAN
from shared.tracing import current_traceparent, make_provider, new_traceparent
from tests.journeys.test_order_to_delivery import SELLER, act, load_masters, read
from tests.outside.collector import Collector, Span, collecting
from tests.support.services import COMPANY, Stack

MOVE = text("UPDATE app_user SET company_id = :company")  # to the company of the other tests
STACK = ("gateway", "masterdata", "sales", "inventory", "production")


@pytest.mark.req("C5")
async def test_one_order_is_one_trace_with_the_sagas_steps_named(
    running: Any, broker: Client
) -> None:
    with collecting() as spans:
        async with running(*STACK, otlp_endpoint=spans.url) as stack:
            await load_masters(stack)
            traceparent = await approve_one(stack)
            trace = traceparent.split("-")[1]
            await stack.eventually(lambda: complete(spans, trace), 20)
        story = spans.of(trace)
        ids = {span.id for span in story}
        root = traceparent.split("-")[2]
        assert all(span.parent in ids | {root} for span in story), "a thread ends in nothing"
        assert len({span.trace for span in spans}) > 1  # other requests are other traces
        relayed_once_each(story)


def relayed_once_each(story: list[Span]) -> None:
    """Each event was sent once, by its own context's relay."""
    sent = [span for span in story if span.kind == "PRODUCER"]
    for span in sent:
        context = span.attributes["messaging.destination.name"].split(".")[1]
        assert span.service.removeprefix("mailuo-") == context
        assert span.attributes["messaging.system"] == "nats"
        assert span.attributes["messaging.operation.type"] == "send"
    ids = [span.attributes["messaging.message.id"] for span in sent]
    assert len(ids) == len(set(ids)), "an event was sent twice"


async def approve_one(stack: Stack) -> str:
    """An order is approved through the gateway by a client that carries a trace."""
    master = stack["masterdata"].as_user("masterdata.customer.read", "masterdata.item.read")
    hospital = (await read(master, "/customers", q="LH-HOSP"))["items"][0]
    item = (await read(master, "/items", q="RW-VENT"))["items"][0]
    users = await seed(stack["gateway"].settings, demo=True)
    async with stack["gateway"].session() as session:
        await session.execute(MOVE, {"company": COMPANY})
    rights = [f"sales.order.{verb}" for verb in ("read", "write", "submit")]
    seller = stack["sales"].as_user(*rights, user_id=SELLER)
    approver = stack["gateway"].as_user()
    approver.headers.pop("Authorization")
    signed_in = await approver.post("/api/identity/tokens", json=users["finance_manager"])
    approver.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    line = {"item_id": item["id"], "quantity": "2", "price": "60000", "due_on": "2027-03-01"}
    wish = {"customer_id": hospital["id"], "lines": [line]}

    async def placed() -> dict[str, Any]:
        answer = await seller.post("/orders", json=wish)
        return answer.json() if answer.status_code == 201 else {}

    order: dict[str, Any] = await stack.eventually(placed, 20)
    path = f"/orders/{order['id']}/actions"
    order = await act(seller, f"{path}/submit", version=order["version"])
    approver.headers["traceparent"] = new_traceparent()
    await act(approver, f"/api/sales{path}/approve", version=order["version"])
    return approver.headers["traceparent"]


def complete(spans: Collector, trace: str) -> bool:
    """Requests, the saga's first steps, and each event that was heard as well as sent."""
    told = {span.attributes.get("messaging.destination.name") for span in spans.of(trace)}
    heard = {span.name.partition(" hears ")[2] for span in spans.of(trace)} - {""}
    story = {(span.service.removeprefix("mailuo-"), span.name) for span in spans.of(trace)}
    steps = [f"{PLAN.name}: {step.name}" for step in PLAN.steps if step.ask is not None][:2]
    wanted = [
        *(("sales", step) for step in steps),
        ("sales", "publish erp.sales.order_approved.v1"),
        ("inventory", "publish erp.inventory.reservation_answered.v1"),
        ("production", "production hears erp.inventory.reservation_answered.v1"),
        ("gateway", "gateway hears erp.sales.order_approved.v1"),
    ]
    services = {service for service, _ in story}
    return (
        heard <= told
        and set(wanted) <= story
        and services >= {"gateway", "sales", "inventory", "production"}
    )


def test_tracing_costs_nothing_when_nobody_listens() -> None:
    assert make_provider("mailuo-sales", "") is None
    assert not current_traceparent()
