"""What makes an input unfit to plan. Each names the culprit and the numbers."""

from shared.i18n import Bilingual
from shared.problems import Refused

MASTER = Bilingual("Correct the item named, then plan again", "修正所列物料后重新计划")


class PlanningItemUnknown(Refused):
    title = Bilingual("Planning does not know an item that is named", "计划中引用了未知的物料")
    lifted_by = Bilingual("List the item named, or take it out", "补充所列物料，或删除对它的引用")


class PlanningItemTwice(Refused):
    title = Bilingual("An item is listed twice", "物料重复列出")
    lifted_by = Bilingual("List each item once", "每个物料只列一次")


class PlanningCycle(Refused):
    """`path` starts and ends with the same item."""

    title = Bilingual("The structure contains itself", "物料清单存在循环")
    lifted_by = Bilingual(
        "Take one line of the path out of the structure", "从所列路径中删除一行物料清单"
    )


class PlanningSubstituteCycle(Refused):
    """Each item of `path` must be planned before the next; it starts and ends with the same one."""

    title = Bilingual(
        "A substitute would have to be planned before what it stands in for",
        "替代料必须在被替代物料之后计划，而所列路径形成循环",
    )
    lifted_by = Bilingual("Take one substitute of the path out", "从所列路径中删除一个替代料")


class PlanningNumberNegative(Refused):
    title = Bilingual("A number of planning must not be negative", "计划数值不能为负")
    lifted_by = MASTER


class PlanningNumberOutOfRange(Refused):
    title = Bilingual("A number of planning is outside of its range", "计划数值超出允许范围")
    lifted_by = MASTER


class PlanningNumberTooPrecise(Refused):
    title = Bilingual(
        "A number has more decimals than its item counts", "数值的小数位超过物料的计量精度"
    )
    lifted_by = Bilingual(
        "Round the number, or give the item more decimals", "对数值取整，或提高物料的小数位数"
    )


class PlanningOverflow(Refused):
    title = Bilingual(
        "An item's quantities could exceed what whole-number arithmetic holds",
        "物料数量可能超出整数运算范围",
    )
    lifted_by = Bilingual(
        "Give the item named fewer decimals, or plan a smaller quantity",
        "减少所列物料的小数位数，或减小计划数量",
    )


class LotRuleImpossible(Refused):
    title = Bilingual("No order can obey the item's lot rule", "没有订单能满足物料的批量规则")
    lifted_by = MASTER


class PlanningTooManyOrders(Refused):
    """`orders` is an upper bound of what the maximum lot could lead to."""

    title = Bilingual(
        "An item's maximum lot would split its need into too many orders",
        "物料的最大批量会把需求拆成过多订单",
    )
    lifted_by = Bilingual("Raise the maximum lot of the item named", "提高所列物料的最大批量")


class ShelfLifeImpossible(Refused):
    title = Bilingual(
        "The item's shelf life is shorter than what must remain of it",
        "物料有效期短于要求的剩余有效期",
    )
    lifted_by = MASTER


class BucketOutOfHorizon(Refused):
    title = Bilingual("A bucket lies outside of the horizon", "时间段超出计划范围")
    lifted_by = Bilingual("Use buckets from 0 to one below their number", "时间段应从 0 到总数减一")
