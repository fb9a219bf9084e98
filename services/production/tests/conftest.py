"""The people of production's tests, one small device, and what others have told of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.app import SPEC
from services.production.labels import LABELS
from services.production.tests.device import (
    MANAGER,
    MASTERS,
    OPERATOR,
    PLANNER,
    VENT,
    act_on,
    demand_body,
    inspected,
    issue,
    signature,
)
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import (
    StockReserved,
)
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

PERMISSIONS = [code for code in LABELS if code.startswith("production.")]
Hear = Callable[..., Awaitable[None]]
Put = Callable[..., Awaitable[Any]]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def production(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("production") as running:
        yield running


def without(production: ServiceUnderTest, user_id: UUID, *verbs: str) -> httpx.AsyncClient:
    rights = [code for code in PERMISSIONS if not code.endswith(verbs)]
    return production.as_user(*rights, user_id=user_id)


@pytest.fixture
def planner(production: ServiceUnderTest) -> httpx.AsyncClient:
    return without(
        production, PLANNER, ".demand.write", ".report", ".complete", ".release_to_stock"
    )


@pytest.fixture
def operator(production: ServiceUnderTest) -> httpx.AsyncClient:
    rights = ("production.order.read", "production.order.report", "production.order.complete")
    return production.as_user(*rights, user_id=OPERATOR)


@pytest.fixture
def manager(production: ServiceUnderTest) -> httpx.AsyncClient:
    rights = ("production.order.read", "production.order.release_to_stock")
    return production.as_user(*rights, user_id=MANAGER)


@pytest.fixture
def sales(production: ServiceUnderTest) -> httpx.AsyncClient:
    return production.as_service("sales")


@pytest.fixture
def hear(production: ServiceUnderTest) -> Hear:
    """Run the reactions to events, each in a transaction of its own."""
    places = count(1)

    async def hear(*events: Event, sequence: int | None = None) -> None:
        for event in events:
            async with production.session("service:production") as session:
                place = next(places)
                envelope = Envelope(
                    id=new_id(),
                    source="/test",
                    type=event.subject,
                    subject="x",
                    time=production.app.state.clock.now(),
                    companyid=COMPANY,
                    sequence=sequence or place,
                    position=place,
                    actor="service:test",
                    data=event.model_dump(mode="json"),
                )
                for reaction in SPEC.reactions:
                    if reaction.event is type(event):
                        await reaction.run(session, event, envelope)

    return hear


@pytest.fixture
async def masters(hear: Hear) -> None:
    """VENT = 2 ASSY + 3 SCREW; ASSY = 4 SCREW + 0.5 m TUBE at 10 % scrap."""
    await hear(*MASTERS)


@pytest.fixture
def make_demand(sales: httpx.AsyncClient, planner: httpx.AsyncClient) -> Make:
    """A demand for VENT, and its plan unless told otherwise."""

    async def make(*, plan: bool = True, release: bool = False, **given: Any) -> dict[str, Any]:
        id = new_id()
        answer = await sales.put(f"/demands/{id}", json=demand_body(**given))
        assert answer.status_code == 200, answer.text
        if plan or release:
            answer = await planner.post(f"/demands/{id}/actions/plan", json={"version": 1})
            assert answer.status_code == 200, answer.text
        if release:
            wish = {"demand_id": str(id)}
            answer = await planner.post("/planned-orders/actions/release", json=wish)
            assert answer.status_code == 200, answer.text
            return {"id": id, **answer.json()}
        return {"id": id, **answer.json()}

    return make


@pytest.fixture
def make_order(
    masters: None, make_demand: Make, planner: httpx.AsyncClient, hear: Hear,
    operator: httpx.AsyncClient,
) -> Make:  # fmt: skip
    """The production order of a demand for VENT, brought to a state."""

    async def make(until: str = "firmed", quantity: int = 5) -> dict[str, Any]:
        made = await make_demand(release=True, quantity=quantity)
        id = next(one["id"] for one in made["orders"] if one["item_id"] == str(VENT))
        order = (await planner.get(f"/orders/{id}")).json()
        answer = None
        if until != "firmed":
            act = {
                "version": order["version"],
                "signature": signature(PLANNER, "production release", order),
            }
            answer = await planner.post(f"/orders/{id}/actions/release", json=act)
            assert answer.status_code == 200, answer.text
        if answer and until in ("issued", "reported", "completed", "inspected"):
            await hear(StockReserved(saga_id=UUID(id), picks=()), issue(answer.json()))
        if until in ("reported", "completed", "inspected"):
            await act_on(operator, id, "report_all", good=str(quantity))
        if until in ("completed", "inspected"):
            await act_on(operator, id, "complete")
        if until == "inspected":
            await hear(inspected(id, accepted=quantity))
        shown: dict[str, Any] = (await planner.get(f"/orders/{id}")).json()
        return shown

    return make
