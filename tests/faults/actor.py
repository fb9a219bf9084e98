"""One process of a crash test: it tells, relays or hears, and stops where the test asks it to.

`hold <place>` through its pipe arms a place: when it is reached, the actor says how many events are
in flight there and waits for `go`, which disarms all places — or for kill -9. The options `inbox`,
`fence` and `resync` switch a guarantee off: a campaign that does not miss it proves nothing.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from shared import deliveries
from shared.broker import connect
from shared.clock import Clock
from shared.contracts.masterdata.events import SupplierPublished
from shared.database import AsyncSession
from shared.events import react_to
from shared.ids import derived_id
from shared.outbox import Teller, flush_events, record
from shared.settings import ServiceSettings
from tests.faults.held import HeldConsumer, HeldRelay
from tests.faults.tables import COMPANY, HEARER, SOURCE, keep

ACT = text("SELECT begin_command('user:faults', CAST(:company AS uuid), '', '', NULL, '')")
CHORE = text("INSERT INTO chore (id, company_id) VALUES (:id, :company) ON CONFLICT DO NOTHING")


@dataclass(frozen=True)
class Options:
    database_url: str
    nats_url: str
    nats_seed: str
    events: int = 2000
    aggregates: int = 20
    size: int = 20  # events of one transaction
    pause: float = 0.01  # seconds between two transactions
    inbox: bool = True
    fence: bool = True
    resync: bool = True


class Gate:
    """Where the test can stop the actor."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self._armed: set[str] = set()
        self._go = asyncio.Event()

    def obey(self) -> None:
        """Follow the test's orders; end with the test."""
        try:
            while self.pipe.poll():
                order = str(self.pipe.recv()).split()
                if order[0] == "hold":
                    self._armed.add(order[1])
                else:
                    self._armed.clear()
                    self._go.set()
        except (EOFError, OSError):
            os._exit(1)

    async def reach(self, place: str, in_flight: int) -> None:
        if place in self._armed:
            self._armed.discard(place)
            self._go.clear()
            self.pipe.send(in_flight)
            await self._go.wait()


async def everything_is_new(session: Any, consumer: str, told: Sequence[Any]) -> set[Any]:
    """The planted fault: no inbox."""
    return {one.id for one in told}


async def tell_all(gate: Gate, options: Options) -> None:
    """Tell every event exactly once, however often the database goes away meanwhile."""
    engine = create_async_engine(options.database_url, pool_size=1)
    for chore in range(options.events // options.size):
        while True:
            stands = await told(engine, gate, options, chore)
            await asyncio.sleep(options.pause)
            if stands:
                break
    await engine.dispose()


async def told(engine: Any, gate: Gate, options: Options, chore: int) -> bool:
    """One transaction: its number and its events. False when it has to be tried again.

    A transaction whose commit was not answered may stand: its number tells on the next try.
    """
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            session.info["teller"] = Teller(SOURCE, "user:faults", COMPANY, "00-ab-cd-01")
            await session.execute(ACT, {"company": COMPANY})
            done: Any = await session.execute(CHORE, {"id": chore, "company": COMPANY})
            if done.rowcount == 0:
                return True
            for event in events_of(options, chore):
                record(session, event)
            await flush_events(session)
            await gate.reach("before_commit", options.size)
    except (DBAPIError, OSError):
        return False
    return True


def events_of(options: Options, chore: int) -> list[SupplierPublished]:
    """The chore's events; an aggregate's version counts its events from 1."""
    first = chore * options.size
    return [
        SupplierPublished(
            id=derived_id(COMPANY, str(place % options.aggregates)),
            version=place // options.aggregates + 1,
            code="S",
            name="Lab",
            currency="CNY",
            payment_days=30,
            qualifications=(),
        )
        for place in range(first, first + options.size)
    ]


async def act(role: str, options: Options, pipe: Connection) -> None:
    gate = Gate(pipe)
    asyncio.get_running_loop().add_reader(pipe.fileno(), gate.obey)
    if not options.inbox:
        setattr(deliveries, "note_heard", everything_is_new)  # noqa: B010 - a planted fault
    pipe.send(role)
    if role == "teller":
        await tell_all(gate, options)
        return
    settings = ServiceSettings(
        context=SOURCE if role == "relay" else HEARER,
        database_url=options.database_url,
        nats_url=options.nats_url,
        nats_seed=options.nats_seed,
        signing_key="",
        trust="",
    )
    nc = await connect(settings)
    if role == "relay":
        relay = HeldRelay(options.database_url, nc, SOURCE)
        relay.gate, relay.guards = gate, options
        await relay.run()
        return
    engine = create_async_engine(options.database_url, pool_size=2)
    reactions = (react_to(SupplierPublished, keep),)
    consumer = HeldConsumer(engine, nc, HEARER, SOURCE, reactions, Clock(), first_delay=0.05)
    consumer.gate = gate
    await consumer.run()


def play(role: str, options: dict[str, Any], pipe: Connection, log: str) -> None:
    """A process's whole life; its output goes to `log`."""
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    asyncio.run(act(role, Options(**options), pipe))
