"""Questions about conversions."""

from decimal import Decimal

from sqlalchemy import and_, or_, select
from sqlmodel import col

from services.masterdata.conversions.rules import ConversionUnknown, convert
from services.masterdata.conversions.tables import UnitConversion
from services.masterdata.items.tables import Item
from services.masterdata.units.tables import Unit
from shared.auth import Actor
from shared.contracts.masterdata.bodies import ConvertBody
from shared.database import AsyncSession


async def converted(session: AsyncSession, actor: Actor, wish: ConvertBody) -> Decimal:
    """The quantity in the other unit; an item's own ratio goes before the general one."""
    pair = col(UnitConversion.from_unit), col(UnitConversion.to_unit)
    there = and_(pair[0] == wish.from_unit, pair[1] == wish.to_unit)
    back = and_(pair[0] == wish.to_unit, pair[1] == wish.from_unit)
    found = await session.execute(
        select(UnitConversion, col(Unit.decimals))
        .join(
            Unit,
            and_(
                col(Unit.company_id) == col(UnitConversion.company_id),
                col(Unit.code) == wish.to_unit,
            ),
        )
        .outerjoin(Item, col(Item.id) == col(UnitConversion.item_id))
        .where(
            col(UnitConversion.company_id) == actor.company_id,
            or_(there, back),
            or_(col(UnitConversion.item_id).is_(None), col(Item.code) == (wish.item_code or "")),
        )
        .order_by(col(UnitConversion.item_id).nulls_last())
    )
    row = found.first()
    if row is None:
        raise ConversionUnknown(from_unit=wish.from_unit, to_unit=wish.to_unit)
    ratio, decimals = row
    forward = ratio.from_unit == wish.from_unit
    over, under = (ratio.numerator, ratio.denominator)[:: 1 if forward else -1]
    return convert(wish.quantity, over, under, decimals)
