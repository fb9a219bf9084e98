"""What is refused while a copy is missing. Pure."""

from shared.i18n import Bilingual
from shared.problems import Conflict, Refused


class MasterUnheard(Conflict):
    title = Bilingual(
        "Finance has not heard of this record yet", "财务尚未收到该记录的主数据或单据消息"
    )
    lifted_by = Bilingual(
        "Create it in its own context, or wait until its event has arrived",
        "在所属系统中建立该记录，或稍候其消息到达",
    )


class RateUnknown(Refused):
    title = Bilingual(
        "No exchange rate is known for this currency and day", "没有该币种当日可用的汇率"
    )
    lifted_by = Bilingual(
        "Give a rate, or have the administrator record one", "填写汇率，或由系统管理员登记汇率"
    )
