"""Facts in any order give the same books; what lacks its terms waits and is posted later."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.finance.app import SPEC
from services.finance.facts.commands import retry_parked
from services.finance.tests.conftest import (
    ARRIVAL,
    ARRIVAL_LINE,
    CENTRE,
    ITEM,
    MADE,
    ORDER,
    ORDER_LINE,
    SUPPLIER,
    accepted,
    balances,
    dispatched,
    issued,
    item,
    picks,
    priced,
)
from services.finance.tests.story.test_story import CLOSED, MO, completed, released, reported
from shared.contracts.inventory.events import IssueReturned, SupplierReturnDispatched
from shared.contracts.masterdata.events import WorkCentreRated
from shared.contracts.production.events import OrderClosed, ProductionCancelled
from shared.ids import new_id
from tests.support.services import ServiceUnderTest


def returned(day: date, quantity: Any, *, before: bool = True) -> Any:
    return SupplierReturnDispatched(
        return_id=new_id(), number="RT-1", arrival_id=ARRIVAL, arrival_line_id=ARRIVAL_LINE,
        order_id=ORDER, order_line_id=ORDER_LINE, supplier_id=SUPPLIER, item_id=ITEM,
        part_id=new_id(), lot_number="L1", quantity=quantity, accepted=before, returned_on=day,
    )  # fmt: skip


def given_back(day: date, quantity: Any) -> Any:
    return IssueReturned(
        return_id=new_id(), number="IR-1", order_id=MO, order_number="MO-1", returned_on=day,
        picks=picks(new_id(), ITEM, quantity),
    )  # fmt: skip


def streams(day: date) -> Any:
    """The same facts by source, each source in its own order."""
    return {
        "masterdata": [
            item(ITEM, "R", "purchased"),
            item(MADE, "V", "finished"),
            WorkCentreRated(
                id=CENTRE, version=1, labour_rate=Decimal(60), overhead_rate=Decimal(30)
            ),
        ],
        "procurement": [priced(day, price="9.99")],
        "inventory": [
            accepted(day, 70),
            issued(day, MO, 7),
            accepted(day, 30),
            issued(day, MO, 30),
            given_back(day, 4),
            returned(day, 5),
            completed(day, 2),
            dispatched(day, new_id(), new_id(), MADE, 1, new_id()),
        ],
        "production": [reported(day, 90), reported(day, 7), released(day, 2), CLOSED],
    }


def interleaved(seed: Any, envelopes: Any) -> Iterator[Any]:
    """One of the orders in which the sources' facts can arrive: each source keeps its own."""
    rng, left = random.Random(seed), [list(one) for one in envelopes.values()]
    while any(left):
        source = rng.choice([one for one in left if one])
        yield source.pop(0)


@pytest.mark.req("REQ-80", "G1", "G2")
@pytest.mark.parametrize("seed", range(8))
async def test_any_order_of_the_sources_gives_the_same_books(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], day: date, seed: Any
) -> None:
    envelopes = {
        source: [feed.envelope(event) for event in events]
        for source, events in streams(day).items()
    }
    for envelope in interleaved(seed, envelopes):
        await feed.deliver(envelope)
    assert (await clerk.get("/pending-facts")).json() == []
    # 100 × 9.99 = 999.00; issues 69.93 + 299.70, 4 of 37 back: 39.96; 5 back to the supplier 49.95;
    # 97 min: labour 90 + 7, overhead 45 + 3.50; two made for 475.17, one of them sold
    assert await balances(clerk) == {
        "1403": "619.38", "140501": "237.58", "220202": "-949.05", "500103": "-97",
        "510199": "-48.5", "6401": "237.59",
    }  # fmt: skip


async def test_a_shuffled_source_leaves_balanced_books_and_nothing_waiting(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], day: date
) -> None:
    envelopes = [feed.envelope(event) for events in streams(day).values() for event in events]
    random.Random(7).shuffle(envelopes)
    for envelope in envelopes:
        await feed.deliver(envelope)
    assert (await clerk.get("/pending-facts")).json() == []
    assert (await balances(clerk))["220202"] == "-949.05"


async def test_an_issue_does_not_overtake_a_receipt_that_waits_for_its_price(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], masters: None, day: date
) -> None:
    other = new_id()
    await feed(priced(day), accepted(day, 10))
    await feed(accepted(day, 10, order_line_id=other, arrival_line_id=new_id()))
    await feed(issued(day, MO, 5))
    assert len((await clerk.get("/pending-facts")).json()) == 2
    line = priced(day).lines[0].model_copy(update={"line_id": other, "price": 20})
    await feed(priced(day).model_copy(update={"order_id": new_id(), "lines": (line,)}))
    # 10 @ 10 and 10 @ 20: five of them are worth 75.00, not 50.00
    assert await balances(clerk) == {"1403": "225", "220202": "-300", "500101": "75"}


