"""A company whose facts finance hears, and the people who keep its books."""

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.finance.app import SPEC
from shared.clock import utc_now
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import Pick, ShipmentDispatched, StockAccepted, StockIssued
from shared.contracts.masterdata.events import (
    CustomerPublished,
    ItemPublished,
    RatePublished,
    SupplierPublished,
    WorkCentreRated,
)
from shared.contracts.procurement.events import OrderPriced, PricedLine
from shared.ids import new_id
from shared.reacting import Heard, by_subject, run_reactions
from tests.support.services import COMPANY, ServiceUnderTest

CLERK, MANAGER = UUID(int=0xC1), UUID(int=0xC2)
BUYER = f"user:{UUID(int=0xB1)}"
NOUNS = (
    "account", "approval", "attachment", "cost", "ledger", "open_item", "payment", "period",
    "receipt", "sales_invoice", "supplier_invoice", "voucher",
)  # fmt: skip
READS = tuple(f"finance.{noun}.read" for noun in NOUNS)
CLERK_MAY = (
    *READS,
    "finance.supplier_invoice.write",
    "finance.payment.write",
    "finance.payment.execute",
    "finance.payment.cancel",
    "finance.sales_invoice.post",
    "finance.receipt.write",
    "finance.voucher.review",
)
MANAGER_MAY = (
    *READS,
    "finance.period.open",
    "finance.period.close",
    "finance.period.reopen",
    "finance.supplier_invoice.resolve",
    "finance.payment.approve",
    "finance.payment.cancel",
    "finance.voucher.review",
    "finance.import.run",
)
ITEM, MADE, SUPPLIER, CUSTOMER, CENTRE = (UUID(int=n) for n in (0x11, 0x12, 0x21, 0x22, 0x31))
ORDER, ORDER_LINE, ARRIVAL, ARRIVAL_LINE = (UUID(int=n) for n in (0x41, 0x42, 0x51, 0x52))


@dataclass
class Feed:
    """Facts as they reach finance: numbered by source, in one transaction each."""

    finance: ServiceUnderTest
    positions: dict[str, Any] = field(default_factory=dict[str, Any])

    def envelope(self, event: Event) -> Envelope:
        source = event.subject.split(".")[1]
        counter = self.positions.setdefault(source, itertools.count(1))
        position = next(counter)
        return Envelope(
            id=new_id(),
            source=f"/{source}",
            type=event.subject,
            subject=str(getattr(event, event.aggregate)),
            time=utc_now(),
            companyid=COMPANY,
            sequence=position,
            position=position,
            actor=BUYER,
            data=event.model_dump(mode="json"),
        )

    async def deliver(self, envelope: Envelope) -> None:
        reactions = by_subject(SPEC.reactions, envelope.source.strip("/"))
        async with self.finance.session("service:finance") as session:
            heard = Heard(envelope, reactions.get(envelope.type, ()))
            await run_reactions(session, "finance", heard)

    async def __call__(self, *events: Event) -> None:
        for event in events:
            await self.deliver(self.envelope(event))


