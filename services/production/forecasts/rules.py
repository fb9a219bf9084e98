"""What a list of forecasts must be. Pure."""

from collections.abc import Sequence

from shared.contracts.production.plan_runs import ForecastLine
from shared.i18n import Bilingual
from shared.problems import Refused


class ForecastTwice(Refused):
    title = Bilingual("An item has two forecasts for one day", "同一物料同一天有两条预测")
    lifted_by = Bilingual("Give each item and day once", "每个物料每天只列一次")


def check_lines(lines: Sequence[ForecastLine]) -> None:
    seen: set[object] = set()
    for line in lines:
        if (key := (line.item_id, line.day)) in seen:
            raise ForecastTwice(item_id=line.item_id, day=line.day)
        seen.add(key)
