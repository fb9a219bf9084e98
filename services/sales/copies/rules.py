"""What is refused while a copy is missing. Pure."""

from typing import Final

from shared.i18n import Bilingual
from shared.problems import Conflict

HOME_CURRENCY: Final = "CNY"  # the company's own; its rate is 1
WAIT_OR_CREATE = Bilingual(
    "Create the record in masterdata, or wait until its event has arrived",
    "在主数据中建立该记录，或稍候其消息到达",
)


class ItemNotKnown(Conflict):
    title = Bilingual("Sales does not know this item yet", "销售尚未收到该物料的主数据")
    lifted_by = WAIT_OR_CREATE


class CustomerNotKnown(Conflict):
    title = Bilingual("Sales does not know this customer yet", "销售尚未收到该客户的主数据")
    lifted_by = WAIT_OR_CREATE


class RateMissing(Conflict):
    title = Bilingual("No exchange rate holds on the order's day", "订单日期没有可用的汇率")
    lifted_by = Bilingual("Enter a rate for the currency in masterdata", "在主数据中录入该币种汇率")
