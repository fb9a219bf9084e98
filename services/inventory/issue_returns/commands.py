"""Material comes back from production into the parts it was taken from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.inventory.holdings.rules import fraction_of
from services.inventory.issue_returns.rules import Back, NotIssued, Out, coming_back
from services.inventory.issue_returns.tables import IssueReturn, ReturnTask
from services.inventory.issues.tables import IssueLine
from services.inventory.moves.commands import lock_items_of, locking, post
from services.inventory.moves.rules import Posting
from services.inventory.reservations.commands import restock
from shared.bulk import insert_numbered
from shared.contracts.inventory.events import IssueReturned, Pick
from shared.contracts.inventory.issues import ReturnIssued
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller
from shared.session import now, today

LOCK_ISSUED = locking(
    "SELECT l.item_id FROM issue i JOIN issue_line l ON l.issue_id = i.id "
    "WHERE i.order_id = :order AND i.company_id = :company"
)
ISSUED = text("""
SELECT i.order_number, l.*
FROM issue i JOIN issue_line l ON l.issue_id = i.id
WHERE i.order_id = :order AND i.company_id = :company
ORDER BY l.line_id, l.id
""")

# What came back, and the task of an order of which nothing is out any more.
GIVE_BACK = text("""
WITH done AS (
  UPDATE return_task SET state = 'done', version = version + 1
  WHERE id = :order AND state = 'open' AND :all
)
UPDATE issue_line AS l SET returned = l.returned + t.quantity
FROM unnest(CAST(:ids AS uuid[]), CAST(:quantities AS numeric[])) AS t (id, quantity)
WHERE l.id = t.id
""")


async def return_issued(session: AsyncSession, wish: ReturnIssued) -> IssueReturn:
    """Put material back on the shelf it was taken from; who waits for it is served."""
    order_number, lines = await lock_issued(session, wish.order_id)
    out = [Out(x.id, x.line_id, x.part_id, x.quantity - x.returned) for x in lines]
    asked = (
        None if wish.lines is None else [Back(x.line_id, x.part_id, x.quantity) for x in wish.lines]
    )
    back = coming_back(out, asked)

    returned = IssueReturn(
        id=new_id(),
        company_id=teller(session).company_id,
        number="",
        state="returned",
        created_by=teller(session).actor,
        created_at=now(session),
        issue_id=lines[0].issue_id,
        order_id=wish.order_id,
        order_number=order_number,
        returned_on=today(session),
    )
    await insert_numbered(session, "MR", returned.returned_on, [returned])
    await session.execute(
        GIVE_BACK,
        {
            "order": wish.order_id,
            "all": sum(back.values()) == sum(line.quantity for line in out),
            "ids": list(back),
            "quantities": list(back.values()),
        },
    )
    await post(session, postings_of(returned, lines, back))
    tell_returned(session, returned, lines, back)
    await restock(session, {line.item_id for line in lines if line.id in back})
    return returned


async def lock_issued(session: AsyncSession, order_id: UUID) -> tuple[str, list[IssueLine]]:
    """The order's number and what was issued to it, the items locked first. Raises NotIssued."""
    await lock_items_of(session, LOCK_ISSUED, order=order_id)
    asked = {"order": order_id, "company": teller(session).company_id}
    rows = (await session.execute(ISSUED, asked)).mappings().all()
    if not rows:
        raise NotIssued(order_id=order_id)
    names = IssueLine.model_fields
    lines = [IssueLine(**{name: row[name] for name in names}) for row in rows]
    return rows[0]["order_number"], lines


def postings_of(
    returned: IssueReturn, lines: Sequence[IssueLine], back: Mapping[UUID, Decimal]
) -> list[Posting]:
    return [
        Posting(
            line.part_id,
            line.item_id,
            back[line.id],
            "issue_return",
            to_bin=line.bin_id,
            document_id=returned.id,
            document_number=returned.number,
        )
        for line in lines
        if line.id in back
    ]


def tell_returned(
    session: AsyncSession,
    returned: IssueReturn,
    lines: Sequence[IssueLine],
    back: Mapping[UUID, Decimal],
) -> None:
    picks = tuple(
        Pick(
            line_id=line.line_id,
            item_id=line.item_id,
            part_id=line.part_id,
            lot_id=line.lot_id,
            lot_number=line.lot_number,
            serial=line.serial,
            quantity=back[line.id],
            serves=fraction_of(line.serves, back[line.id], line.quantity),
        )
        for line in lines
        if line.id in back
    )
    record(
        session,
        IssueReturned(
            return_id=returned.id,
            number=returned.number,
            order_id=returned.order_id,
            order_number=returned.order_number,
            returned_on=returned.returned_on,
            picks=picks,
        ),
    )


async def open_task(session: AsyncSession, cancelled: ProductionCancelled) -> None:
    """The warehouse is to fetch back what a cancelled order still has; once per order."""
    if await session.get(ReturnTask, cancelled.order_id) is not None:
        return
    try:
        _, lines = await lock_issued(session, cancelled.order_id)
    except NotIssued:
        return
    if all(line.returned == line.quantity for line in lines):
        return
    session.add(
        ReturnTask(
            id=cancelled.order_id,
            company_id=teller(session).company_id,
            order_number=cancelled.number,
            opened_at=now(session),
        )
    )
    await session.flush()
