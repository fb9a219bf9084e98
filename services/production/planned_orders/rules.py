"""What may be changed on a planned order by hand. Pure."""

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound


class PlannedOrderNotFound(NotFound):
    title = Bilingual("There is no such planned order", "计划订单不存在")


class PlannedOrderFixed(Conflict):
    title = Bilingual(
        "Only a standing order of a plan run can be changed",
        "只能修改计划运行产生的、尚未下达的订单",
    )
    lifted_by = Bilingual("Plan its demand again", "请重新运行该需求的计划")


def check_change(state: str, *, of_run: bool) -> None:
    if state != "planned" or not of_run:
        raise PlannedOrderFixed(state=state)
