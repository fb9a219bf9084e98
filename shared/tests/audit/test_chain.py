"""The chain finds whatever an owner does with the triggers off."""

import asyncio
import json
import threading
from typing import Any, Never

import pytest

from shared.audit import GENESIS, chained
from shared.sealer import Sealer
from shared.tests.audit.conftest import COMPANY
from shared.verify_audit import read_anchors

pytestmark = pytest.mark.req("REQ-85")


async def test_what_is_sealed_is_intact_and_what_waits_is_said(lab: Any) -> None:
    assert (await lab.verdict()).head == GENESIS
    lab.papers(1500)
    await lab.seal()
    lab.papers(3)
    verdict = await lab.verdict()
    assert (verdict.intact, verdict.rows, verdict.seals, verdict.unsealed) == (True, 1500, 2, 3)


async def test_sealing_twice_adds_no_link(lab: Any) -> None:
    lab.papers(2)
    await lab.seal()
    await lab.seal()
    assert (await lab.verdict()).seals == 1
    assert len(lab.anchors) == 1


FORGERIES = {
    "edited": "UPDATE audit SET actor = 'user:9' WHERE id = 4",
    "edited ": "UPDATE audit SET new = new || '{\"amount\": 0}' WHERE id = 4",
    "edited  ": "UPDATE audit SET at = at + interval '1 microsecond' WHERE id = 4",
    "deleted": "DELETE FROM audit WHERE id = 4",
    "inserted": "INSERT INTO audit (id, at, actor, action, table_name, row_id, reason, trace, "
    "seal_id) OVERRIDING SYSTEM VALUE VALUES (100, now(), 'u', 'insert', 'paper', '1', '', '', 1)",
    "inserted ": "INSERT INTO audit (id, at, actor, action, table_name, row_id, reason, trace, "
    "seal_id) OVERRIDING SYSTEM VALUE VALUES (100, now(), 'u', 'insert', 'paper', '1', '', '', 9)",
}


@pytest.mark.parametrize("kind", FORGERIES)
async def test_a_forged_row_is_named(lab: Any, kind: Any) -> None:
    for turn in range(3):
        lab.papers(3, f"turn{turn}")
        await lab.seal()
    with lab.owner() as connection:
        connection.execute(FORGERIES[kind])
    verdict = await lab.verdict()
    assert not verdict.intact
    assert (verdict.finding.kind, verdict.finding.row_id) == (
        kind.strip(),
        100 if "inserted" in kind else 4,
    )


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit_seal SET digest = repeat('0', 64) WHERE id = 2",
        "UPDATE audit_seal SET rows = 2 WHERE id = 2",
        "DELETE FROM audit_seal WHERE id = 2",
    ],
)
async def test_a_broken_link_is_named(lab: Any, forgery: Any) -> None:
    for turn in range(3):
        lab.papers(3, f"turn{turn}")
        await lab.seal()
    with lab.owner() as connection:
        connection.execute(forgery)
    finding = (await lab.verdict()).finding
    assert (finding.kind, finding.seal_id) == ("chain", 2)


async def test_a_chain_rewritten_from_the_start_is_found_by_its_anchors(lab: Any) -> None:
    """The owner can make a new chain that is sound in itself; the anchors are out of reach."""
    lab.papers(3)
    await lab.seal()
    lab.papers(3)
    await lab.seal()
    with lab.owner() as connection:
        connection.execute("UPDATE audit SET actor = 'user:9', seal_id = NULL")
        connection.execute("DELETE FROM audit_seal")
    anchors = [json.loads(payload) for _, payload in lab.anchors]
    await lab.seal()
    assert (await lab.verdict()).intact
    finding = (await lab.verdict(anchors)).finding
    assert (finding.kind, finding.seal_id) == ("anchor", 1)


