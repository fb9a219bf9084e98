"""Handing material out to production."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.inventory.holdings.commands import MAY_SERVE, take, told
from services.inventory.issues.rules import AlreadyIssued, NothingReserved
from services.inventory.issues.tables import Issue, IssueLine
from services.inventory.lots.rules import PartNotUsable, why_unusable
from services.inventory.moves.commands import lock_items_of, locking, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.reservations.commands import restock
from services.inventory.reservations.rules import ReservationWaiting
from services.inventory.substitutions.commands import take_instead
from shared.bulk import insert_numbered
from shared.contracts.inventory.events import StockIssued
from shared.contracts.inventory.issues import IssueOrder
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller
from shared.session import now, today

LOCK_LINES = locking(
    f"{MAY_SERVE} WHERE reservation_id = ANY(CAST(:ids AS uuid[])) AND company_id = :company"
)

# The orders' claims with what they hold; a claim that holds nothing shows its state alone.
HELD = text("""
SELECT r.id AS reservation_id, r.number AS order_number, r.state, k.id, k.line_id, k.item_id,
       k.part_id, k.bin_id, k.quantity, k.serves, p.lot_id, p.lot_number, p.serial, p.quality,
       p.blocks, p.usable_until
FROM reservation r
LEFT JOIN reservation_pick k ON k.reservation_id = r.id AND k.state = 'held'
LEFT JOIN lot_part p ON p.id = k.part_id
WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.company_id = :company
  AND r.reserved_for = 'production_order'
ORDER BY r.id, k.line_id, p.usable_until NULLS LAST, k.part_id, k.bin_id
FOR UPDATE OF r
""")


async def issue_orders(
    session: AsyncSession, order_ids: Sequence[UUID]
) -> list[tuple[Issue, list[IssueLine]]]:
    """Move exactly what the orders hold out of the shelves, all or nothing, in constant statements.

    Expiry and blocks are looked at once more under the lock (REQ-44). In the given order.
    """
    await lock_items_of(session, LOCK_LINES, ids=sorted(order_ids))
    issued = await hand_out(session, order_ids)
    await settle(session, {line.item_id for _, lines in issued for line in lines})
    return issued


async def issue_instead(session: AsyncSession, wish: IssueOrder) -> tuple[Issue, list[IssueLine]]:
    """Issue one order with the lots that were chosen for its lines; what they free serves others.

    A claim that still waits is issued too if what was chosen makes it whole.
    """
    items = await lock_items_of(session, LOCK_LINES, ids=[wish.order_id])
    await take_instead(session, wish.order_id, wish.instead)
    [issue] = await hand_out(session, [wish.order_id])
    await restock(session, items)
    return issue


async def hand_out(
    session: AsyncSession, order_ids: Sequence[UUID]
) -> list[tuple[Issue, list[IssueLine]]]:
    """What the orders hold leaves the shelves. The caller holds the items' locks, and settles."""
    picks = await due(session, order_ids)
    for pick in picks:
        refuse_unusable(session, pick)

    who, day = teller(session), today(session)
    names = {pick["reservation_id"]: pick["order_number"] for pick in picks}
    issues = [
        Issue(
            id=new_id(),
            company_id=who.company_id,
            number="",
            state="issued",
            created_by=who.actor,
            created_at=now(session),
            order_id=order_id,
            order_number=names[order_id],
            issued_on=day,
        )
        for order_id in order_ids
    ]
    by_order = {issue.order_id: issue for issue in issues}
    lines = [line_of(by_order[pick["reservation_id"]], pick) for pick in picks]
    await insert_numbered(session, "MI", day, issues, (IssueLine, lines))
    await post(session, [posting_of(by_order[p["reservation_id"]], p) for p in picks])
    await take(session, [pick["id"] for pick in picks], order_ids)
    for issue in issues:
        mine = [pick for pick in picks if pick["reservation_id"] == issue.order_id]
        tell_issued(session, issue, mine)
    return [(issue, [x for x in lines if x.issue_id == issue.id]) for issue in issues]


async def due(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """What the orders hold; each is held whole and not yet issued."""
    asked = {"ids": list(order_ids), "company": teller(session).company_id}
    rows = (await session.execute(HELD, asked)).mappings().all()
    found = {row["reservation_id"]: row for row in rows}
    for order_id in order_ids:
        row = found.get(order_id)
        if row is None or row["state"] == "released":
            raise NothingReserved(order_id=order_id)
        if row["state"] == "issued":
            raise AlreadyIssued(order_id=order_id, order_number=row["order_number"])
        if row["state"] == "waiting":
            raise ReservationWaiting(order_id=order_id, order_number=row["order_number"])
    return rows


def refuse_unusable(session: AsyncSession, pick: RowMapping) -> None:
    why = why_unusable(pick["quality"], pick["blocks"], pick["usable_until"], today(session))
    if why:
        raise PartNotUsable(
            lot_number=pick["lot_number"],
            part_id=pick["part_id"],
            because=why,
            usable_until=pick["usable_until"],
        )


def line_of(issue: Issue, pick: RowMapping) -> IssueLine:
    copied = (
        "id", "line_id", "item_id", "part_id", "lot_id", "lot_number", "serial", "bin_id",
        "quantity", "serves",
    )  # fmt: skip
    return IssueLine(
        company_id=issue.company_id,
        issue_id=issue.id,
        returned=Decimal(0),
        **{name: pick[name] for name in copied},
    )


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
