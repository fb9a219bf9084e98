"""What a structure must be. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from services.masterdata.masters.rules import Fault
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
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
