"""Units over HTTP."""

from services.masterdata.masters.routes import Collection, master_base, master_router
from services.masterdata.units.commands import save_conversion, save_units
from services.masterdata.units.queries import LISTING, converted, describe_units, tell_units
from services.masterdata.units.rules import ConversionInexact, ConversionUnknown
from services.masterdata.units.tables import Unit
from shared.auth import CurrentActor, needs
from shared.contracts.masterdata.bodies import (
    Conversion,
    ConversionBody,
    ConvertBody,
    Converted,
    UnitBody,
    UnitShown,
)
from shared.service import problems
from shared.session import Session

UNITS = Collection(
    "unit", "/units", Unit, UnitBody, UnitShown, LISTING, save_units, describe_units, tell_units
)
router = master_base(UNITS.prefix)


@router.post("/conversions", status_code=201, dependencies=[needs("masterdata.unit.write")])
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


master_router(UNITS, router)
