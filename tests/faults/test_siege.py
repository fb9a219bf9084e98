"""Orders go on while every part of the stack is killed; afterwards every account agrees.

Nine services as processes of their own, the broker and the database, all real. The clients behave
as browsers do: what was not answered is sent again with the same Idempotency-Key. `FAULTS=full`
kills services, leading relays, the broker and the database twenty times each, cuts the broker off
for 30 s and rolls its store back.
"""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from bench.cluster import empty_home, start
from bench.company import company
from demo.story.people import People
from deploy.local.ports import APPS
from tests.faults.account import Account, reconcile, verified
from tests.faults.breaches import Field, prove
from tests.faults.crowd import Crowd
from tests.faults.siege import Siege, eventually

FULL = os.environ.get("FAULTS") == "full"
BRIEF = ("nats", "inventory", "postgres", "gateway")
CLIENTS = 3
CUT_SECONDS = 30.0 if FULL else 3.0
PAUSES = (0.5, 2.0)  # seconds between a recovery and the next kill
BUSY_SECONDS = 10.0
ENGINES = ("nats", "postgres")
RELAYS = [("relay", context) for context in ("sales", "inventory", "finance")]
KILLS_OF_A_KIND = 20

# What a restored backup, a hand in the database or a bug could do; each tells what it did.
TAKEN_EVENT = """
DELETE FROM inbox WHERE event_id = (SELECT max(CAST(event_id AS text)) FROM inbox)::uuid
RETURNING event_id
"""
TAKEN_ROW = """
DELETE FROM voucher_line WHERE ctid = (SELECT min(ctid) FROM voucher_line)
RETURNING voucher_id || '/' || line
"""
CHANGED_AMOUNT = """
UPDATE daily_sum SET amount = amount + 0.01 WHERE ctid = (SELECT min(ctid) FROM daily_sum)
RETURNING grain
"""

Say = Callable[[str], None]


@pytest.fixture
def siege() -> Iterator[Siege]:
    with empty_home() as home:
        cluster = start(home, "multi", "tests.faults.breach")
        try:
            yield Siege(cluster)
        finally:
            cluster.stop()


def test_orders_survive_the_death_of_every_part(
    siege: Siege, record_property: Callable[[str, object], None]
) -> None:
    """And the same accounts part when inbox, fence or resync is off, or a row is touched."""

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        record_property("crash", f"siege: {text}")

    account = Account(siege, company(siege.cluster).people)
    crowd = Crowd(siege.cluster.gateway, dict(siege.cluster.run["users"]), CLIENTS)
    crowd.start()
    time.sleep(PAUSES[0])
    siege.keep_store()
    besiege(siege, crowd, say)
    siege.roll_back_store()
    say("the stream store was rolled back to an older copy")
    notes = crowd.finish()
    siege.until_ready()
    siege.until_quiet()
    say(f"{notes.done} orders from {CLIENTS} clients; repeated: {dict(notes.answers)}")
    assert not notes.faults, notes.faults
    assert not notes.bugs, notes.bugs
    assert notes.done >= CLIENTS
    say(f"counted: {account.counts()}")
    disagreements = account.disagreements(notes.done, reconcile(siege))
    assert not disagreements, disagreements
    prove(Field(siege, account, notes.done), say, soundly=FULL)
    planted_faults_are_named(siege, account.people, say)
    account.people.close()


def planted_faults_are_named(siege: Siege, people: People, say: Say) -> None:
    """The accounts that agreed are no formality: what is taken away is named by its id."""
    event = siege.plant("finance", TAKEN_EVENT)
    found = reconcile(siege)
    assert "differences were found" in found, found
    assert f"unheard by finance: {event}" in found, found
    row = siege.plant("finance", TAKEN_ROW)
    finding = verified(people, "finance")["finding"]
    assert (finding["kind"], finding["subject"]) == ("ledger", f"voucher_line/{row}"), finding
    grain = siege.plant("analytics", CHANGED_AMOUNT)
    proof = people["finance_manager"].get("/api/analytics/proof")
    assert grain in {one["grain"] for one in proof["differences"]}, proof
    say(f"planted and named: event {event}, row voucher_line/{row}, amount of {grain}")


def besiege(siege: Siege, crowd: Crowd, say: Say) -> None:
    """Kill each part at random moments, saying what was in flight: more than nothing."""
    seed = int(os.environ.get("FAULTS_SEED", time.time_ns() % 10**6))
    chance = random.Random(seed)
    say(f"seed {seed}")
    kinds = Counter[str]()
    for number, (kind, part) in enumerate(parts(chance), 1):
        time.sleep(chance.uniform(*PAUSES))
        in_flight = kill_relay(siege, part) if kind == "relay" else kill(siege, crowd, part)
        say(f"kill {number}: {kind} {part}; {in_flight}")
        kinds[kind] += 1
        siege.until_ready()
    say(f"kills: {dict(kinds)}")
    assert not FULL or min(kinds.values()) >= KILLS_OF_A_KIND, kinds
    siege.cut_off(CUT_SECONDS)
    say(f"the broker was cut off for {CUT_SECONDS:.0f} s")


def parts(chance: random.Random) -> list[tuple[str, str]]:
    """What is killed, by kind and in random order."""
    if not FULL:
        return [(part if part in ENGINES else "service", part) for part in BRIEF] + RELAYS[:1]
    services = [("service", name) for name in APPS] * 2
    services += [("service", name) for name in chance.sample(APPS, 2)]
    relays = [RELAYS[n % len(RELAYS)] for n in range(KILLS_OF_A_KIND)]
    chosen = services + relays + [(part, part) for part in ENGINES] * KILLS_OF_A_KIND
    chance.shuffle(chosen)
    return chosen


def kill(siege: Siege, crowd: Crowd, part: str) -> str:
    """Kill a process as soon as anything is in flight; what that is."""
    found = (0, 0, 0)

    def busy() -> bool:
        nonlocal found
        found = (crowd.notes.waiting, *siege.under_way())
        return sum(found) > 0

    assert eventually(busy, BUSY_SECONDS), "nothing is in flight"
    siege.kill(part)
    return "{} requests, {} sagas, {} events in flight".format(*found)


def kill_relay(siege: Siege, context: str) -> str:
    """Kill -9 a leading relay between publish and mark."""
    siege.arm(context, "published")
    stopped = siege.held(context)
    assert stopped is not None, f"{context} told nothing"
    pid, in_flight = stopped
    assert in_flight > 0
    os.kill(pid, signal.SIGKILL)
    return f"{in_flight} events, published and not marked"
