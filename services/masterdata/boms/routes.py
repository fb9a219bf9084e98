"""Structures over HTTP."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.masterdata.boms.commands import describe_boms, release_bom, save_boms, tell_boms
from services.masterdata.boms.queries import LISTING, explode, where_used
from services.masterdata.boms.rules import LIFECYCLE, BomCycle, RevisionsOverlap, SubstituteCycle
from services.masterdata.boms.tables import Bom
from services.masterdata.masters.routes import Collection, master_base, master_router
from services.masterdata.masters.rules import MasterChanged, MasterUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.base import Act, Quantity
from shared.contracts.masterdata.bodies import BomBody, BomShown, Exploded, WhereUsed
from shared.lifecycle import ActionNotAllowed
from shared.service import problems
from shared.session import Session, today

BOMS = Collection(
    "bom", "/boms", Bom, BomBody, BomShown, LISTING, save_boms, describe_boms, tell_boms
)
ONE = Decimal(1)
router = master_base(BOMS.prefix)


@router.get("/explode", dependencies=[needs("masterdata.bom.read")])
async def explode_bom(
    item_id: UUID,
    session: Session,
    actor: CurrentActor,
    quantity: Quantity = ONE,
    day: date | None = None,
) -> list[Exploded]:
    """Everything that goes into a quantity of an item, by default on the company's today."""
    return await explode(session, actor, item_id, quantity, day or today(session))


@router.get("/where-used", dependencies=[needs("masterdata.bom.read")])
async def show_where_used(item_id: UUID, session: Session, actor: CurrentActor) -> list[WhereUsed]:
    return await where_used(session, actor, item_id)


@router.post(
    "/{id}/actions/release",
    dependencies=[needs(LIFECYCLE["release"].permission)],
    responses=problems(
        ActionNotAllowed,
        BomCycle,
        MasterChanged,
        MasterUnknown,
        RevisionsOverlap,
        SubstituteCycle,
    ),
)
async def release(id: UUID, act: Act, session: Session, actor: CurrentActor) -> BomShown:
    bom = await release_bom(session, actor, id, act.version, act.note)
    return (await describe_boms(session, [bom]))[0]


master_router(BOMS, router)
