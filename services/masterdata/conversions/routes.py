"""Conversions over HTTP."""

from fastapi import APIRouter

from services.masterdata.conversions.commands import save_conversion
from services.masterdata.conversions.queries import converted
from services.masterdata.conversions.rules import ConversionInexact, ConversionUnknown
from services.masterdata.masters.rules import LinesRefused
from shared.auth import CurrentActor, needs
from shared.contracts.masterdata.bodies import Conversion, ConversionBody, ConvertBody, Converted
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/conversions", tags=["units"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("masterdata.unit.write")],
    responses=problems(LinesRefused),
)
async def post_conversion(wish: ConversionBody, session: Session) -> Conversion:
    """State an exact ratio; the same pair again replaces it."""
    return Conversion.model_validate(await save_conversion(session, wish))


@router.post(
    "/actions/convert",
    dependencies=[needs("masterdata.unit.read")],
    responses=problems(ConversionUnknown, ConversionInexact),
)
async def convert_quantity(wish: ConvertBody, session: Session, actor: CurrentActor) -> Converted:
    return Converted(quantity=await converted(session, actor, wish), unit=wish.to_unit)
