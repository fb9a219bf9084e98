"""Places over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from services.inventory.places.commands import save_places
from services.inventory.places.queries import LISTING
from services.inventory.places.rules import ZoneDiffers, standard_rows
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.places import BinShown, PlacesSaved, SavePlaces, StandardPlaces
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/places", tags=["places"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("inventory.place.read")])
async def list_bins(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[BinShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [BinShown.model_validate(row) for row in rows], total, counts)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("inventory.place.write")],
    responses=problems(ZoneDiffers),
)
async def post_places(wish: SavePlaces, session: Session) -> PlacesSaved:
    """Create warehouses, zones and bins by code; what stands already is left as it is."""
    return await save_places(session, wish.places)


@router.post(
    "/actions/standard",
    status_code=201,
    dependencies=[needs("inventory.place.write")],
    responses=problems(ZoneDiffers),
)
async def post_standard(wish: StandardPlaces, session: Session) -> PlacesSaved:
    """One plain warehouse in one call: receiving, storage, rejected and returned goods."""
    return await save_places(
        session, list(standard_rows(wish.code, wish.storage_classes, wish.bins))
    )
