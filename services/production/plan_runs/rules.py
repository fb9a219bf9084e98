"""What may be done with a run, and what its publication writes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused

ORDERS_MAX = 20_000  # of one publication


class PlanRunNotFound(NotFound):
    title = Bilingual("There is no such plan run", "计划运行不存在")


class PlanRunNotDone(Conflict):
    title = Bilingual("The plan run has no result", "计划运行没有结果")
    lifted_by = Bilingual(
        "Wait until it is done, or start another; results of old runs are given up",
        "等待运行完成，或重新运行；较早运行的结果不再保留",
    )


class WhatIfNotPublished(Refused):
    title = Bilingual("A what-if cannot be published", "模拟运行不能发布")
    lifted_by = Bilingual("Start a regular run", "请启动正式运行")


class PlanRunStale(Conflict):
    title = Bilingual("A later run is published already", "已发布更晚的计划运行")
    lifted_by = Bilingual("Publish the latest run", "请发布最新的运行")


class PlanRunOutrun(Conflict):
    title = Bilingual(
        "Planned orders were firmed or released since this run began",
        "该运行开始之后已有计划订单被确认或下达",
    )
    lifted_by = Bilingual(
        "Start another run: it counts them as supply", "请重新运行，新的运行会将其计入供应"
    )


class PlanRunUnderWay(Conflict):
    title = Bilingual("A plan run is under way already", "已有计划运行正在进行")
    lifted_by = Bilingual(
        "Wait until it is done; a what-if may be started beside it",
        "等待其完成；模拟运行可同时启动",
    )


class TooManyToPublish(Refused):
    title = Bilingual(
        "The plan has more orders than one publication may write", "一次发布的订单过多"
    )
    lifted_by = Bilingual("Publish fewer days", "减少发布天数")


class WhatIfChangesOnly(Refused):
    title = Bilingual(
        "Only a what-if has demands and receipts of its own", "只有模拟运行可以附加需求和到货"
    )
    lifted_by = Bilingual("Say what_if, or leave them out", "请设置 what_if，或删除附加行")


def check_publishable(kind: str, state: str) -> None:
    if kind == "what_if":
        raise WhatIfNotPublished
    check_done(state)


def check_done(state: str) -> None:
    if state not in ("done", "published"):
        raise PlanRunNotDone(state=state)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as a plan wants it."""

    item_id: UUID
    start_on: date
    needed_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Standing(Wanted):
    """A planned order as it stands, by its key."""

    id: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`changed` pairs the order that stands with what it becomes (its place among the wanted)."""

    added: list[tuple[int, int]]  # place among the wanted, sequence
    changed: list[tuple[Standing, int]]
    ended: list[Standing]
    unchanged: int


def reconcile(
    standing: Iterable[Standing], wanted: Sequence[Wanted], last: Mapping[UUID, int]
) -> Reconciled:
    """The smallest change that makes what stands what is wanted.

    Equal orders are left alone; the rest of an item is matched by date, so that a key, and the note
    on it, goes with the order that moved least. `last` is the highest sequence ever of an item.
    """
    old: defaultdict[UUID, list[Standing]] = defaultdict(list)
    for one in standing:
        old[one.item_id].append(one)
    fresh: defaultdict[UUID, list[int]] = defaultdict(list)
    for place, wish in enumerate(wanted):
        fresh[wish.item_id].append(place)
    result = Reconciled([], [], [], 0)
    unchanged = 0
    for item in sorted(old.keys() | fresh.keys()):
        left, rest = take_equal(old[item], fresh[item], wanted)
        unchanged += len(old[item]) - len(left)
        pairs = min(len(left), len(rest))
        result.changed.extend(zip(left[:pairs], rest[:pairs], strict=True))
        result.ended.extend(left[pairs:])
        sequence = last.get(item, 0)
        result.added.extend((p, sequence + n) for n, p in enumerate(rest[pairs:], start=1))
    return Reconciled(result.added, result.changed, result.ended, unchanged)


def take_equal(
    old: Sequence[Standing], fresh: Sequence[int], wanted: Sequence[Wanted]
) -> tuple[list[Standing], list[int]]:
    """What is left of both sides once equal orders are taken off, by date."""
    by_content: defaultdict[tuple[date, date, Decimal], list[int]] = defaultdict(list)
    for place in fresh:
        one = wanted[place]
        by_content[one.start_on, one.needed_on, one.quantity].append(place)
    left: list[Standing] = []
    for stands in sorted(old, key=lambda one: (one.needed_on, one.sequence)):
        equal = by_content[stands.start_on, stands.needed_on, stands.quantity]
        if equal:
            equal.pop(0)
        else:
            left.append(stands)
    rest = [place for places in by_content.values() for place in places]
    return left, sorted(rest, key=lambda place: (wanted[place].needed_on, place))


def reason_of(uses: Sequence[tuple[str, str]], codes: Mapping[str, str]) -> str:
    """For what: the parents' codes or the kind of need, with quantities; the first three.

    Beside other uses stock is what the order's size leaves over; alone it is why there is an order.
    """
    if all(name == "stock" for name, _ in uses):
        return ", ".join(f"safety stock 安全库存 × {quantity}" for _, quantity in uses)
    return ", ".join(f"{codes.get(name, name)} × {quantity}" for name, quantity in uses)
