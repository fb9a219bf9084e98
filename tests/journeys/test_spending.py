"""A whole order to cash, counted in statements: the figure that no slow machine can blur."""

from bench.cluster import Cluster, empty_home, start
from bench.company import Company, company
from bench.selling import order_to_cash

# Commands, reactions and sagas of all services (performance.md 1).
WHOLE = 150
RUNS = 3  # the least counts: events that happen to arrive apart are answered apart


def test_an_order_to_cash_keeps_its_statement_budget() -> None:
    with empty_home() as home:
        cluster = start(home)
        try:
            found = company(cluster)
            order_to_cash(found)
            cluster.settle()
            spent = min(statements_of_one(cluster, found) for _ in range(RUNS))
            found.people.close()
        finally:
            cluster.stop()
    assert spent <= WHOLE, f"{spent} statements"


def statements_of_one(cluster: Cluster, found: Company) -> int:
    before = cluster.statements()
    order_to_cash(found)
    cluster.settle()
    return cluster.statements() - before
