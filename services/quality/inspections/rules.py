"""The life of an inspection lot, and what a result must be. Pure."""

from decimal import Decimal

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import NotFound, Refused

STATES = (
    "planned",
    "in_progress",
    "pending_decision",
    "accepted",
    "conceded",
    "partially_accepted",
    "rejected",
    "cancelled",
)
OPEN = frozenset({"planned", "in_progress", "pending_decision"})
DECIDED = frozenset({"accepted", "conceded", "partially_accepted", "rejected"})
MEANING = "inspection decision"
LIFECYCLE = Lifecycle(
    STATES,
    Action("start", frozenset({"planned"}), "in_progress", "quality.inspection.record"),
    Action("record", OPEN, "pending_decision", "quality.inspection.record"),
    Action(
        "decide",
        frozenset({"pending_decision"}),
        None,
        "quality.inspection.decide",
        not_by=("recorded_by", "maker"),
        requires=frozenset({"signature"}),
    ),
)


class InspectionUnknown(NotFound):
    title = Bilingual("There is no such inspection lot", "没有该检验批")


class MoreThanTheLot(Refused):
    title = Bilingual(
        "More was inspected or found bad than the lot holds", "检验数或不合格数超过批量"
    )


def check_result(quantity: Decimal, inspected: Decimal, defects: Decimal) -> None:
    if inspected > quantity or defects > inspected:
        raise MoreThanTheLot(lot=quantity, inspected=inspected, defects=defects)
