"""What an item must be. Pure."""

from collections.abc import Mapping

from services.masterdata.masters.rules import Fault
from shared.contracts.masterdata.bodies import ItemBody
from shared.i18n import Bilingual

TOO_FINE = Bilingual(
    "The item counts to more decimals than its unit", "物料小数位多于其计量单位的小数位"
)
SERIAL_WHOLE = Bilingual(
    "A serial-tracked item is counted in whole pieces", "按序列号管理的物料只能按整数计数"
)


def faults_of(place: int, wish: ItemBody, decimals_of_units: Mapping[str, int]) -> list[Fault]:
    """What stands against an item whose unit is known."""
    known = decimals_of_units.get(wish.stock_unit)
    decimals = wish.decimals if wish.decimals is not None else known
    if known is None or decimals is None:
        return []
    faults: list[Fault] = []
    if decimals > known:
        faults.append(Fault(place, "decimals", "too_fine", TOO_FINE, str(decimals)))
    if wish.tracking == "serial" and decimals > 0:
        faults.append(Fault(place, "tracking", "serial_whole", SERIAL_WHOLE, str(decimals)))
    return faults
