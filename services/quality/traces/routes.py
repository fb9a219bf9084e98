"""The trace over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from services.quality.traces.queries import balance_of, find, reached_partners, reached_parts
from services.quality.traces.rules import NodeUnknown, QuestionEmpty
from shared.auth import CurrentActor, needs
from shared.contracts.quality.traces import TraceAnswer, TraceBalance, TraceNodeShown
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/traces",
    tags=["traces"],
    route_class=TransactionRoute,
    dependencies=[needs("quality.trace.read")],
)
Asked = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f]+$")]
AfterN = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get("", responses=problems(QuestionEmpty))
async def find_nodes(
    session: Session, actor: CurrentActor, lot: Asked = None, serial: Asked = None
) -> list[TraceNodeShown]:
    """Parts and steps by printed lot or serial: where a walk can begin."""
    if lot is None and serial is None:
        raise QuestionEmpty
    return await find(session, actor, lot=lot, serial=serial)


@router.get("/{id}/forward", responses=problems(NodeUnknown))
async def forward(
    id: UUID,
    session: Session,
    actor: CurrentActor,
    kind: Annotated[Literal["customers", "stock", "parts"], Query(alias="as")] = "customers",
    after_n: AfterN = 0,
) -> TraceAnswer:
    """What became of it: customers with quantities, what remains in stock, or every part."""
    if kind == "customers":
        return await reached_partners(session, actor, id, "shipped")
    return await reached_parts(
        session, actor, id, backward=False, in_stock=kind == "stock", after_n=after_n
    )


@router.get("/{id}/backward", responses=problems(NodeUnknown))
async def backward(
    id: UUID,
    session: Session,
    actor: CurrentActor,
    kind: Annotated[Literal["suppliers", "parts"], Query(alias="as")] = "suppliers",
    after_n: AfterN = 0,
) -> TraceAnswer:
    """Where it came from: suppliers with their lots, or every part that went into it."""
    if kind == "suppliers":
        return await reached_partners(session, actor, id, "received")
    return await reached_parts(session, actor, id, backward=True, in_stock=False, after_n=after_n)


@router.get("/{id}/balance", responses=problems(NodeUnknown))
async def balance(id: UUID, session: Session, actor: CurrentActor) -> TraceBalance:
    """A part's quantities: what came in, what went out, what remains."""
    return await balance_of(session, actor, id)
