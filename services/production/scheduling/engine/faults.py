"""What makes a shop impossible to schedule. Pure."""

from shared.i18n import Bilingual
from shared.problems import Refused


class OrdersInACircle(Refused):
    title = Bilingual("Orders wait for one another in a circle", "订单之间互相等待，形成循环")
    lifted_by = Bilingual("Correct the structure of one of the items", "修正其中一个物料的产品结构")


class ScheduleTooLong(Refused):
    title = Bilingual(
        "The work reaches beyond the days that a schedule may have", "所需工作超出排程可及的天数"
    )
    lifted_by = Bilingual(
        "Schedule fewer days, or give the work centre that is overloaded more capacity",
        "缩短排程天数，或增加超负荷工作中心的能力",
    )


class TooManyOperations(Refused):
    title = Bilingual(
        "The window has more operations than one schedule may have", "排程范围内的工序过多"
    )
    lifted_by = Bilingual(
        "Schedule fewer days, or fewer kinds of orders", "缩短排程天数，或减少订单范围"
    )


class ScheduleBroken(Exception):
    """A schedule that breaks the shop's laws: a fault of ours, never to be stored."""
