"""Vouchers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.finance.vouchers.commands import review_vouchers
from services.finance.vouchers.queries import LISTING, show_voucher
from services.finance.vouchers.rules import VoucherUnknown
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.finance.ledgers import Voucher, VoucherRow
from shared.lifecycle import ActionNotAllowed
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/vouchers", tags=["vouchers"], route_class=TransactionRoute)
READ = [needs("finance.voucher.read")]
REVIEW = [needs("finance.voucher.review")]


@router.get("", dependencies=READ)
async def list_vouchers(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[VoucherRow]:
    """Vouchers; `source_id` gives those of one document."""
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [VoucherRow.model_validate(row) for row in rows], total, counts)


@router.get("/{id}", dependencies=READ, responses=problems(VoucherUnknown))
async def get_voucher(id: UUID, session: Session, actor: CurrentActor) -> Voucher:
    return await show_voucher(session, id, actor)


@router.post(
    "/{id}/actions/review",
    dependencies=REVIEW,
    responses=problems(VoucherUnknown, ActionNotAllowed),
)
async def review(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Voucher:
    """Put a second person's name to a voucher (审核)."""
    await review_vouchers(session, Batch.of_one(id, act.version), actor)
    return await show_voucher(session, id, actor)


@router.post("/actions/review", dependencies=REVIEW)
async def review_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """The same for several vouchers."""
    batch = Batch(wish.items, partial=partial)
    return batch.results(await review_vouchers(session, batch, actor))
