"""Imports over HTTP."""

from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from services.finance.books.rules import BooksNotOpen
from services.finance.imports.commands import import_opening
from services.finance.imports.rules import OpeningDone, OpeningUnreadable
from shared.auth import CurrentActor, needs
from shared.contracts.finance.ledgers import OpeningImport
from shared.service import problems
from shared.session import Session, TransactionRoute

BYTES_MAX = 5_000_000
router = APIRouter(prefix="/imports", tags=["imports"], route_class=TransactionRoute)


@router.post(
    "/opening",
    dependencies=[needs("finance.import.run")],
    responses=problems(OpeningUnreadable, OpeningDone, BooksNotOpen),
)
async def post_opening_import(
    file: Annotated[UploadFile, File()],
    session: Session,
    actor: CurrentActor,
    *,
    dry_run: Annotated[bool, Query()] = False,
) -> OpeningImport:
    """Opening balances as CSV: account, debit, credit, and partner, item, quantity, due_on."""
    content = await file.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise OpeningUnreadable(bytes=len(content), bytes_max=BYTES_MAX)
    return await import_opening(session, content, actor, dry_run=dry_run)
