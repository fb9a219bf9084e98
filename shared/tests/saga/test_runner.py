"""Sagas on PostgreSQL: started once, leased once, overtaken, refused, cancelled, parked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from shared.client import Peers
from shared.clock import Clock
from shared.contracts.base import Answer
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import Teller, flush_events
from shared.platform_tables import SagaLog, SagaRow
from shared.saga import Call, Plan, Step
from shared.saga_runner import SagaRunner
from shared.saga_store import cancel, signal, start
from tests.support.services import COMPANY

RESERVED, SHIPPED = "erp.inventory.reserved.v1", "erp.inventory.shipped.v1"


class Ended(Answer):
    subject: ClassVar[str] = "erp.platform.saga_ended.v1"
    aggregate: ClassVar[str] = "saga_id"

    completed: bool


PLAN = Plan(
    name="lab",
    steps=(
        Step(
            "reserve",
            ask=Call("inventory", "PUT", "/reservations/{id}"),
            until=RESERVED,
            undo=Call("inventory", "DELETE", "/reservations/{id}"),
            body=lambda data: {"quantity": data["quantity"]},
        ),
        Step(
            "ship",
            ask=Call("inventory", "PUT", "/shipments/{id}"),
            until=SHIPPED,
            refusals=frozenset({"/problems/not-shippable"}),
        ),
    ),
    ended=lambda saga_id, completed, _data: Ended(saga_id=saga_id, completed=completed),
)


class Participant:
    """The service on the other side: answers as it is told, remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.overtake: Callable[[], Any] | None = None
        self.app = FastAPI()
        self.app.add_api_route(
            "/{path:path}", self.take, methods=["PUT", "DELETE"], include_in_schema=False
        )

    async def take(self, request: Request) -> Response:
        kind = f"{request.method} {request.url.path.split('/')[1]}"
        self.asked.append(kind)
        if self.overtake is not None:
            await self.overtake()
        status, problem = self.answers.get(kind, (200, ""))
        return JSONResponse({"type": problem} if problem else {}, status)


class Lab:
    def __init__(self, engine: AsyncEngine, peers: Peers, participant: Participant) -> None:
        self.engine, self.peers, self.participant = engine, peers, participant

    def runner(self) -> SagaRunner:
        plans = {PLAN.name: PLAN}
        return SagaRunner(self.engine, "platform", plans, self.peers, lambda _: None, Clock())

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            session.info["teller"] = Teller("platform", "user:1", COMPANY)
            yield session
            await flush_events(session)

    async def begin(self) -> UUID:
        id = new_id()
        async with self.session() as session:
            await start(session, PLAN, id, {"quantity": "5"})
        return id

    async def tell(self, id: UUID, subject: str) -> None:
        async with self.session() as session:
            await signal(session, PLAN, id, subject, {})

    async def look(self, id: UUID) -> SagaRow:
        async with AsyncSession(self.engine) as session:
            return await session.get_one(SagaRow, id)

    async def due_now(self) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE saga SET due_at = now() WHERE due_at IS NOT NULL")
            )

    async def told(self) -> list[bool]:
        async with AsyncSession(self.engine) as session:
            found = await session.execute(text("SELECT body FROM outbox ORDER BY position"))
            return [body["completed"] for body in found.scalars()]


@pytest.fixture
async def lab(database: Any, settings_for: Any) -> AsyncIterator[Lab]:
    participant = Participant()
    peers = Peers(settings_for("platform", peers='{"inventory": "http://inventory"}'))
    await peers.http.aclose()
    peers.http = httpx.AsyncClient(transport=httpx.ASGITransport(participant.app))
    yield Lab(database("platform"), peers, participant)
    await peers.close()


async def test_a_saga_runs_to_its_end_and_tells_it(lab: Lab) -> None:
    id, runner = await lab.begin(), lab.runner()
    await runner.send_due()
    await lab.tell(id, RESERVED)
    await runner.send_due()
    await lab.tell(id, SHIPPED)
    assert (await lab.look(id)).phase == "done"
    assert lab.participant.asked == ["PUT reservations", "PUT shipments"]
    assert await lab.told() == [True]


