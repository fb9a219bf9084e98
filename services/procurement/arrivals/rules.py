"""What may come through the gate. Pure."""

from datetime import date
from decimal import Decimal

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused

STATES = ("arrived", "inspected", "invoiced", "settled")


class ArrivalUnknown(NotFound):
    title = Bilingual("There is no such arrival", "没有此到货单")


class OrderNotIssued(Conflict):
    title = Bilingual(
        "Goods arrive against an issued order alone", "只能对已下达的采购订单办理到货"
    )
    lifted_by = Bilingual("The buyer issues the order", "由采购员下达订单")


class LineNotOfOrder(Refused):
    title = Bilingual("The order has no such line", "采购订单没有该行")


class ArrivedTooMuch(Conflict):
    title = Bilingual("More has come than is still to come", "到货数量超过未到数量")
    lifted_by = Bilingual(
        "Refuse the surplus at the gate, or have the order changed", "当场拒收多余部分，或变更订单"
    )


class ExpiryMissing(Refused):
    title = Bilingual(
        "An item with shelf life needs its last usable day", "有保质期的物料必须填写有效期至"
    )


class LifeTooShort(Conflict):
    title = Bilingual("Too little of the shelf life is left at receipt", "到货时剩余有效期不足")
    lifted_by = Bilingual(
        "Send it back; or master data staff can lower the item's minimum",
        "退货；或由主数据人员调整最低剩余有效期",
    )


class ArrivalTooFine(Refused):
    title = Bilingual("A quantity has more decimals than the item counts", "数量小数位超出物料设定")


def check_life(
    item: str,
    shelf_life_days: int | None,
    minimum_life_days: int,
    usable_until: date | None,
    today: date,
) -> None:
    """Refuse goods without an expiry where one is due, or with too little life left."""
    if usable_until is None:
        if shelf_life_days is not None:
            raise ExpiryMissing(item=item, shelf_life_days=shelf_life_days)
        return
    left = (usable_until - today).days
    if left < minimum_life_days:
        raise LifeTooShort(item=item, days_left=left, minimum_life_days=minimum_life_days)


def state_of(*, inspected: bool, accepted: Decimal, invoiced: bool, paid: bool) -> str:
    """The headline from what was heard, in whatever order it came."""
    if inspected and (accepted == 0 or (invoiced and paid)):
        return "settled"
    if inspected and invoiced:
        return "invoiced"
    return "inspected" if inspected else "arrived"
