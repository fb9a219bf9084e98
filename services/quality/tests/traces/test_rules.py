"""Facts of many events as those of one."""

from uuid import UUID

from services.quality.traces.rules import (
    Facts,
    Node,
    Status,
    merged_nodes,
    merged_statuses,
    together,
)

ONE, TWO = UUID(int=1), UUID(int=2)


def test_a_later_event_adds_to_what_an_earlier_one_said_and_takes_nothing_away() -> None:
    nodes = [Node(TWO), Node(ONE, "step", number="MO-1"), Node(ONE, "step", lot_number="L-1")]
    assert merged_nodes(nodes) == [Node(ONE, "step", lot_number="L-1", number="MO-1"), Node(TWO)]


def test_the_youngest_status_of_a_part_stands_in_any_order() -> None:
    old, new = Status(ONE, "to_inspect", (), 1), Status(ONE, "released", ("recall",), 2)
    other = Status(TWO, "released", (), 1)
    facts = [Facts(statuses=(new, other)), Facts(statuses=(old,))]
    assert merged_statuses(together(facts).statuses) == [new, other]