async def test_a_cut_tail_is_found_by_its_anchor(lab: Any) -> None:
    lab.papers(3)
    await lab.seal()
    lab.papers(3)
    await lab.seal()
    with lab.owner() as connection:
        connection.execute("DELETE FROM audit WHERE seal_id = 2")
        connection.execute("DELETE FROM audit_seal WHERE id = 2")
    assert (await lab.verdict()).intact
    anchors = [json.loads(payload) for _, payload in lab.anchors]
    assert (await lab.verdict(anchors)).finding.seal_id == 2


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE entry SET amount = 3 WHERE id = 2",
        "DELETE FROM entry WHERE id = 2",
        "INSERT INTO entry (company_id, id, amount) SELECT company_id, 9, 1 FROM entry LIMIT 1",
    ],
)
async def test_a_changed_ledger_row_is_named(lab: Any, forgery: Any) -> None:
    with lab.service() as connection:
        connection.execute(
            "INSERT INTO entry SELECT %s, n, n FROM generate_series(1, 3) n", (COMPANY,)
        )
    await lab.seal()
    assert (await lab.verdict()).intact
    with lab.owner() as connection:
        connection.execute("ALTER TABLE entry ADD COLUMN IF NOT EXISTS later text")
    assert (await lab.verdict()).intact, "a new nullable column changes no hash"
    with lab.owner() as connection:
        connection.execute(forgery)
    finding = (await lab.verdict()).finding
    assert finding.kind == "ledger"
    assert finding.subject == ("entry/9" if "INSERT" in forgery else "entry/2")


async def test_sealing_beside_writers_loses_nothing(lab: Any) -> None:
    """Low ids that commit late are sealed late: nothing is skipped."""
    with lab.service() as late:
        late.execute("INSERT INTO paper_line VALUES (%s, %s, 1)", (COMPANY, COMPANY))
        writers = [threading.Thread(target=lab.papers, args=(200, f"w{n}")) for n in range(4)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            await lab.seal()
        await lab.seal()
        assert (await lab.verdict()).unsealed == 0
    await lab.seal()
    verdict = await lab.verdict()
    assert (verdict.intact, verdict.rows, verdict.unsealed) == (True, 801, 0)


async def test_of_two_sealers_one_leads_and_the_other_takes_over(lab: Any) -> None:
    runs = [Sealer(lab.database.owner_url, "lab", lab.keep) for _ in range(2)]
    tasks = [asyncio.create_task(sealer.run()) for sealer in runs]
    lab.papers(3)
    await until(lambda: lab.anchors)
    leader = 0 if runs[0].anchored else 1
    tasks[leader].cancel()
    lab.papers(3)
    await until(lambda: runs[1 - leader].anchored == 2)
    tasks[1 - leader].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    verdict = await lab.verdict([json.loads(payload) for _, payload in lab.anchors])
    assert (verdict.intact, verdict.rows, verdict.seals) == (True, 6, 2)


async def test_an_anchor_that_could_not_be_published_goes_out_later(lab: Any) -> None:
    async def refuse(_subject: Any, _payload: Any) -> Never:
        raise TimeoutError

    lab.papers(1)
    lab.sealer.publish = refuse
    await lab.seal()
    assert lab.sealer.anchored == 0
    lab.sealer.publish = lab.keep
    await lab.seal()
    assert lab.sealer.anchored == 1


async def test_anchors_are_read_back_from_the_broker(lab: Any, broker: Any) -> None:
    async def publish(subject: Any, payload: Any) -> None:
        await broker.jetstream().publish(subject, payload)

    lab.sealer.publish = publish
    for _ in range(3):
        lab.papers(2)
        await lab.seal()
    anchors = await read_anchors(broker, "lab")
    assert [anchor["seal_id"] for anchor in anchors] == [1, 2, 3]
    assert (await lab.verdict(anchors)).intact


def test_a_link_depends_on_everything_it_holds() -> None:
    whole = ("p", "d", 1, 2)
    others = [("q", "d", 1, 2), ("p", "e", 1, 2), ("p", "d", 2, 2), ("p", "d", 1, 3)]
    assert len({chained(*link) for link in (whole, *others)}) == 5


async def until(look: Any, seconds: int = 15) -> None:
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110 - what is waited for sits in PostgreSQL
            await asyncio.sleep(0.05)
