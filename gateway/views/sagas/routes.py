"""Every saga of every context."""

from typing import Any

from fastapi import APIRouter, Request

from gateway.views.asking import Missing, ask_all
from gateway.views.inbox.routes import together
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.session import TransactionRoute
from shared.settings import CONTEXTS

router = APIRouter(prefix="/api/views/sagas", tags=["views"], route_class=TransactionRoute)


class Sagas(Contract):
    """Sagas in trouble first, then the latest."""

    sagas: tuple[dict[str, Any], ...]
    counts_by_phase: dict[str, int]
    missing: tuple[Missing, ...]


@router.get("", dependencies=[needs("gateway.self.read")])
async def list_all_sagas(request: Request, actor: CurrentActor) -> Sagas:
    """What is under way, where it waits and since when."""
    parts, missing = await ask_all(request, actor, CONTEXTS, "/sagas")
    found = together(parts)
    counts: dict[str, int] = {}
    for saga in found:
        counts[saga["phase"]] = counts.get(saga["phase"], 0) + 1
    return Sagas(
        sagas=tuple(sorted(found, key=lambda saga: saga["problem"] is None)),
        counts_by_phase=counts,
        missing=tuple(missing),
    )