@pytest.fixture
async def finance(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("finance") as running:
        yield running


@pytest.fixture
def clerk(finance: ServiceUnderTest) -> httpx.AsyncClient:
    return finance.as_user(*CLERK_MAY, user_id=CLERK, name="会计")


@pytest.fixture
def manager(finance: ServiceUnderTest) -> httpx.AsyncClient:
    return finance.as_user(*MANAGER_MAY, user_id=MANAGER, name="财务经理")


@pytest.fixture
def feed(finance: ServiceUnderTest) -> Feed:
    return Feed(finance)


@pytest.fixture
def day(finance: ServiceUnderTest) -> date:
    today: date = finance.app.state.clock.today()
    return today


@pytest.fixture
async def books(manager: httpx.AsyncClient, day: date) -> dict[str, Any]:
    """The first period, open."""
    answer = await manager.post("/periods", json={"first": day.isoformat()})
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


@pytest.fixture
async def masters(feed: Feed) -> None:
    await feed(
        item(ITEM, "R-10K", "purchased"),
        item(MADE, "VENT-1", "finished"),
        SupplierPublished(
            id=SUPPLIER, version=1, code="S1", name="Supplier", currency="USD", payment_days=30,
            qualifications=(),
        ),
        CustomerPublished(
            id=CUSTOMER, version=1, code="C1", name="Hospital", kind="hospital", country="CN",
            address="-", contact="-", currency="CNY", payment_days=30, credit_limit=Decimal(10**6),
            minimum_life_days=0, licences=(),
        ),
        WorkCentreRated(id=CENTRE, version=1, labour_rate=Decimal(60), overhead_rate=Decimal(30)),
        RatePublished(
            id=UUID(int=0x61), version=1, currency="USD", day=date(2020, 1, 1), rate=Decimal(7)
        ),
    )  # fmt: skip


def item(id: UUID, code: str, kind: Any) -> ItemPublished:
    return ItemPublished(
        id=id, version=1, code=code, name=code, kind=kind, stock_unit="pcs", decimals=0,
        tracking="lot", inspect_incoming=True, inspect_completion=True,
    )  # fmt: skip


def priced(day: date, *, currency: str = "CNY", rate: Any = 1, price: Any = 10) -> OrderPriced:
    line = PricedLine(
        line_id=ORDER_LINE,
        item_id=ITEM,
        quantity=Decimal(100),
        price=price,
        tax_rate=Decimal("0.13"),
    )
    return OrderPriced(
        order_id=ORDER, number="PO-1", supplier_id=SUPPLIER, currency=currency, rate=rate,
        payment_days=30, ordered_on=day, lines=(line,),
    )  # fmt: skip


def accepted(day: date, quantity: Any, **changes: Any) -> StockAccepted:
    values = {
        "arrival_id": ARRIVAL, "arrival_number": "AR-1", "arrival_line_id": ARRIVAL_LINE,
        "order_id": ORDER, "order_line_id": ORDER_LINE, "supplier_id": SUPPLIER,
        "item_id": ITEM, "part_id": new_id(), "quantity": quantity, "conceded": False,
        "accepted_on": day,
    }  # fmt: skip
    return StockAccepted.model_validate(values | changes)


def picks(line: UUID, item_id: UUID, quantity: Any) -> tuple[Pick, ...]:
    return (
        Pick(
            line_id=line, item_id=item_id, part_id=new_id(), lot_id=new_id(), lot_number="L1",
            quantity=quantity,
        ),
    )  # fmt: skip


def issued(day: date, order_id: UUID, quantity: Any, item_id: UUID = ITEM) -> StockIssued:
    return StockIssued(
        issue_id=new_id(), number="IS-1", order_id=order_id, order_number="MO-1", issued_on=day,
        picks=picks(new_id(), item_id, quantity),
    )  # fmt: skip


def dispatched(
    day: date, delivery: UUID, line: UUID, item_id: UUID, quantity: Any, order_id: UUID
) -> ShipmentDispatched:
    return ShipmentDispatched(
        saga_id=delivery, shipment_id=new_id(), number="SH-1", order_id=order_id,
        customer_id=CUSTOMER, dispatched_on=day, picks=picks(line, item_id, quantity),
    )  # fmt: skip


async def balances(client: httpx.AsyncClient) -> dict[str, str]:
    """Closing balances by account, credits negative; the books must balance and reconcile."""
    trial = (await client.get("/trial-balance")).json()
    assert trial["balanced"], trial
    vouchers = (await client.get(f"/vouchers?period={trial['period']}&size=200")).json()
    numbers = [f"记-{trial['period']}-{n:04d}" for n in range(1, trial["vouchers"] + 1)]
    assert [one["number"] for one in vouchers["items"]] == numbers  # REQ-79: without gaps
    checks = (await client.get("/reconciliation")).json()
    assert checks["reconciled"], checks
    return {
        line["account"]: (
            line["closing_debit"] if line["closing_debit"] != "0" else "-" + line["closing_credit"]
        )
        for line in trial["lines"]
        if (line["closing_debit"], line["closing_credit"]) != ("0", "0")
    }
