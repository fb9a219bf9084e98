"""What is refused while masterdata has not told enough. Pure."""

from typing import Final

from shared.i18n import Bilingual
from shared.problems import Conflict

HOME_CURRENCY: Final = "CNY"
MASTERDATA = Bilingual(
    "The administrator of master data can enter it; then try again",
    "由主数据管理员维护后再试",
)


class ItemUnknown(Conflict):
    title = Bilingual("Procurement does not know this item (yet)", "采购尚不知道此物料")
    lifted_by = MASTERDATA


class SupplierUnknown(Conflict):
    title = Bilingual("Procurement does not know this supplier (yet)", "采购尚不知道此供应商")
    lifted_by = MASTERDATA


class RateMissing(Conflict):
    title = Bilingual("No exchange rate stands for this currency and day", "该币种在该日期没有汇率")
    lifted_by = MASTERDATA
