"""Issues as lists and documents."""

from collections.abc import Sequence

from sqlmodel import col, select

from services.inventory.issues.tables import Issue, IssueLine
from shared.auth import Actor
from shared.contracts.inventory.issues import IssueLineShown, IssueShown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Issue,
    {"state": "in", "order_id": "ref", "order_number": "eq", "issued_on": "range"},
    sort=("number", "issued_on"),
    search=("number", "order_number"),
)
RETURN = "inventory.issue.return"


async def show(session: AsyncSession, actor: Actor, issues: Sequence[Issue]) -> list[IssueShown]:
    """Issues with their lines, one statement for all."""
    rows = await session.exec(
        select(IssueLine)
        .where(col(IssueLine.issue_id).in_([issue.id for issue in issues]))
        .order_by(col(IssueLine.issue_id), col(IssueLine.line_id), col(IssueLine.id))
    )
    lines = list(rows)
    return [
        shown(issue, [line for line in lines if line.issue_id == issue.id], actor)
        for issue in issues
    ]


def shown(issue: Issue, lines: Sequence[IssueLine], actor: Actor) -> IssueShown:
    """An issue as its answer."""
    out = any(line.returned < line.quantity for line in lines)
    return IssueShown.model_validate(
        {
            **issue.model_dump(),
            "states": {"logistics": "issued" if out else "returned"},
            "lines": [IssueLineShown.model_validate(line) for line in lines],
            "allowed_actions": ["return"] if out and actor.may(RETURN) else [],
        }
    )
