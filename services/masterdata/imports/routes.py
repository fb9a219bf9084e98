"""Imports over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from services.masterdata.boms.rules import BomCycle, RevisionsOverlap
from services.masterdata.imports.commands import KINDS, import_rows
from services.masterdata.imports.rules import BYTES_MAX, ImportRefused, KindUnknown, permission_for
from shared.auth import CurrentActor, needs
from shared.contracts.masterdata.bodies import ImportOutcome
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/imports", tags=["imports"], route_class=TransactionRoute)
DryRun = Annotated[bool, Query(description="1: say what would happen and change nothing")]


@router.post(
    "/{kind}",
    dependencies=[needs("masterdata.import.run")],
    responses=problems(ImportRefused, KindUnknown, BomCycle, RevisionsOverlap),
)
async def post_import(
    kind: str, file: UploadFile, session: Session, actor: CurrentActor, *, dry_run: DryRun = False
) -> ImportOutcome:
    """Take over a CSV file (UTF-8, header row), all or nothing; structures come as released.

    Beside the right to import, the kind's own right to write is needed.
    """
    if kind in KINDS:
        actor.require(permission_for(kind))
    await file.seek(0)
    content = await file.read(BYTES_MAX + 1)
    return await import_rows(session, kind, content, dry_run=dry_run)