async def test_starting_twice_starts_once(lab: Lab) -> None:
    id = await lab.begin()
    async with lab.session() as session:
        await start(session, PLAN, id, {"quantity": "9"})
    assert (await lab.look(id)).data == {"quantity": "5"}


async def test_two_runners_send_a_due_call_once(lab: Lab) -> None:
    await lab.begin()
    await asyncio.gather(lab.runner().send_due(), lab.runner().send_due())
    assert lab.participant.asked == ["PUT reservations"]


async def test_an_event_that_overtakes_its_answer_wins(lab: Lab) -> None:
    id = await lab.begin()
    lab.participant.overtake = lambda: lab.tell(id, RESERVED)
    await lab.runner().send_due()
    lab.participant.overtake = None
    row = await lab.look(id)
    assert (row.phase, row.step) == ("asking", 1)


async def test_a_service_that_is_down_leaves_the_call_due_and_says_why(lab: Lab) -> None:
    lab.participant.answers["PUT reservations"] = (503, "/problems/database-busy")
    id = await lab.begin()
    await lab.runner().send_due()
    row = await lab.look(id)
    assert (row.phase, row.attempts) == ("asking", 1)
    assert row.problem is not None
    assert row.problem["type"] == "/problems/database-busy"
    assert row.due_at is not None


async def test_only_a_declared_refusal_turns_back(lab: Lab) -> None:
    id, runner = await lab.begin(), lab.runner()
    await runner.send_due()
    await lab.tell(id, RESERVED)
    lab.participant.answers["PUT shipments"] = (403, "/problems/permission-missing")
    await runner.send_due()
    assert (await lab.look(id)).phase == "asking"
    lab.participant.answers["PUT shipments"] = (409, "/problems/not-shippable")
    await lab.due_now()
    await runner.send_due()
    await runner.send_due()
    assert (await lab.look(id)).phase == "rejected"
    assert lab.participant.asked[-1] == "DELETE reservations"
    assert await lab.told() == [False]


async def test_cancelling_undoes_and_ends(lab: Lab) -> None:
    id, runner = await lab.begin(), lab.runner()
    await runner.send_due()
    async with lab.session() as session:
        await cancel(session, PLAN, id, "the customer gave up")
    await runner.send_due()
    assert lab.participant.asked == ["PUT reservations", "DELETE reservations"]
    assert (await lab.look(id)).phase == "rejected"


async def test_a_refused_undo_stays_due_for_a_person(lab: Lab) -> None:
    id, runner = await lab.begin(), lab.runner()
    await runner.send_due()
    lab.participant.answers["DELETE reservations"] = (409, "/problems/too-late")
    async with lab.session() as session:
        await cancel(session, PLAN, id, "the customer gave up")
    await runner.send_due()
    row = await lab.look(id)
    assert (row.phase, row.due_at is not None) == ("undoing", True)


async def test_a_signal_before_the_start_is_parked_and_counts(lab: Lab) -> None:
    id = new_id()
    await lab.tell(id, RESERVED)
    async with lab.session() as session:
        await start(session, PLAN, id, {"quantity": "5"})
    await lab.runner().send_due()
    row = await lab.look(id)
    assert (row.phase, row.step) == ("asking", 1)


async def test_a_signal_and_a_start_that_commit_side_by_side_still_meet(lab: Lab) -> None:
    id, runner = new_id(), lab.runner()
    async with lab.session() as starting:
        await start(starting, PLAN, id, {"quantity": "5"})
        await lab.tell(id, RESERVED)  # neither sees the other
    assert (await lab.look(id)).heard == []
    assert await runner.hear_missed() == 1
    assert await runner.hear_missed() == 0
    assert (await lab.look(id)).step == 1


async def test_repeated_and_unknown_signals_are_logged_and_change_nothing(lab: Lab) -> None:
    id = await lab.begin()
    for subject in (SHIPPED, SHIPPED, "erp.inventory.unknown.v1"):
        await lab.tell(id, subject)
    row = await lab.look(id)
    assert (row.phase, row.step, row.heard) == ("asking", 0, [SHIPPED])
    async with AsyncSession(lab.engine) as session:
        causes = (
            await session.execute(select(col(SagaLog.cause)).order_by(col(SagaLog.id)))
        ).scalars()
        assert list(causes) == ["started", SHIPPED, SHIPPED, "erp.inventory.unknown.v1"]
