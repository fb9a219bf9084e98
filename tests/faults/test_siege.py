"""Orders go on while every part of the stack is killed; afterwards every account agrees.

Nine services as processes of their own, the broker and the database, all real. The clients behave
as browsers do: what was not answered is sent again with the same Idempotency-Key. `FAULTS=full`
kills each part in turn twenty-odd times, cuts the broker off for 30 s and rolls its store back.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.cluster import ROOT, Cluster, empty_home, start
from bench.company import Company, company
from demo.story.people import People
from deploy.local.ports import APPS
from shared.settings import CONTEXTS
from tests.faults.crowd import Crowd, Notes
from tests.faults.siege import Siege

FULL = os.environ.get("FAULTS") == "full"
BRIEF = ("sales", "nats", "inventory", "postgres", "finance", "gateway")
CLIENTS = 3
CUT_SECONDS = 30.0 if FULL else 5.0
PAUSES = (2.0, 4.0)  # seconds between a recovery and the next kill

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
        cluster = start(home, "multi")
        try:
            yield Siege(cluster)
        finally:
            cluster.stop()


def test_orders_survive_the_death_of_every_part(
    siege: Siege, record_property: Callable[[str, object], None]
) -> None:
    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        record_property("crash", f"siege: {text}")

    found = company(siege.cluster)
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
    repaired = reconcile(siege.cluster, "--repair")
    siege.until_quiet()
    account(siege, found, notes, say)
    assert "everything agrees" in repaired or "everything agrees" in reconcile(siege.cluster)
    planted_faults_are_named(siege, found.people, say)
    found.people.close()


def planted_faults_are_named(siege: Siege, people: People, say: Say) -> None:
    """The accounts that agreed are no formality: what is taken away is named by its id."""
    event = siege.plant("finance", TAKEN_EVENT)
    found = reconcile(siege.cluster)
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
    """Kill each part at random moments, saying what was in flight."""
    seed = int(os.environ.get("FAULTS_SEED", time.time_ns() % 10**6))
    chance = random.Random(seed)
    say(f"seed {seed}")
    parts = [*APPS, "nats", "postgres"] * 2 if FULL else list(BRIEF)
    for number, part in enumerate(parts, 1):
        time.sleep(chance.uniform(*PAUSES))
        sagas, unsent = siege.under_way()
        waiting = crowd.notes.waiting
        say(f"kill {number}: {part}; {waiting} requests, {sagas} sagas, {unsent} events in flight")
        siege.kill(part)
        siege.until_ready()
    siege.cut_off(CUT_SECONDS)
    say(f"the broker was cut off for {CUT_SECONDS:.0f} s")


def reconcile(cluster: Cluster, *arguments: str) -> str:
    """What `make reconcile` says."""
    variables = {"MAILUO_HOME": str(cluster.home), "MAILUO_PORT": str(cluster.base)}
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local.reconcile", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ended.stdout + ended.stderr


def account(siege: Siege, found: Company, notes: Notes, say: Say) -> None:
    """Each order took effect once, everywhere; the books and the ledgers agree."""
    people = found.people
    counts = {
        "orders": siege.ask("sales", "SELECT count(*) FROM sales_order"),
        "shipments": siege.ask("inventory", "SELECT count(*) FROM shipment WHERE state='shipped'"),
        "invoices": siege.ask("finance", "SELECT count(*) FROM sales_invoice"),
        "receipts": siege.ask("finance", "SELECT count(*) FROM receipt"),
        "shipped": siege.ask("inventory", "SELECT coalesce(sum(quantity), 0) FROM move "
                             "WHERE to_bin_id IS NULL"),
    }  # fmt: skip
    say(f"counted: {counts}")
    shipped = counts.pop("shipped")
    assert set(counts.values()) == {notes.done}, counts
    assert shipped == 3 * notes.done
    assert people["warehouse"].get("/api/inventory/reconciliation")["differences"] == []
    books = people["finance_manager"].get("/api/finance/reconciliation")
    assert books["reconciled"], books
    assert people["finance_manager"].get("/api/analytics/proof")["proven"]
    for context in CONTEXTS:
        verdict = verified(people, context)
        assert verdict["intact"], (context, verdict)
        assert siege.ask(context, "SELECT count(*) FROM dead_letter WHERE state='waiting'") == 0


def verified(people: People, context: str) -> Any:
    """The audit chain's verdict."""
    return people["admin"].get(f"/api/{context}/audit/verification")
