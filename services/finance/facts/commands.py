"""Posting facts as they are heard, or when what they wait for has come."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.finance.accruals.commands import post_acceptance, post_supplier_return
from services.finance.arrivals.commands import tell_settled
from services.finance.books.commands import books_row, open_books
from services.finance.books.rules import BooksNotOpen
from services.finance.cost_of_sales.commands import post_dispatch
from services.finance.facts.rules import Keys, ahead_of, items, order
from services.finance.facts.tables import PendingFact
from services.finance.order_settlement.commands import settle_order
from services.finance.periods.rules import PeriodClosed
from services.finance.posting_rules.rules import RoleMissing, RuleMissing
from services.finance.valuation.commands import Move, move_values
from services.finance.valuation.rules import ZERO, TermsMissing
from services.finance.work_in_progress.commands import (
    post_completion,
    post_issue,
    post_issue_return,
    post_operation,
)
from shared.clock import Clock
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import (
    CompletionReceived,
    IssueReturned,
    ShipmentDispatched,
    StockAccepted,
    StockIssued,
    StockReceived,
    SupplierReturnDispatched,
)
from shared.contracts.production.events import OperationReported, OrderClosed, ProductionCancelled
from shared.database import AsyncSession
from shared.outbox import Teller, teller
from shared.session import now, today

Post = Callable[[AsyncSession, Any, UUID], Awaitable[None]]
WAITING = (BooksNotOpen, PeriodClosed, RoleMissing, RuleMissing)
RETRIED_MAX = 500  # parked facts looked at in one transaction, oldest first


@dataclass(frozen=True, slots=True)
class Fact:
    """How one kind of event is posted, and what its place in the order of facts is."""

    event: type[Event]
    post: Post
    keys: Callable[[Any], Keys]


async def post_opening(session: AsyncSession, fact: StockReceived, _id: UUID) -> None:
    """Inventory's opening list posts nothing: its value comes with the opening balances."""
    if fact.source == "opening":
        await open_books(session)
        move = Move(fact.item_id, ZERO, ZERO, opened=fact.quantity)
        await move_values(session, "opening", fact.document_id, fact.received_on, [move])


async def post_and_settle_issue(session: AsyncSession, fact: StockIssued, id: UUID) -> None:
    if await post_issue(session, fact, id):
        await settle_order(session, fact.order_id, fact.issued_on, id)


async def post_and_settle_return(session: AsyncSession, fact: IssueReturned, id: UUID) -> None:
    if await post_issue_return(session, fact, id):
        await settle_order(session, fact.order_id, fact.returned_on, id)


async def post_and_settle_operation(
    session: AsyncSession, fact: OperationReported, id: UUID
) -> None:
    if await post_operation(session, fact, id):
        await settle_order(session, fact.order_id, fact.reported_on, id)


async def post_and_settle_completion(
    session: AsyncSession, fact: CompletionReceived, id: UUID
) -> None:
    await post_completion(session, fact, id)
    await settle_order(session, fact.saga_id, fact.received_on, id)


async def post_and_tell_return(
    session: AsyncSession, fact: SupplierReturnDispatched, id: UUID
) -> None:
    await post_supplier_return(session, fact, id)
    if fact.accepted:
        await tell_settled(session, fact.arrival_id)


async def end_order(session: AsyncSession, fact: OrderClosed, id: UUID) -> None:
    await open_books(session)
    await settle_order(session, fact.saga_id, today(session), id)


async def cancel_order(session: AsyncSession, fact: ProductionCancelled, id: UUID) -> None:
    await open_books(session)
    await settle_order(session, fact.order_id, today(session), id)


def accepted(fact: StockAccepted) -> Keys:
    line = f"accrual:{fact.arrival_line_id}"
    return Keys((*items([fact.item_id]), line), items([fact.item_id]))


def picked(fact: StockIssued | IssueReturned) -> Keys:
    touched = items(pick.item_id for pick in fact.picks)
    return Keys((*touched, order(fact.order_id)), touched)


def sent_back(fact: SupplierReturnDispatched) -> Keys:
    one = items([fact.item_id])
    return Keys(one, (*one, f"accrual:{fact.arrival_line_id}"))


def shipped(fact: ShipmentDispatched) -> Keys:
    touched = items(pick.item_id for pick in fact.picks)
    return Keys(touched, touched)


