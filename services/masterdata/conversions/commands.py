"""Changes to conversions."""

from services.masterdata.conversions.tables import UnitConversion
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import by_code, save
from services.masterdata.masters.rules import refuse, unknown
from services.masterdata.units.tables import Unit
from shared.contracts.masterdata.bodies import ConversionBody
from shared.database import AsyncSession


async def save_conversion(session: AsyncSession, wish: ConversionBody) -> UnitConversion:
    """One ratio; the reverse is known by it."""
    units = await by_code(session, Unit, {wish.from_unit, wish.to_unit})
    items = await by_code(session, Item, {wish.item_code} if wish.item_code else set())
    refuse(
        unknown("from_unit", [wish.from_unit], units)
        + unknown("to_unit", [wish.to_unit], units)
        + unknown("item_code", [wish.item_code or ""], items)
    )
    content = wish.model_dump(exclude={"item_code"})
    content["item_id"] = items[wish.item_code].id if wish.item_code else None
    keys = ("from_unit", "to_unit", "item_id")
    return (await save(session, UnitConversion, keys, [content])).all[0]
