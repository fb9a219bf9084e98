"""A whole order to cash, counted in statements: the figure that no slow machine can blur."""

from bench.cluster import empty_home, start
from bench.company import company
from bench.selling import order_to_cash

# Commands, reactions and sagas of all services. The goal is 150: finance's receipt and invoice
# posting are still over their budgets (tests/support/budgets.py).
WHOLE = 170


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
