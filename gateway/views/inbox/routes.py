"""The inbox: what waits for this person, over all contexts."""

from typing import Any

from fastapi import APIRouter, Request

from gateway.views.asking import Missing, ask_all
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.session import TransactionRoute
from shared.settings import CONTEXTS

router = APIRouter(prefix="/api/views/inbox", tags=["views"], route_class=TransactionRoute)


class Inbox(Contract):
    """Approvals and tasks with the context they come from: what is overdue, then the oldest.

    Of an approval `overdue`, `due_at` and `on_behalf_of` say how pressing and whose it is.
    """

    approvals: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...]
    missing: tuple[Missing, ...]


@router.get("", dependencies=[needs("gateway.self.read")])
async def show_inbox(request: Request, actor: CurrentActor) -> Inbox:
    """Approvals this person may decide, and open tasks of their work."""
    approvals, missing = await ask_all(request, actor, CONTEXTS, "/approvals")
    tasks, _ = await ask_all(request, actor, CONTEXTS, "/tasks")
    return Inbox(
        approvals=tuple(sorted(together(approvals), key=pressing)),
        tasks=tuple(sorted(together(tasks), key=lambda one: str(one.get("since", "")))),
        missing=tuple(missing),
    )


def pressing(one: dict[str, Any]) -> tuple[bool, str]:
    return not one.get("overdue", False), str(one.get("requested_at", ""))


def together(parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Every context's entries as one list; a page's entries are under `items`."""
    found: list[dict[str, Any]] = []
    for context in sorted(parts):
        part: Any = parts[context]
        entries: list[dict[str, Any]] = part["items"] if hasattr(part, "keys") else part
        found += [{"context": context, **entry} for entry in entries]
    return found
