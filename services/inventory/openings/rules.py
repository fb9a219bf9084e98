"""What opening stock must be. Pure."""

from typing import Any

from shared.i18n import Bilingual
from shared.problems import Refused

UNKNOWN_ITEM = Bilingual("There is no item with this code", "没有使用此编码的物料")
UNKNOWN_BIN = Bilingual("There is no bin with this code", "没有此货位")
UNSUITED_BIN = Bilingual(
    "The bin is not of the released zone or not of the item's storage class",
    "该货位不属于合格区，或储存条件不符",
)
SERIAL_NEEDED = Bilingual(
    "A serial-tracked item needs one serial and quantity 1 per row; another item none",
    "按序列号管理的物料每行须有一个序列号且数量为 1；其他物料不得填写序列号",
)
STANDS_ALREADY = Bilingual(
    "This lot stands in stock already or twice in the list",
    "此批次已在库中，或在清单中重复",
)


class OpeningRefused(Refused):
    """Keeps its faults by row, so that an import can name the cells."""

    title = Bilingual(
        "Some rows of the opening stock cannot be taken over; nothing was changed",
        "部分期初库存行无法接受，未做任何更改",
    )
    lifted_by = Bilingual(
        "Correct the cells named and send all again", "修正所列单元格后整批重新提交"
    )

    def __init__(self, faults: list[tuple[int, str, Bilingual, str]]) -> None:
        super().__init__(errors=[fault_shown(*fault) for fault in faults])
        self.faults = faults


def fault_shown(row: int, column: str, detail: Bilingual, value: str) -> dict[str, Any]:
    return {
        "pointer": f"/rows/{row}/{column}",
        "code": "refused",
        "detail": detail.en,
        "detail_zh": detail.zh,
        "params": {"value": value},
    }


def serial_fits(tracking: str, serial: str, quantity_is_one: bool) -> bool:  # noqa: FBT001
    return (bool(serial) and quantity_is_one) if tracking == "serial" else not serial
