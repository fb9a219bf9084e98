"""Real processes killed with kill -9 at the worst moments: nothing lost, doubled or reordered.

Each kill waits until the victim says how many events are in flight at that very place; the
numbers are printed at the end of the run. `FAULTS=full` kills more often among more events.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local.place import private_path
from tests.faults.stage import Actor, Engines, Run
from tests.support.servers import clear

FULL = os.environ.get("FAULTS") == "full"
EVENTS = 20_000 if FULL else 2_000
KILLS = 10 if FULL else 4
FEW = 400  # enough to show that a missing guarantee is missed
WINDOW_SECONDS = 0.1  # the broker's own deduplication must not be what saves us

Say = Callable[[str], None]
Staged = Callable[[int], AbstractAsyncContextManager[Run]]


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    home = Path(tempfile.mkdtemp(prefix=f"mailuo-test-{os.getpid()}-faults-"))
    home.chmod(0o755)  # PostgreSQL's account passes through it
    try:
        found = Engines.start(home)
        yield found
        found.stop()
    finally:
        clear(home)
        assert not private_path(home).exists()


@pytest.fixture
def staged(engines: Engines) -> Staged:
    @asynccontextmanager
    async def stage(events: int) -> AsyncIterator[Run]:
        run = Run(engines, events)
        await run.prepare(WINDOW_SECONDS)
        try:
            yield run
        finally:
            await run.stop()

    return stage


@pytest.fixture
def say(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Say:
    """Print a kill, here and in the run's summary."""

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        record_property("crash", f"{request.node.name}: {line}")

    return tell


async def kill_consumers(run: Run, say: Say, kills: int, **options: bool) -> None:
    """Kill -9 between commit and acknowledgement, and a new process each time."""
    for number in range(kills):
        consumer = await run.start("consumer", **options)
        consumer.arm("committed")
        in_flight = await consumer.held()
        await consumer.kill()
        say(f"kill {number + 1}: consumer, {in_flight} events committed and not acknowledged")
        assert in_flight > 0
    await run.start("consumer", **options)


async def kill_leaders(run: Run, say: Say, kills: int, **options: bool) -> None:
    """Kill -9 of the leader between publish and mark; the second replica takes over."""
    replicas = [await run.start("relay", **options) for _ in range(2)]
    for relay in replicas:
        relay.arm("published")
    await run.start("teller")
    for number in range(kills):
        leader, in_flight = await first_held(replicas)
        await asyncio.sleep(2 * WINDOW_SECONDS)  # past the broker's own deduplication
        await leader.kill()
        say(f"kill {number + 1}: leading relay, {in_flight} events published and not marked")
        assert in_flight > 0
        replicas.remove(leader)
        replicas.append(await run.start("relay", **options))
        if number + 1 < kills:
            replicas[-1].arm("published")
    for relay in replicas:
        relay.go()


async def first_held(replicas: list[Actor]) -> tuple[Actor, int]:
    """The replica that leads, stopped at its armed place, and the events in flight there."""
    waits = {asyncio.create_task(relay.held()): relay for relay in replicas}
    done, other = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for waiting in other:
        waiting.cancel()
    await asyncio.wait(waits)
    assert len(done) == 1, "there must be one leader"
    stopped = done.pop()
    return waits[stopped], stopped.result()


@pytest.mark.parametrize(("inbox", "sound"), [(True, True), (False, False)])
async def test_a_consumer_dies_between_commit_and_acknowledgement(
    staged: Staged, say: Say, inbox: Any, sound: Any
) -> None:
    """Without the inbox the same campaign shows doubled effects."""
    async with staged(EVENTS if sound else FEW) as run:
        await run.start("teller")
        await run.start("relay")
        await kill_consumers(run, say, KILLS if sound else 1, inbox=inbox)
        account = await run.account()
        assert account.sound is sound, account
        assert sound or account.twice > 0, account


@pytest.mark.parametrize(("resync", "sound"), [(True, True), (False, False)])
async def test_a_leading_relay_dies_between_publish_and_mark(
    staged: Staged, say: Say, resync: Any, sound: Any
) -> None:
    """Without the resync the same campaign shows doubled events."""
    async with staged(EVENTS if sound else FEW) as run:
        await run.start("consumer")
        await kill_leaders(run, say, KILLS if sound else 1, resync=resync)
        account = await run.account()
        assert account.sound is sound, account
        assert sound or account.doubled > 0, account


@pytest.mark.parametrize(("fence", "sound"), [(True, True), (False, False)])
async def test_a_leader_that_was_replaced_while_it_slept_cannot_write(
    staged: Staged, say: Say, fence: Any, sound: Any
) -> None:
    """It wakes with half a batch in hand; without the fence that half stands twice."""
    async with staged(FEW) as run:
        await run.start("consumer")
        sleeper = await run.start("relay", fence=fence)
        sleeper.arm("sending")
        await run.start("teller")
        in_flight = await sleeper.held()
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        run.ask("teller", f"{cut}'relay' AND datname = current_database()")
        await run.start("relay", fence=fence)
        await run.settled()
        await asyncio.sleep(2 * WINDOW_SECONDS)
        sleeper.go()
        say(f"replaced: leading relay, {in_flight} events of its batch half sent")
        await asyncio.sleep(1.0)
        account = await run.account()
        assert account.sound is sound, account


async def test_the_broker_dies_under_a_batch(staged: Staged, say: Say) -> None:
    async with staged(EVENTS) as run:
        await run.start("consumer")
        relay = await run.start("relay")
        await run.start("teller")
        for number in range(KILLS):
            relay.arm("sending")
            in_flight = await relay.held()
            run.engines.kill_broker()
            relay.go()
            say(f"kill {number + 1}: broker, {in_flight} events of the batch being sent")
            assert in_flight > 0
        account = await run.account()
        assert account.sound, account


async def test_the_database_dies_under_everybody(staged: Staged, say: Say) -> None:
    async with staged(EVENTS) as run:
        actors = {role: await run.start(role) for role in ("consumer", "relay")}
        actors["teller"] = await run.start("teller", pause=0.03)
        places = [("teller", "before_commit", "told and not committed")]
        places += [("relay", "published", "published and not marked")]
        places += [("consumer", "in_transaction", "in an open transaction")]
        for number, (role, place, words) in enumerate(places):
            actors[role].arm(place)
            in_flight = await actors[role].held()
            run.engines.kill_database()
            actors[role].go()
            say(f"stop {number + 1}: PostgreSQL, {in_flight} events {words} by the {role}")
            assert in_flight > 0
        account = await run.account()
        assert account.sound, account
