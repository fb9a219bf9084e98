from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.masterdata.boms.rules import find_cycle

NODES = [UUID(int=n) for n in range(8)]
graphs = st.dictionaries(st.sampled_from(NODES), st.sets(st.sampled_from(NODES), max_size=3))


@given(graphs)
def test_a_found_circle_is_one_and_none_is_overlooked(components: Any) -> None:
    path = find_cycle(components, NODES)
    if path is None:
        order: list[UUID] = []
        left = dict(components)
        while leaves := [n for n in NODES if n not in order and not left.get(n, set()) - {*order}]:
            order += leaves
        assert len(order) == len(NODES)
    else:
        assert path[0] == path[-1]
        assert all(b in components[a] for a, b in pairwise(path))
