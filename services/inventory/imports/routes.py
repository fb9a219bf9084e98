"""Imports over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from services.inventory.imports.commands import import_opening, import_places
from services.inventory.imports.rules import BYTES_MAX, ImportRefused
from services.inventory.places.rules import ZoneDiffers
from shared.auth import needs
from shared.contracts.inventory.receipts import ImportOutcome
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/imports", tags=["imports"], route_class=TransactionRoute)
DryRun = Annotated[bool, Query(description="1: say what would happen and change nothing")]
RUN = needs("inventory.import.run")


@router.post("/places", dependencies=[RUN], responses=problems(ImportRefused, ZoneDiffers))
async def post_places(
    file: UploadFile, session: Session, *, dry_run: DryRun = False
) -> ImportOutcome:
    """CSV `warehouse_code,zone_code,status,storage_class,bin_code`, UTF-8, header row."""
    return await import_places(session, await content_of(file), dry_run=dry_run)


@router.post("/opening", dependencies=[RUN], responses=problems(ImportRefused))
async def post_opening(
    file: UploadFile, session: Session, *, dry_run: DryRun = False
) -> ImportOutcome:
    """CSV `item_code,lot_number,maker_lot,serial,usable_until,bin_code,quantity`, UTF-8."""
    return await import_opening(session, await content_of(file), dry_run=dry_run)


async def content_of(file: UploadFile) -> bytes:
    await file.seek(0)
    return await file.read(BYTES_MAX)
