"""The facts that the graph is made of. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

SUMS = ("received", "made", "split_in", "used", "split_out", "shipped", "sent_back")


class NodeUnknown(NotFound):
    title = Bilingual("The trace knows no such part or document", "追溯图中没有此批次分部或单据")
    lifted_by = Bilingual(
        "Look it up with GET /traces?lot=…; goods received a moment ago may still be on their way",
        "请用 GET /traces?lot=… 查找；刚入库的货物可能尚未同步",
    )


class QuestionEmpty(Refused):
    title = Bilingual("Name a lot or a serial", "请指定批号或序列号")


@dataclass(frozen=True, slots=True)
class Node:
    """A part or step as far as one event describes it; blank fields say nothing."""

    id: UUID
    kind: Literal["part", "step"] = "part"
    item_id: UUID | None = None
    lot_id: UUID | None = None
    lot_number: str = ""
    serial: str = ""
    maker_lot: str = ""
    number: str = ""
    usable_until: date | None = None
    born_on: date | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    src: UUID
    dst: UUID
    document: UUID
    kind: Literal["used", "made", "split"]
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class End:
    part: UUID
    document: UUID
    line: UUID
    kind: Literal["received", "shipped", "sent_back"]
    quantity: Decimal
    number: str
    day: date
    partner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A part's quality and blocks as of its event number `sequence`; an older one says nothing."""

    part: UUID
    quality: str
    blocks: tuple[str, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What events add to the graph. Edges and ends add up; order does not matter."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    ends: tuple[End, ...] = field(default_factory=tuple[End, ...])
    statuses: tuple[Status, ...] = field(default_factory=tuple[Status, ...])


def together(facts: Sequence[Facts]) -> Facts:
    """The facts of many events as those of one."""
    return Facts(
        tuple(node for one in facts for node in one.nodes),
        tuple(edge for one in facts for edge in one.edges),
        tuple(end for one in facts for end in one.ends),
        tuple(status for one in facts for status in one.statuses),
    )


def merged_nodes(nodes: Iterable[Node]) -> list[Node]:
    """One node per id, in a fixed order; what a later one says replaces what an earlier one did."""
    found: dict[UUID, Node] = {}
    for node in nodes:
        before = found.get(node.id)
        said = {name: value for name, value in asdict(node).items() if value}
        found[node.id] = node if before is None else replace(before, **said)
    return [found[id] for id in sorted(found)]


def merged_statuses(statuses: Iterable[Status]) -> list[Status]:
    """One status per part, the youngest, in a fixed order."""
    found = {one.part: one for one in sorted(statuses, key=lambda one: one.sequence)}
    return [found[id] for id in sorted(found)]


def sums_of(facts: Facts) -> dict[UUID, dict[str, Decimal]]:
    """By node, what the facts add to its sums."""
    found: dict[UUID, dict[str, Decimal]] = {}

    def add(id: UUID, name: str, quantity: Decimal) -> None:
        row = found.setdefault(id, dict.fromkeys(SUMS, Decimal(0)))
        row[name] += quantity

    for edge in facts.edges:
        if edge.kind == "split":
            add(edge.src, "split_out", edge.quantity)
            add(edge.dst, "split_in", edge.quantity)
        else:
            add(edge.src, edge.kind, edge.quantity)
            add(edge.dst, edge.kind, edge.quantity)
    for end in facts.ends:
        add(end.part, end.kind, end.quantity)
    return found


def merged_edges(edges: Iterable[Edge]) -> list[Edge]:
    """One edge per pair and document, in a fixed order: an event may name a pair twice."""
    found: dict[tuple[UUID, UUID, UUID], Edge] = {}
    for edge in edges:
        key = (edge.src, edge.dst, edge.document)
        before = found[key].quantity if key in found else Decimal(0)
        found[key] = Edge(*key, edge.kind, before + edge.quantity)
    return [found[key] for key in sorted(found)]


def merged_ends(ends: Iterable[End]) -> list[End]:
    found: dict[tuple[UUID, UUID, UUID], End] = {}
    for end in ends:
        key = (end.part, end.document, end.line)
        before = found[key].quantity if key in found else Decimal(0)
        found[key] = End(*key, end.kind, before + end.quantity, end.number, end.day, end.partner_id)
    return [found[key] for key in sorted(found)]
