"""Material comes back from production into the parts it was taken from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.inventory.issue_returns.rules import Back, NotIssued, Out, coming_back
from services.inventory.issue_returns.tables import IssueReturn, ReturnTask
from services.inventory.issues.commands import give_back
from services.inventory.issues.tables import Issue, IssueLine
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.reservations.commands import restock
from shared.contracts.inventory.events import IssueReturned, Pick
from shared.contracts.inventory.issues import ReturnIssued
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession
from shared.ids import new_id
from shared.numbers import take_number
from shared.outbox import record, teller
from shared.session import now, today


async def return_issued(session: AsyncSession, wish: ReturnIssued) -> IssueReturn:
    """Put material back on the shelf it was taken from; who waits for it is served."""
    issue, lines = await lock_issued(session, wish.order_id)
    out = [Out(x.id, x.line_id, x.part_id, x.quantity - x.returned) for x in lines]
    asked = (
        None if wish.lines is None else [Back(x.line_id, x.part_id, x.quantity) for x in wish.lines]
    )
    back = coming_back(out, asked)

    returned = IssueReturn(
        id=new_id(),
        company_id=issue.company_id,
        number=await take_number(session, issue.company_id, "MR", today(session)),
        state="returned",
        created_by=teller(session).actor,
        created_at=now(session),
        issue_id=issue.id,
        order_id=issue.order_id,
        order_number=issue.order_number,
        returned_on=today(session),
    )
    session.add(returned)
    await give_back(session, back)
    await post(session, postings_of(returned, lines, back))
    if sum(back.values()) == sum(line.quantity for line in out):
        await close_task(session, wish.order_id)
    tell_returned(session, returned, lines, back)
    await restock(session, {line.item_id for line in lines if line.id in back})
    return returned


async def lock_issued(session: AsyncSession, order_id: UUID) -> tuple[Issue, list[IssueLine]]:
    """The order's issue with its lines, their items locked first. Raises NotIssued."""
    found = await session.exec(
        select(Issue).where(
            col(Issue.order_id) == order_id, col(Issue.company_id) == teller(session).company_id
        )
    )
    issue = found.one_or_none()
    if issue is None:
        raise NotIssued(order_id=order_id)
    items = await session.exec(
        select(col(IssueLine.item_id)).where(col(IssueLine.issue_id) == issue.id).distinct()
    )
    await lock_items(session, list(items))
    rows = await session.exec(
        select(IssueLine)
        .where(col(IssueLine.issue_id) == issue.id)
        .order_by(col(IssueLine.line_id), col(IssueLine.id))
        .execution_options(populate_existing=True)
    )
    return issue, list(rows)


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


async def close_task(session: AsyncSession, order_id: UUID) -> None:
    task = await session.get(ReturnTask, order_id, with_for_update=True)
    if task is not None and task.state == "open":
        task.state, task.version = "done", task.version + 1