async def test_facts_wait_for_the_first_period_and_are_posted_by_the_clock(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    feed: Any,
    masters: None,
    day: date,
) -> None:
    await feed(priced(day), accepted(day, 10))
    waiting = (await clerk.get("/pending-facts")).json()
    assert [one["waits_for"] for one in waiting] == ["/problems/books-not-open"]
    await manager.post("/periods", json={"first": day.isoformat()})
    assert (await clerk.get("/pending-facts")).json() == []
    assert await balances(clerk) == {"1403": "100", "220202": "-100"}


async def test_a_lost_wake_up_is_healed_by_the_clock(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
) -> None:
    await feed(accepted(day, 10))
    async with finance.session() as session:  # the price comes without anybody noticing
        await session.execute(text("""
            INSERT INTO purchase_line_copy (id, company_id, version, order_id, number, supplier_id,
              item_id, quantity, price, tax_rate, currency, rate, payment_days)
            SELECT :line, company_id, 1, :order, 'PO', :supplier, :item, 10, 2, 0, 'CNY', 1, 0
            FROM pending_fact"""),
            {"line": ORDER_LINE, "order": ORDER, "supplier": SUPPLIER, "item": ITEM},
        )  # fmt: skip
    async with finance.session("service:finance") as session:
        await retry_parked(session, finance.app.state.clock)
    assert await balances(clerk) == {"1403": "20", "220202": "-20"}
    async with finance.session() as session:
        preparer = (await session.execute(text("SELECT created_by FROM voucher"))).scalar_one()
    assert preparer == f"user:{UUID(int=0xB1)}"  # whoever caused the fact, not who retried


async def test_a_cancelled_order_leaves_no_cost_in_progress(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], masters: None, day: date
) -> None:
    cancelled = ProductionCancelled(
        order_id=MO, number="MO-1", item_id=MADE, demand_id=None, issued=True
    )
    ended = OrderClosed(
        saga_id=MO,
        number="MO-1",
        item_id=MADE,
        completed=False,
        planned=Decimal(2),
        good=Decimal(0),
        scrap=Decimal(0),
    )
    await feed(priced(day), accepted(day, 100), issued(day, MO, 30), reported(day, 60))
    await feed(cancelled, given_back(day, 30), ended)
    assert await balances(clerk) == {
        "1403": "1000", "220202": "-1000", "500103": "-60", "510199": "-30", "6602": "90",
    }  # fmt: skip
    assert (await clerk.get("/order-costs")).json() == []


async def test_goods_never_accepted_go_back_without_a_voucher(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], masters: None, day: date
) -> None:
    await feed(priced(day), accepted(day, 10), returned(day, 5, before=False))
    assert await balances(clerk) == {"1403": "100", "220202": "-100"}


async def test_one_posting_takes_few_statements(
    finance: ServiceUnderTest, feed: Any, books: dict[str, Any], masters: None, day: date
) -> None:
    await feed(priced(day), accepted(day, 1))
    envelope = feed.envelope(accepted(day, 5))
    with finance.counted() as statements:
        await feed.deliver(envelope)
    own = [one for one in statements if "begin_command" not in one and "set_config" not in one]
    assert len(own) <= 12, "\n".join(
        own
    )  # lock, books, parked, terms, item, voucher, pool, accrual


def test_every_fact_that_finance_hears_has_a_reaction() -> None:
    heard = {reaction.event.subject for reaction in SPEC.reactions}
    assert len(heard) >= 17


async def test_a_return_of_the_rest_completes_the_arrival(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
) -> None:
    from services.finance.tests.supplier_invoices.test_routes import bill, record

    await feed(priced(day), accepted(day, 100))
    await record(clerk, bill(day, "98"))
    assert await told(finance) == []
    await feed(returned(day, 2))
    assert await told(finance) == ["erp.finance.arrival_invoiced.v1"]


async def test_a_return_of_everything_leaves_nothing_to_wait_for(
    finance: ServiceUnderTest, feed: Any, books: dict[str, Any], masters: None, day: date
) -> None:
    await feed(priced(day), accepted(day, 10), returned(day, 4))
    assert await told(finance) == []
    await feed(returned(day, 6))
    assert await told(finance) == ["erp.finance.arrival_invoiced.v1", "erp.finance.arrival_paid.v1"]


async def told(finance: Any) -> Any:
    question = text("SELECT subject FROM outbox WHERE subject LIKE '%arrival%' ORDER BY position")
    async with finance.session() as session:
        return list((await session.execute(question)).scalars())
