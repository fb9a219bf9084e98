"""What a structure must be. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from services.masterdata.masters.rules import NOT_KNOWN, Fault
from shared.contracts.masterdata.bodies import BomBody
from shared.contracts.masterdata.bom_lines import BomLineBody
from shared.contracts.masterdata.events import BomSubstitute
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.precedence import planned_after
from shared.problems import Conflict

LIFECYCLE: Final = Lifecycle(
    ("draft", "released"),
    Action("release", frozenset({"draft"}), "released", "masterdata.bom.release"),
)
RELEASED_STANDS = Bilingual(
    "A released revision never changes: enter a new revision", "已发布的版本不可更改，请新建版本"
)
LINE_TWICE = Bilingual("The line number stands twice in this revision", "同一版本中行号重复")


class BomCycle(Conflict):
    title = Bilingual("An item would be part of itself", "物料清单出现循环：物料成为自身的组成部分")
    lifted_by = Bilingual(
        "Take the component that closes the circle out of the structure",
        "将构成循环的组件从清单中移除",
    )


SUBSTITUTE_TWICE = Bilingual(
    "A line names each substitute once, and none in place of itself",
    "同一行中每种替代料只能列一次，且不能是组件本身",
)


class SubstituteCycle(Conflict):
    """Each item of `path` must be planned before the next; it ends where it begins."""

    title = Bilingual(
        "Substitutes would have to be planned before what they stand in for",
        "替代料必须在被替代物料之后计划，而所列路径形成循环",
    )
    lifted_by = Bilingual("Take one substitute of the path out", "从所列路径中删除一个替代料")


class RevisionsOverlap(Conflict):
    title = Bilingual(
        "Another released revision holds on some of these days", "所选有效期与另一已发布版本重叠"
    )
    lifted_by = Bilingual(
        "Let this revision begin after the other one begins, or end before it",
        "调整有效期，使其晚于另一版本开始或早于其结束",
    )


def find_cycle(
    components: Mapping[UUID, Collection[UUID]], starts: Iterable[UUID]
) -> list[UUID] | None:
    """The first circle reachable from `starts`, as the path that comes back; None without one."""
    done: set[UUID] = set()
    for start in starts:
        path: list[UUID] = [start]
        ahead = [iter(sorted(components.get(start, ())))]
        while ahead:
            following = next(ahead[-1], None)
            if following is None:
                done.add(path.pop())
                ahead.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                ahead.append(iter(sorted(components.get(following, ()))))
    return None


def line_faults(place: int, lines: Iterable[int]) -> list[Fault]:
    """Line numbers that stand twice."""
    seen: set[int] = set()
    faults: list[Fault] = []
    for inner, line in enumerate(lines):
        if line in seen:
            faults.append(Fault(place, "line", "line_twice", LINE_TWICE, str(line), inner))
        seen.add(line)
    return faults


def substitute_faults(place: int, lines: Iterable[tuple[str, Collection[str]]]) -> list[Fault]:
    """Substitutes that stand twice in a line, or in place of themselves; lines are codes."""
    faults: list[Fault] = []
    for inner, (component, instead) in enumerate(lines):
        seen = {component}
        for code in instead:
            if code in seen:
                faults.append(
                    Fault(place, "substitutes", "substitute_twice", SUBSTITUTE_TWICE, code, inner)
                )
            seen.add(code)
    return faults


Use = tuple[UUID, UUID, Collection[UUID]]  # item, component, what may stand in for it


def find_circle(
    uses: Collection[Use], starts: Collection[UUID]
) -> tuple[list[UUID], type[Conflict]] | None:
    """A circle reachable from `starts`, and what is wrong with it: of parts, or of substitutes."""
    components: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for item, component, instead in uses:
        components[item].update((component, *instead))
    if (path := find_cycle(components, starts)) is not None:
        return path, BomCycle
    if not any(instead for _, _, instead in uses):
        return None
    path = find_cycle(planned_after(uses), starts)
    return None if path is None else (path, SubstituteCycle)


def wish_faults(place: int, wish: BomBody, known: Collection[str]) -> list[Fault]:
    """Everything wrong with a structure as asked: codes that nothing stands behind, doubles."""
    faults: list[Fault] = []
    if wish.item_code not in known:
        faults.append(Fault(place, "item_code", "unknown_code", NOT_KNOWN, wish.item_code))
    for inner, line in enumerate(wish.lines):
        named = [("component_code", line.component_code)]
        named += [("substitutes", one.component_code) for one in line.substitutes]
        faults += [
            Fault(place, column, "unknown_code", NOT_KNOWN, code, inner)
            for column, code in named
            if code not in known
        ]
    faults += line_faults(place, [line.line for line in wish.lines])
    named_in = [(o.component_code, [s.component_code for s in o.substitutes]) for o in wish.lines]
    return faults + substitute_faults(place, named_in)


def instead_of(line: BomLineBody, ids: Mapping[str, UUID]) -> list[dict[str, Any]]:
    """A line's substitutes as the event tells them, by priority and id."""
    told = [
        BomSubstitute(
            component_id=ids[one.component_code],
            quantity=one.quantity,
            priority=one.priority,
        )
        for one in line.substitutes
    ]
    told.sort(key=lambda one: (one.priority, one.component_id))
    return [one.model_dump(mode="json") for one in told]
