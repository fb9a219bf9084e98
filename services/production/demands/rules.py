"""What may be done to a demand. Pure."""

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

STATES = ("open", "planned", "released", "covered", "cancelled")
LIFECYCLE = Lifecycle(
    STATES,
    Action("plan", frozenset({"open", "planned"}), "planned", "production.demand.plan"),
    Action("release", frozenset({"planned"}), "released", "production.planned_order.release"),
)


class DemandNotFound(NotFound):
    title = Bilingual("There is no such demand", "没有此需求")


class DemandDiffers(Conflict):
    title = Bilingual(
        "This demand id already stands for something else", "此需求标识已用于其他内容"
    )
    lifted_by = Bilingual("Give the demand up and raise a new one", "取消该需求后重新提出")


class DemandGivenUp(Conflict):
    title = Bilingual("This demand has been given up and stays so", "该需求已取消，不能再次提出")
    lifted_by = Bilingual("Raise a demand under a new id", "用新的标识提出需求")
