"""Lots and their blocks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.inventory.blocks.commands import block_part, unblock_part
from services.inventory.blocks.queries import lots
from services.inventory.blocks.rules import BLOCK, UNBLOCK, BlockedAlready, NotBlocked
from services.inventory.lots.rules import PartUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.stock import BlockPart, LotShown, PartBlocked
from shared.lifecycle import VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(tags=["lots"], route_class=TransactionRoute)
Asked = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f]+$")]


@router.get("/lots", dependencies=[needs("inventory.stock.read")])
async def list_lots(
    session: Session,
    actor: CurrentActor,
    number: Asked = None,
    serial: Asked = None,
    item_id: UUID | None = None,
) -> list[LotShown]:
    """Lots by printed number, serial or item: where a lot stands and in which state."""
    return await lots(session, actor, number=number, serial=serial, item_id=item_id)


@router.post(
    "/parts/{id}/actions/block",
    dependencies=[needs(BLOCK)],
    responses=problems(BlockedAlready, PartUnknown, VersionStale),
)
async def block(id: UUID, wish: BlockPart, session: Session) -> PartBlocked:
    """Nobody may use this part from now on; what was held of it is served elsewhere."""
    part, withdrawn = await block_part(session, id, wish)
    return PartBlocked(
        id=part.id,
        version=part.version,
        quality=part.quality,
        blocks=tuple(part.blocks),
        withdrawn=withdrawn,
    )


@router.post(
    "/parts/{id}/actions/unblock",
    dependencies=[needs(UNBLOCK)],
    responses=problems(NotBlocked, PartUnknown, VersionStale),
)
async def unblock(id: UUID, wish: BlockPart, session: Session) -> PartBlocked:
    """Lift one block, saying why."""
    part = await unblock_part(session, id, wish)
    return PartBlocked.model_validate(
        {
            "id": part.id,
            "version": part.version,
            "quality": part.quality,
            "blocks": part.blocks,
            "withdrawn": 0,
        }
    )
