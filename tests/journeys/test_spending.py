"""A whole order to cash, counted in statements: the figure that no slow machine can blur."""

import pytest

from bench.cluster import empty_home, start
from bench.company import company
from bench.selling import order_to_cash

WHOLE = 150  # performance.md; commands, reactions and sagas of all services


@pytest.mark.req("F1")
def test_an_order_to_cash_keeps_its_statement_budget() -> None:
    with empty_home() as home:
        cluster = start(home)
        try:
            found = company(cluster)
            order_to_cash(found)
            cluster.settle()
            before = cluster.statements()
            order_to_cash(found)
            cluster.settle()
            spent = cluster.statements() - before
            found.people.close()
        finally:
            cluster.stop()
    assert spent <= WHOLE, f"{spent} statements"
