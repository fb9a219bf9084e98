"""What may be done to a production order, and what stops it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from uuid import UUID

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle, Requirement
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
SIGNED: Final[frozenset[Requirement]] = frozenset({"signature"})
NOTED: Final[frozenset[Requirement]] = frozenset({"note"})
OPEN = frozenset({"firmed", "released", "in_progress", "paused"})
LIFECYCLE = Lifecycle(
    STATES,
    Action(
        "release", frozenset({"firmed"}), "released", "production.order.release", requires=SIGNED
    ),
    Action(
        "pause",
        frozenset({"released", "in_progress"}),
        "paused",
        "production.order.pause",
        requires=NOTED,
    ),
    Action("resume", frozenset({"paused"}), None, "production.order.pause"),
    Action(
        "report", frozenset({"released", "in_progress"}), "in_progress", "production.order.report"
    ),
    Action(
        "complete", frozenset({"released", "in_progress"}), "completed", "production.order.complete"
    ),
    Action(
        "release_to_stock",
        frozenset({"completed"}),
        "released_to_stock",
        "production.order.release_to_stock",
        requires=SIGNED,
    ),
    Action(
        "cancel",
        OPEN | {"completed"},
        "cancelled",
        "production.order.cancel",
        requires=NOTED,
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


class StillGood(Conflict):
    title = Bilingual(
        "A completed lot that is not wholly rejected cannot be cancelled",
        "已完工且未全部拒收的批次不能取消",
    )
    lifted_by = Bilingual(
        "Wait for the final inspection, or release the lot", "等待最终检验判定，或放行该批次"
    )


@dataclass(frozen=True, slots=True)
class Need:
    """One component of an order, in stock units of the component, and what may stand in for it."""

    line: int
    item_id: UUID
    quantity: Decimal
    substitutes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


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
        needs.append(Need(int(line["line"]), item_id, wanted, allowed_instead(line, decimals)))
    return needs


def allowed_instead(line: Mapping[str, Any], decimals: Mapping[UUID, int]) -> list[dict[str, Any]]:
    """What a BOM line allows instead of its component, in order of priority, in its proportion.

    As `ComponentSubstitute`. Planned scrap is lost of either alike.
    """
    own = str(line["quantity"])
    others = sorted(
        line.get("substitutes", ()), key=lambda one: (one["priority"], one["component_id"])
    )
    return [
        {
            "item_id": one["component_id"],
            "quantity": str(one.get("quantity") or own),
            "decimals": decimals[UUID(str(one["component_id"]))],
            "instead_of": own,
            "instead_of_decimals": decimals[UUID(str(line["component_id"]))],
        }
        for one in others
    ]


def passed(accepted: Decimal | None, conceded: Decimal | None) -> Decimal:
    """What the final inspection let pass, by concession or without; 0 before it is decided."""
    return (accepted or Decimal(0)) + (conceded or Decimal(0))


def further(material: str, heard: str) -> str:
    """Material only moves on, so that events may come in any order."""
    return max(material, heard, key=MATERIAL_ORDER.index)


def check_release(item_code: str, day: date, *, covered: bool, bom: bool, routing: bool) -> None:
    """REQ-42: certificate, structure and routing must hold on the day of release."""
    if not covered:
        raise CertificateMissing(item=item_code, day=day)
    if not bom:
        raise BomNotEffective(item=item_code, day=day)
    if not routing:
        raise RoutingNotEffective(item=item_code, day=day)
