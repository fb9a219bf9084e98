"""All published events by subject, found in the packages of `shared.contracts`."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

import shared.contracts
from shared.contracts.base import Answer, Event

# Subjects that only the named contexts may consume: prices and costs (decision 31).
RESTRICTED: dict[str, frozenset[str]] = {
    "erp.masterdata.source_priced.v1": frozenset({"procurement"}),
    "erp.masterdata.work_centre_rated.v1": frozenset({"finance"}),
    "erp.procurement.order_priced.v1": frozenset({"finance", "analytics"}),
    "erp.finance.cost_of_sales_posted.v1": frozenset({"analytics"}),
    "erp.finance.item_valued.v1": frozenset({"analytics"}),
}


@cache
def events() -> dict[str, type[Event]]:
    """Every event class by its subject; two classes for one subject are an error."""
    for module in pkgutil.walk_packages(shared.contracts.__path__, "shared.contracts."):
        importlib.import_module(module.name)
    found: dict[str, type[Event]] = {}
    for kind in subclasses(Event):
        if "subject" in kind.__dict__ and kind.__module__.startswith("shared.contracts."):
            assert kind.subject not in found, f"{kind.subject} is told by two classes"
            assert "aggregate" in kind.__dict__ or hasattr(kind, "aggregate"), kind.subject
            found[kind.subject] = kind
    return dict(sorted(found.items()))


def subclasses(kind: type[Event]) -> Iterator[type[Event]]:
    for child in kind.__subclasses__():
        if child is not Answer:
            yield child
        yield from subclasses(child)


def context_of(subject: str) -> str:
    """`inventory` for `erp.inventory.stock_received.v1`."""
    return subject.split(".")[1]


def may_hear(context: str, subject: str) -> bool:
    return context in RESTRICTED.get(subject, frozenset({context}))
