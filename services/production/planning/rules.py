"""Net requirements of one demand over all levels. Pure: a plain loop in low-level-code order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Literal
from uuid import UUID

from shared.decimals import plain
from shared.i18n import Bilingual
from shared.problems import Conflict, Refused

DEEPEST = 50  # levels; real structures have less than fifteen
REASON_MAX = 480  # characters of pegging that every reader can store
ZERO = Decimal(0)


class ItemHasNoBom(Refused):
    title = Bilingual(
        "An item that is made has no structure that holds today", "自制物料今天没有生效的物料清单"
    )
    lifted_by = Bilingual(
        "Release a BOM for the item named, then plan again", "为所列物料发布物料清单后重新计划"
    )


class StructureCircular(Refused):
    title = Bilingual("The structure contains itself", "物料清单存在循环")
    lifted_by = Bilingual(
        "Correct the BOMs of the items named, then plan again", "修正所列物料的物料清单后重新计划"
    )


class ItemNotActive(Refused):
    title = Bilingual("An item that is needed is no longer active", "所需物料已停用")
    lifted_by = Bilingual(
        "Activate the item, or replace it in the structure", "启用该物料，或在物料清单中替换"
    )


class PlannedBefore(Conflict):
    title = Bilingual(
        "Another plan released orders of these items since this was planned",
        "计划之后，另一计划已下达这些物料的订单",
    )
    lifted_by = Bilingual(
        "Plan again: what was released counts as supply", "请重新计划，已下达的订单会计入供应"
    )


@dataclass(frozen=True, slots=True)
class Material:
    """An item as planning sees it; quantities in its stock unit."""

    id: UUID
    code: str
    made: bool
    decimals: int
    lead_time_days: int = 0
    order_minimum: Decimal = ZERO
    order_multiple: Decimal = ZERO
    safety_stock: Decimal = ZERO
    active: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a structure: stock units of the component per stock unit of its parent."""

    item_id: UUID
    quantity: Decimal
    scrap: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Need:
    """So much of an item on a day, and in words who needs it."""

    item_id: UUID
    quantity: Decimal
    needed_on: date
    cause: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One order that the plan proposes."""

    item_id: UUID
    kind: Literal["buy", "make"]
    level: int
    quantity: Decimal
    start_on: date
    needed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class NetPlan:
    """The orders in low-level-code order, and what is taken of free supply, by item."""

    orders: list[Planned] = field(default_factory=list[Planned])
    draws: dict[UUID, Decimal] = field(default_factory=dict[UUID, Decimal])


Structures = Mapping[UUID, Sequence[Line]]


def plan_demand(
    needs: Iterable[Need],
    materials: Mapping[UUID, Material],
    structures: Structures,
    free: Mapping[UUID, Decimal],
) -> NetPlan:
    """Net the needs against free supply, level by level, one order per item.

    An item is reached only after all its parents, so what they need is merged and netted once.
    Raises ItemHasNoBom, StructureCircular, ItemNotActive.
    """
    waiting: defaultdict[UUID, list[Need]] = defaultdict(list)
    for need in needs:
        waiting[need.item_id].append(need)
    levels = low_levels(waiting.keys(), materials, structures)
    plan = NetPlan()
    for item_id in sorted(levels, key=lambda one: (levels[one], materials[one].code, one)):
        if not waiting[item_id]:
            continue
        material = materials[item_id]
        if not material.active:
            raise ItemNotActive(item=material.code)
        missing = net(material, waiting[item_id], free.get(item_id, ZERO), plan)
        if missing <= 0:
            continue
        order = propose(material, levels[item_id], missing, waiting[item_id])
        plan.orders.append(order)
        if material.made:
            if item_id not in structures:
                raise ItemHasNoBom(item=material.code)
            for need in explode(order, material, structures[item_id], materials, waiting[item_id]):
                waiting[need.item_id].append(need)
    return plan


def low_levels(
    roots: Iterable[UUID], materials: Mapping[UUID, Material], structures: Structures
) -> dict[UUID, int]:
    """The deepest level at which each item stands under the roots."""
    levels: dict[UUID, int] = {}
    current = set(roots)
    for level in range(DEEPEST):
        if not current:
            return levels
        levels.update(dict.fromkeys(current, level))
        parents = [id for id in current if materials[id].made]
        current = {line.item_id for id in parents for line in structures.get(id, ())}
    raise StructureCircular(items=sorted(materials[id].code for id in current))


def net(material: Material, needs: Sequence[Need], free: Decimal, plan: NetPlan) -> Decimal:
    """What free supply above the safety stock leaves uncovered; what it covers is drawn."""
    gross = sum((need.quantity for need in needs), ZERO)
    drawn = min(gross, max(free - material.safety_stock, ZERO))
    if drawn > 0:
        plan.draws[material.id] = drawn
    return gross - drawn


def propose(material: Material, level: int, missing: Decimal, needs: Sequence[Need]) -> Planned:
    """One order for all needs of the item, ready on the first day that any of them names."""
    needed_on = min(need.needed_on for need in needs)
    return Planned(
        item_id=material.id,
        kind="make" if material.made else "buy",
        level=level,
        quantity=order_size(material, missing),
        start_on=needed_on - timedelta(days=material.lead_time_days),
        needed_on=needed_on,
        reason=pegging(needs),
    )


def order_size(material: Material, missing: Decimal) -> Decimal:
    """Purchases obey minimum and multiple; makes are lot for lot, in the item's decimals."""
    size = rounded_up(missing, material.decimals)
    if material.made:
        return size
    size = max(size, material.order_minimum)
    if material.order_multiple > 0:
        multiples = (size / material.order_multiple).to_integral_value(ROUND_CEILING)
        size = multiples * material.order_multiple
    return size


def explode(
    order: Planned,
    material: Material,
    lines: Sequence[Line],
    materials: Mapping[UUID, Material],
    needs: Sequence[Need],
) -> Iterable[Need]:
    """What making the order takes, on the day it starts; planned scrap is added."""
    path = f"{needs[0].path} > {material.code}" if needs[0].path else material.code
    for line in lines:
        wanted = order.quantity * line.quantity / (1 - line.scrap)
        quantity = rounded_up(wanted, materials[line.item_id].decimals)
        cause = f"{plain(quantity)} → {path} × {plain(order.quantity)}"
        yield Need(line.item_id, quantity, order.start_on, cause, path)


def pegging(needs: Sequence[Need]) -> str:
    """Who needs it, in words; cut where no reader could store more."""
    words = "; ".join(need.cause for need in needs)
    return words if len(words) <= REASON_MAX else words[: REASON_MAX - 1] + "…"


def rounded_up(quantity: Decimal, decimals: int) -> Decimal:
    """To the item's decimals: a part that is counted is needed whole."""
    return quantity.quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING)
