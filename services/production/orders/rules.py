"""What may be done to a production order, and what stops it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

from shared.actor import Actor, SameHands
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound, Refused

STATES = (
    "planned",
    "firmed",
    "released",
    "in_progress",
    "paused",
    "completed",
    "released_to_stock",
    "closed",
    "cancelled",
)
SIGNED = frozenset({"signature"})
OPEN = frozenset({"firmed", "released", "in_progress", "paused"})
LIFECYCLE = Lifecycle(
    STATES,
    Action(
        "release", frozenset({"firmed"}), "released", "production.order.release", requires=SIGNED
    ),
    Action(
        "pause", frozenset({"released", "in_progress"}), "paused", "production.order.pause",
        requires=frozenset({"note"}),
    ),
    Action("resume", frozenset({"paused"}), None, "production.order.pause"),
    Action(
        "report", frozenset({"released", "in_progress"}), "in_progress", "production.order.report"
    ),
    Action(
        "complete", frozenset({"released", "in_progress"}), "completed", "production.order.complete"
    ),
    Action(
        "release_to_stock", frozenset({"completed"}), "released_to_stock",
        "production.order.release_to_stock", requires=SIGNED,
    ),
    Action(
        "cancel", OPEN | {"completed"}, "cancelled", "production.order.cancel",
        requires=frozenset({"note"}),
    ),
)
RELEASE_MEANING, BATCH_MEANING = "production release", "batch release"
MATERIAL_ORDER = ("waiting", "held", "issued", "returned")


class OrderNotFound(NotFound):
    title = Bilingual("There is no such production order", "没有此生产订单")


class CertificateMissing(Refused):
    title = Bilingual(
        "No registration certificate covers this device today", "该医疗器械今天没有有效的注册证"
    )
    lifted_by = Bilingual(
        "Regulatory affairs can record a certificate that names the item and holds today",
        "由法规人员登记包含该物料且在有效期内的注册证",
    )


class BomNotEffective(Refused):
    title = Bilingual("The item has no structure that holds today", "该物料今天没有生效的物料清单")
    lifted_by = Bilingual(
        "Release a BOM whose days include today", "发布一份有效期包含今天的物料清单"
    )


class RoutingNotEffective(Refused):
    title = Bilingual("The item has no routing that holds today", "该物料今天没有生效的工艺路线")
    lifted_by = Bilingual(
        "Release a routing whose days include today", "发布一份有效期包含今天的工艺路线"
    )


class MaterialNotIssued(Conflict):
    title = Bilingual(
        "The order's material has not been issued to it", "该订单的物料尚未领出，不能报工"
    )
    lifted_by = Bilingual("The warehouse issues what is held", "由仓库发料后再报工")


class OperationUnknown(NotFound):
    title = Bilingual("The order has no such operation", "该订单没有此工序")


class OperationReportedAlready(Conflict):
    title = Bilingual("This operation has been reported with other figures", "该工序已按其他数据报工")
    lifted_by = Bilingual(
        "The planner can see what was reported and by whom", "请向计划员查询报工记录"
    )


class OperationOutOfSequence(Conflict):
    title = Bilingual("An earlier operation is still open", "前道工序尚未完成")
    lifted_by = Bilingual("Report the operation named first", "先完成所列工序的报工")


class QuantityNotConserved(Refused):
    title = Bilingual(
        "Good and scrap together must be what went into the operation", "合格数与报废数之和须等于投入数"
    )


class ScrapUnexplained(Refused):
    title = Bilingual("Scrap needs a reason in words", "报废必须填写原因")


class OperationsOpen(Conflict):
    title = Bilingual("Operations of the order are still open", "该订单仍有未完成的工序")
    lifted_by = Bilingual("Report the operations named", "先完成所列工序的报工")


class NothingMade(Conflict):
    title = Bilingual("Nothing good was made, so there is no lot", "没有合格产出，不能完工")
    lifted_by = Bilingual("The planner can cancel the order", "由计划员取消该订单")


class NotInspected(Conflict):
    title = Bilingual(
        "The final inspection has not been decided", "最终检验尚未判定，不能放行"
    )
    lifted_by = Bilingual("The quality manager decides the inspection", "由质量经理完成检验判定")


class NothingAccepted(Conflict):
    title = Bilingual(
        "The final inspection accepted nothing of this lot", "最终检验没有合格数量，不能放行"
    )
    lifted_by = Bilingual("The planner can cancel the order", "由计划员取消该订单")


class SerialsUnclear(Refused):
    title = Bilingual(
        "As many rejected serial numbers must be named as were rejected",
        "须逐一列出被拒收的序列号，数量与拒收数一致",
    )


class StillGood(Conflict):
    title = Bilingual(
        "A completed lot that is not wholly rejected cannot be cancelled", "已完工且未全部拒收的批次不能取消"
    )
    lifted_by = Bilingual(
        "Wait for the final inspection, or release the lot", "等待最终检验判定，或放行该批次"
    )


@dataclass(frozen=True, slots=True)
class Need:
    """One component of an order, in stock units of the component."""

    line: int
    item_id: UUID
    quantity: Decimal


def rounded_up(quantity: Decimal, decimals: int) -> Decimal:
    """To the item's decimals: a part that is counted is needed whole."""
    return quantity.quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING)


def components_for(
    quantity: Decimal, lines: Iterable[Mapping[str, Any]], decimals: Mapping[UUID, int]
) -> list[Need]:
    """What `quantity` of an item takes, planned scrap included, by BOM line."""
    needs: list[Need] = []
    for line in lines:
        item_id = UUID(str(line["component_id"]))
        share = Decimal(str(line["quantity"])) / (1 - Decimal(str(line.get("scrap", 0))))
        wanted = rounded_up(quantity * share, decimals[item_id])
        needs.append(Need(int(line["line"]), item_id, wanted))
    return needs


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


def last_usable_day(made_on: date, shelf_life_days: int | None) -> date | None:
    """The day of making counts as the first of the shelf life (the "day before" rule, REQ-50)."""
    return None if shelf_life_days is None else made_on + timedelta(days=shelf_life_days - 1)


def lot_number(day: date, place: int) -> str:
    """`L-20260301-0007`: unique for ever, because the day is in it."""
    return f"L-{day:%Y%m%d}-{place:04d}"


def serial_numbers(item_code: str, day: date, last: int, count: int) -> list[str]:
    """`RW-VENT-26-000005`, the last of `count` being number `last` of the item and year."""
    return [f"{item_code}-{day:%y}-{place:06d}" for place in range(last - count + 1, last + 1)]


def refuse_own_work(actor: Actor, made_by: Sequence[str], verb: str) -> None:
    """Nobody releases what they made (segregation of duties)."""
    if actor.human and actor.subject in made_by:
        raise SameHands(action=verb, also_did="made_by")


def good_serials(
    serials: Sequence[str], rejected_serials: Sequence[str], rejected: Decimal
) -> list[str]:
    """The serials that go to stock: all but those named as rejected."""
    if not serials:
        return []
    named = set(rejected_serials)
    if len(named) != rejected or not named <= set(serials):
        raise SerialsUnclear(rejected=rejected, named=sorted(named), serials=list(serials))
    return [serial for serial in serials if serial not in named]


def further(material: str, heard: str) -> str:
    """Material only moves on, so that events may come in any order."""
    return max(material, heard, key=MATERIAL_ORDER.index)