def completed(fact: CompletionReceived) -> Keys:
    one = items([fact.item_id])
    return Keys(one, (*one, order(fact.saga_id)))


FACTS: Mapping[str, Fact] = {
    fact.event.subject: fact
    for fact in (
        Fact(StockReceived, post_opening, lambda _: Keys()),
        Fact(StockAccepted, post_acceptance, accepted),
        Fact(SupplierReturnDispatched, post_and_tell_return, sent_back),
        Fact(StockIssued, post_and_settle_issue, picked),
        Fact(IssueReturned, post_and_settle_return, picked),
        Fact(OperationReported, post_and_settle_operation, lambda f: Keys((order(f.order_id),))),
        Fact(CompletionReceived, post_and_settle_completion, completed),
        Fact(ShipmentDispatched, post_dispatch, shipped),
        Fact(OrderClosed, end_order, lambda f: Keys((), (order(f.saga_id),))),
        Fact(ProductionCancelled, cancel_order, lambda f: Keys((), (order(f.order_id),))),
    )
}


async def hear(session: AsyncSession, event: Event, envelope: Envelope) -> None:
    """Post a fact now, or park it with what it waits for; then try what waited for it."""
    parked = await parked_facts(session) if (await books_row(session)).parked else []
    keys = FACTS[event.subject].keys(event)
    fact = PendingFact(
        id=envelope.id,
        company_id=envelope.companyid,
        source=envelope.source.strip("/"),
        position=envelope.position,
        subject=event.subject,
        actor=teller(session).initiated_by or teller(session).actor,
        traceparent=envelope.traceparent,
        body=event.model_dump(mode="json"),
        holds=list(keys.holds),
        behind=list(keys.behind),
        waits_for="",
        heard_at=now(session),
    )
    first = ahead_of(fact, parked)
    waits_for = f"fact:{first.id}" if first else await attempt(session, fact)
    if waits_for:
        fact.waits_for = waits_for
        session.add(fact)
        session.info.pop("books_row", None)  # the next fact of this transaction must see it
    elif parked:
        await retry(session, parked)


async def attempt(session: AsyncSession, fact: PendingFact) -> str:
    """Post a fact under the name of whoever caused it; what it waits for, empty when posted."""
    before = teller(session)
    who = Teller(before.context, before.actor, fact.company_id, fact.traceparent, fact.actor)
    session.info["teller"] = who
    kind = FACTS[fact.subject]
    try:
        await kind.post(session, kind.event.model_validate(fact.body), fact.id)
    except TermsMissing as missing:
        return missing.key
    except WAITING as problem:
        return problem.type()
    finally:
        session.info["teller"] = before
    return ""


async def retry(session: AsyncSession, parked: list[PendingFact]) -> int:
    """Post what can be posted now, in order, until nothing moves; how many were."""
    waiting = list(parked)
    posted = 0
    moved = True
    while moved:
        moved = False
        for fact in tuple(waiting):
            if first := ahead_of(fact, waiting):
                fact.waits_for = f"fact:{first.id}"
                continue
            fact.waits_for = await attempt(session, fact)
            if not fact.waits_for:
                fact.settled_at = now(session)
                waiting.remove(fact)
                posted, moved = posted + 1, True
    return posted


async def retry_all(session: AsyncSession) -> None:
    """Something was learnt that parked facts of this company may have waited for."""
    session.info.pop("books_row", None)
    if (await books_row(session)).parked and (parked := await parked_facts(session)):
        await retry(session, parked)


async def parked_facts(session: AsyncSession) -> list[PendingFact]:
    """The company's parked facts in the order of their sources."""
    rows = await session.exec(
        select(PendingFact)
        .where(
            PendingFact.company_id == teller(session).company_id,
            col(PendingFact.settled_at).is_(None),
        )
        .order_by(col(PendingFact.source), col(PendingFact.position))
        .limit(RETRIED_MAX)
    )
    return list(rows)


async def retry_parked(session: AsyncSession, _clock: Clock) -> None:
    """By the clock: facts of every company that waited for a period, a rule or an account."""
    companies = await session.exec(
        select(PendingFact.company_id).where(col(PendingFact.settled_at).is_(None)).distinct()
    )
    for company in sorted(companies):
        who = teller(session)
        session.info["teller"] = Teller(who.context, who.actor, company)
        await retry_all(session)
