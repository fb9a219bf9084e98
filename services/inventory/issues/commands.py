"""Handing material out to production."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlmodel import col, select

from services.inventory.holdings.commands import held_picks, take, told
from services.inventory.holdings.tables import Reservation, ReservationLine
from services.inventory.issues.rules import AlreadyIssued, NothingReserved
from services.inventory.issues.tables import Issue, IssueLine
from services.inventory.lots.rules import PartNotUsable, why_unusable
from services.inventory.moves.commands import lock_items, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.reservations.rules import ReservationWaiting
from shared.contracts.inventory.events import StockIssued
from shared.database import AsyncSession, insert_all
from shared.ids import new_id
from shared.numbers import take_numbers
from shared.outbox import record, teller
from shared.session import now, today

GIVE_BACK = text("""
UPDATE issue_line AS l SET returned = l.returned + t.quantity
FROM unnest(CAST(:ids AS uuid[]), CAST(:quantities AS numeric[])) AS t (id, quantity)
WHERE l.id = t.id
""")


async def issue_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> list[Issue]:
    """Move exactly what the orders hold out of the shelves, all or nothing, in constant statements.

    Expiry and blocks are looked at once more under the lock (REQ-44). In the given order.
    """
    picks = await lock_held(session, order_ids)
    reservations = await due(session, order_ids)
    day = today(session)
    for pick in picks:
        refuse_unusable(session, pick)

    company, by = teller(session).company_id, teller(session).actor
    numbers = await take_numbers(session, company, "MI", day, len(order_ids))
    issues = [
        Issue(
            id=new_id(),
            company_id=company,
            number=number,
            state="issued",
            created_by=by,
            created_at=now(session),
            order_id=order_id,
            order_number=reservations[order_id].number,
            issued_on=day,
        )
        for order_id, number in zip(order_ids, numbers, strict=True)
    ]
    session.add_all(issues)
    await session.flush()
    by_order = {issue.order_id: issue for issue in issues}
    await insert_all(session, IssueLine, [line_of(by_order[p["reservation_id"]], p) for p in picks])
    await post(session, [posting_of(by_order[p["reservation_id"]], p) for p in picks])
    await take(session, [pick["id"] for pick in picks], order_ids)
    for issue in issues:
        mine = [pick for pick in picks if pick["reservation_id"] == issue.order_id]
        tell_issued(session, issue, mine)
    await settle(session, {pick["item_id"] for pick in picks})
    return issues


async def lock_held(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """What the orders hold, their items locked first."""
    items = await session.exec(
        select(col(ReservationLine.item_id))
        .where(
            col(ReservationLine.reservation_id).in_(order_ids),
            col(ReservationLine.company_id) == teller(session).company_id,
        )
        .distinct()
    )
    if found := list(items):
        await lock_items(session, found)
    return await held_picks(session, order_ids)


async def due(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, Reservation]:
    """The orders' reservations, each held and not yet issued."""
    rows = await session.exec(
        select(Reservation)
        .where(
            col(Reservation.id).in_(order_ids),
            col(Reservation.company_id) == teller(session).company_id,
            col(Reservation.reserved_for) == "production_order",
        )
        .order_by(col(Reservation.id))
        .with_for_update()
    )
    found = {row.id: row for row in rows}
    for order_id in order_ids:
        row = found.get(order_id)
        if row is None or row.state == "released":
            raise NothingReserved(order_id=order_id)
        if row.state == "issued":
            raise AlreadyIssued(order_id=order_id, order_number=row.number)
        if row.state == "waiting":
            raise ReservationWaiting(order_id=order_id, order_number=row.number)
    return found


def refuse_unusable(session: AsyncSession, pick: RowMapping) -> None:
    why = why_unusable(pick["quality"], pick["blocks"], pick["usable_until"], today(session))
    if why:
        raise PartNotUsable(
            lot_number=pick["lot_number"],
            part_id=pick["part_id"],
            because=why,
            usable_until=pick["usable_until"],
        )


def line_of(issue: Issue, pick: RowMapping) -> dict[str, Any]:
    copied = (
        "id", "line_id", "item_id", "part_id", "lot_id", "lot_number", "serial", "bin_id",
        "quantity",
    )  # fmt: skip
    own = {"company_id": issue.company_id, "issue_id": issue.id, "returned": 0}
    return {name: pick[name] for name in copied} | own


def posting_of(issue: Issue, pick: RowMapping) -> Posting:
    return Posting(
        pick["part_id"],
        pick["item_id"],
        pick["quantity"],
        "issue",
        from_bin=pick["bin_id"],
        freed=pick["quantity"],
        document_id=issue.id,
        document_number=issue.number,
    )


def tell_issued(session: AsyncSession, issue: Issue, picks: Sequence[RowMapping]) -> None:
    record(
        session,
        StockIssued(
            issue_id=issue.id,
            number=issue.number,
            order_id=issue.order_id,
            order_number=issue.order_number,
            issued_on=issue.issued_on,
            picks=told(picks),
        ),
    )


async def give_back(session: AsyncSession, quantities: Mapping[UUID, Decimal]) -> None:
    """Note on issue lines how much came back, summed in SQL."""
    await session.execute(
        GIVE_BACK, {"ids": list(quantities), "quantities": list(quantities.values())}
    )
