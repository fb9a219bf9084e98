"""What an operation report must satisfy. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused


class OperationUnknown(NotFound):
    title = Bilingual("The order has no such operation", "该订单没有此工序")


class OperationReportedAlready(Conflict):
    title = Bilingual(
        "This operation has been reported with other figures", "该工序已按其他数据报工"
    )
    lifted_by = Bilingual(
        "The planner can see what was reported and by whom", "请向计划员查询报工记录"
    )


class OperationOutOfSequence(Conflict):
    title = Bilingual("An earlier operation is still open", "前道工序尚未完成")
    lifted_by = Bilingual("Report the operation named first", "先完成所列工序的报工")


class QuantityNotConserved(Refused):
    title = Bilingual(
        "Good and scrap together must be what went into the operation",
        "合格数与报废数之和须等于投入数",
    )


class ScrapUnexplained(Refused):
    title = Bilingual("Scrap needs a reason in words", "报废必须填写原因")


def check_report(
    operation: int,
    open_ones: Sequence[int],
    given: Decimal,
    good: Decimal,
    scrap: Decimal,
    reason: str | None,
) -> None:
    """Sequence and conservation: `given` went in, and good + scrap must come out."""
    if earlier := [number for number in open_ones if number < operation]:
        raise OperationOutOfSequence(operation=operation, open=earlier)
    if good + scrap != given:
        raise QuantityNotConserved(operation=operation, input=given, good=good, scrap=scrap)
    if scrap > 0 and not (reason or "").strip():
        raise ScrapUnexplained(operation=operation, scrap=scrap)
