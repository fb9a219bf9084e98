"""A ventilator's thread: two supplier lots, a sub-assembly, two units, one hospital."""

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.quality.tests.conftest import envelope_of
from services.quality.tests.traces.thread import id_of, issued, pick, received, thread
from services.quality.traces import reactions
from shared.contracts.base import Event
from shared.contracts.inventory.events import IssueReturned, PartQualityChanged, StockIssued
from shared.contracts.masterdata.events import CustomerPublished, SupplierPublished

MANY: dict[Any, Any] = {reaction.event: reaction.many for reaction in reactions.REACTIONS}
RUN = {reaction.event: reaction.run for reaction in reactions.REACTIONS}


async def tell(laboratory: Any, events: Any) -> None:
    for event, sequence in events:
        async with laboratory.service.session("service:quality") as session:
            await RUN[type(event)](session, event, envelope_of(event, sequence))


async def tell_together(laboratory: Any, events: list[tuple[Event, int]]) -> None:
    """All events of a kind in one go, as one command's many parts come."""
    by_kind: dict[type[Event], list[tuple[Event, int]]] = {}
    for event, sequence in events:
        by_kind.setdefault(type(event), []).append((event, sequence))
    for kind, told in by_kind.items():
        envelopes = [envelope_of(event, sequence) for event, sequence in told]
        async with laboratory.service.session("service:quality") as session:
            await MANY[kind](session, [event for event, _ in told], envelopes)


async def graph(laboratory: Any) -> Any:
    """The whole graph by public ids, so that private numbers do not matter."""
    async with laboratory.service.engine.connect() as connection:
        nodes = await connection.execute(
            text(
                "SELECT id, kind, lot_number, serial, maker_lot, number, quality, received, made,"
                " split_in, used, split_out, shipped, sent_back FROM trace_node ORDER BY id"
            )
        )
        edges = await connection.execute(
            text(
                "SELECT s.id, d.id, e.document, e.kind, e.quantity FROM trace_edge e"
                " JOIN trace_node s ON s.n = e.src JOIN trace_node d ON d.n = e.dst"
                " ORDER BY 1, 2, 3"
            )
        )
        ends = await connection.execute(
            text(
                "SELECT n.id, e.kind, e.partner_id, e.document, e.quantity FROM trace_end e"
                " JOIN trace_node n ON n.n = e.part ORDER BY 1, 4"
            )
        )
        return [tuple(tuple(row) for row in rows) for rows in (nodes, edges, ends)]


async def ask(laboratory: Any, name: Any, way: Any, kind: Any) -> Any:
    answer = await laboratory.inspector.get(f"/traces/{id_of(name)}/{way}", params={"as": kind})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.req("D7", "REQ-40")
async def test_a_serial_leads_back_to_suppliers_and_a_lot_forward_to_customers(
    laboratory: Any,
) -> None:
    await laboratory.make_item(id=id_of("item"), code="I1")
    await laboratory.make_partner(SupplierPublished, id=id_of("acme"), code="S-1", name="Acme")
    await laboratory.make_partner(CustomerPublished, id=id_of("hospital"), code="C-1", name="医院")
    await tell(laboratory, thread())

    found = (await laboratory.inspector.get("/traces", params={"serial": "N1"})).json()
    assert [node["id"] for node in found] == [str(id_of("unit-1"))]
    back = await ask(laboratory, "unit-1", "backward", "suppliers")
    lots = {line["lot_number"]: line for p in back["partners"] for line in p["lines"]}
    assert set(lots) == {"V1", "S1"}
    assert (lots["V1"]["maker_lot"], lots["V1"]["item_code"]) == ("M-V1", "I1")
    assert "Acme" in {partner["name"] for partner in back["partners"]}

    forward = await ask(laboratory, "screw", "forward", "customers")
    [hospital] = forward["partners"]
    assert (hospital["name"], hospital["quantity"]) == ("医院", "1")
    assert [line["serial"] for line in hospital["lines"]] == ["N1"]
    stock = await ask(laboratory, "screw", "forward", "stock")
    assert {(n["lot_number"], n["serial"], n["remaining"]) for n in stock["nodes"]} == {
        ("S1", "", "70"),
        ("B1", "", "3"),
        ("T1", "N2", "1"),
    }
    parts = await ask(laboratory, "unit-2", "backward", "parts")
    assert {node["lot_number"] for node in parts["nodes"]} == {"T1", "B1", "S1", "V1"}


async def test_quantities_balance_per_part(laboratory: Any) -> None:
    await tell(laboratory, thread())
    valve = (await laboratory.inspector.get(f"/traces/{id_of('valve')}/balance")).json()
    assert {k: v for k, v in valve.items() if v != "0" and k != "part_id"} == {
        "received": "10",
        "split_out": "2",
        "used": "2",
        "remaining": "6",
    }
    bad = (await laboratory.inspector.get(f"/traces/{id_of('valve-bad')}/balance")).json()
    assert (bad["split_in"], bad["sent_back"], bad["remaining"]) == ("2", "2", "0")


async def test_any_order_of_events_gives_the_same_graph(laboratory: Any) -> None:
    events = thread()
    await tell(laboratory, events)
    wanted = await graph(laboratory)
    rng = random.Random(7)
    for _ in range(6):
        shuffled = rng.sample(events, len(events))
        await empty(laboratory)
        await tell(laboratory, shuffled)
        assert await graph(laboratory) == wanted


async def test_events_taken_together_give_the_same_graph(laboratory: Any) -> None:
    events: list[tuple[Event, int]] = thread()
    await tell(laboratory, events)
    wanted = await graph(laboratory)
    await empty(laboratory)
    with laboratory.service.counted() as sent:
        await tell_together(laboratory, random.Random(7).sample(events, len(events)))
    assert await graph(laboratory) == wanted
    kinds = len({type(event) for event, _ in events})
    assert len(sent) <= 8 * kinds, "\n".join(sent)


async def empty(laboratory: Any) -> None:
    """The projection is cleared as an operator would: as its owner."""
    engine = create_async_engine(laboratory.service.settings.owner_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("TRUNCATE trace_end, trace_edge, trace_node"))
    await engine.dispose()


async def test_a_wholly_returned_issue_is_no_way(laboratory: Any) -> None:
    events = [
        received("screw", "S1", "10", partner="bolts"),
        issued(StockIssued, "MO", pick("screw", "4", "S1")),
        issued(IssueReturned, "MO", pick("screw", "4", "S1")),
        received("made", "P1", "1", order="MO"),
    ]
    await tell(laboratory, zip(events, itertools.repeat(1)))
    back = await ask(laboratory, "made", "backward", "suppliers")
    assert back["partners"] == []


async def test_an_older_status_changes_nothing(laboratory: Any) -> None:
    def status(quality: Any) -> Any:
        return PartQualityChanged(
            part_id=id_of("p"),
            lot_number="L",
            item_id=id_of("i"),
            quantity=Decimal(1),
            quality=quality,
        )

    await tell(laboratory, [(status("rejected"), 3), (status("released"), 2)])
    [node] = (await laboratory.inspector.get("/traces", params={"lot": "L"})).json()
    assert node["quality"] == "rejected"


async def test_questions_without_a_subject_are_refused(laboratory: Any) -> None:
    answer = await laboratory.inspector.get("/traces")
    assert answer.json()["type"] == "/problems/question-empty"
    answer = await laboratory.inspector.get(f"/traces/{id_of('nobody')}/forward")
    assert answer.json()["type"] == "/problems/node-unknown"
    answer = await laboratory.inspector.get(f"/traces/{id_of('nobody')}/balance")
    assert answer.status_code == 404
