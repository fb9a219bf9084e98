"""Roles as data: what each may do, and which duties one person may not hold together (REQ-88).

A pattern stands for every permission of the catalogue that it matches. The catalogue is exported
from the code (`make contracts`), so a role never holds a permission that no route asks for.
"""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from gateway.identity.users.rules import DutiesConflict, RoleUnknown

CONTEXTS = [
    "masterdata",
    "procurement",
    "production",
    "quality",
    "inventory",
    "sales",
    "finance",
    "analytics",
    "gateway",
]
# What everybody who works here may do: read documents (never prices or costs), see their inbox.
EVERYBODY = (
    *(f"{context}.*.read" for context in CONTEXTS if context not in ("finance", "gateway")),
    "*.approval.read",
    "*.saga.read",
    "*.attachment.*",
    "gateway.self.*",
)
PRICES = ("masterdata.source.read", "procurement.order.read", "procurement.source.read")
BOOKS = ("finance.*.read", "finance.cost.read", "analytics.cost.read", *PRICES)
ROLES: dict[str, tuple[str, ...]] = {
    "buyer": (
        *PRICES,
        "masterdata.import.run",
        "masterdata.supplier.write",
        "masterdata.source.write",
        "procurement.requisition.write",
        "procurement.requisition.submit",
        "procurement.requisition.convert",
        "procurement.requisition.cancel",
        "procurement.order.write",
        "procurement.order.submit",
        "procurement.order.issue",
        "procurement.order.cancel",
        "procurement.return.write",
    ),
    "purchasing_manager": (
        *PRICES,
        "procurement.requisition.approve",
        "production.simulation.run",
        "procurement.order.approve",
        "procurement.order.reject",
        "finance.cost.read",
        "analytics.cost.read",
    ),
    "warehouse": (
        "procurement.arrival.write",
        "procurement.order.read",  # what an arrival is counted against
        "inventory.put_away.confirm",
        "inventory.issue.write",
        "inventory.issue.return",
        "inventory.move.write",
        "inventory.place.write",
        "inventory.import.run",
        "inventory.shipment.pick",
        "inventory.shipment.dispatch",
        "inventory.supplier_return.dispatch",
    ),
    "inspector": (
        "quality.inspection.record",
        "inventory.shipment.check",
        "inventory.part.block",
    ),
    "quality_manager": (
        "masterdata.import.run",
        "masterdata.supplier.qualify",
        "masterdata.certificate.write",
        "quality.inspection.decide",
        "quality.plan.write",
        "production.simulation.run",
        "production.order.release_to_stock",
        "inventory.part.block",
        "inventory.part.unblock",
    ),
    "planner": (
        "masterdata.import.run",
        "masterdata.unit.write",
        "masterdata.item.write",
        "masterdata.bom.write",
        "masterdata.bom.release",
        "masterdata.routing.write",
        "masterdata.work_centre.write",
        "procurement.requisition.write",
        "procurement.requisition.submit",
        "production.demand.plan",
        "production.simulation.run",
        "production.planned_order.release",
        "production.planned_order.firm",
        "production.plan_run.write",
        "production.plan_run.publish",
        "production.planning_policy.write",
        "production.forecast.write",
        "production.schedule.write",
        "production.schedule.adopt",
        "production.order.release",
        "production.order.cancel",
        "production.order.pause",
    ),
    "operator": ("production.order.report", "production.order.complete"),
    "sales": (
        "masterdata.import.run",
        "masterdata.customer.write",
        "masterdata.customer.license",
        "sales.order.write",
        "sales.order.submit",
        "sales.order.cancel",
        "sales.delivery.write",
        "sales.delivery.cancel",
    ),
    "finance_clerk": (
        *BOOKS,
        "masterdata.import.run",
        "masterdata.rate.write",
        "finance.supplier_invoice.write",
        "finance.sales_invoice.post",
        "finance.payment.write",
        "finance.payment.execute",
        "finance.receipt.write",
    ),
    "finance_manager": (
        *BOOKS,
        "finance.supplier_invoice.resolve",
        "finance.payment.approve",
        "production.simulation.run",
        "finance.payment.cancel",
        "finance.voucher.review",
        "finance.period.*",
        "finance.import.*",
        "procurement.order.approve_finance",
        "procurement.order.reject",
        "sales.order.approve",
        "analytics.*",
    ),
    "admin": (
        *BOOKS,
        "gateway.*",
        "masterdata.*",
        "*.platform.*",
        "inventory.place.write",
        "inventory.import.run",
        "finance.period.*",
        "finance.import.*",
        "analytics.*",
    ),
}

# Pairs that the same person may not hold: who asks and who agrees, who does and who releases.
SEGREGATED: tuple[tuple[str, str], ...] = (
    ("procurement.order.submit", "procurement.order.approve"),
    ("procurement.order.submit", "procurement.order.approve_finance"),
    ("procurement.arrival.write", "finance.payment.write"),
    ("procurement.order.submit", "finance.payment.write"),
    ("finance.payment.write", "finance.payment.approve"),
    ("finance.supplier_invoice.write", "finance.supplier_invoice.resolve"),
    ("sales.order.submit", "sales.order.approve"),
    ("production.order.complete", "production.order.release_to_stock"),
    ("quality.inspection.record", "quality.inspection.decide"),
    ("inventory.shipment.pick", "inventory.shipment.check"),
    ("gateway.user.write", "quality.inspection.decide"),
    ("gateway.user.write", "production.order.release_to_stock"),
    ("gateway.user.write", "finance.payment.approve"),
)

# Rights to approve that a person may lend to another; the approvals know for whom they are used.
DELEGABLE = (
    "procurement.requisition.approve",
    "procurement.order.approve*",
    "procurement.order.reject",
    "sales.order.approve",
    "finance.payment.approve",
)


@cache
def catalogue() -> tuple[str, ...]:
    """Every permission that some route or action asks for."""
    text = files("gateway.identity.roles").joinpath("permissions.json").read_text("utf-8")
    return tuple(json.loads(text))


@cache
def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """What these roles may do together, spelt out."""
    patterns = {pattern for role in roles for pattern in ROLES[role]}
    patterns |= set(EVERYBODY) if roles else set()
    return frozenset(
        name for name in catalogue() if any(grants(pattern, name) for pattern in patterns)
    )


def grants(pattern: str, permission: str) -> bool:
    """Prices, costs and the platform's inside are granted by name, never by a general pattern."""
    if permission in PRICES or permission.endswith(".cost.read"):
        return pattern == permission
    if permission.split(".")[1] == "platform" and not pattern.endswith(".platform.*"):
        return False
    return fnmatchcase(permission, pattern)


def check_roles(roles: Iterable[str]) -> None:
    """Refuse unknown roles, and roles that together hold both sides of a segregated pair."""
    given = frozenset(roles)
    if unknown := sorted(given - set(ROLES)):
        raise RoleUnknown(unknown=unknown, known=sorted(ROLES))
    held = permissions_of(given)
    if both := [pair for pair in SEGREGATED if set(pair) <= held]:
        raise DutiesConflict(duties=[list(pair) for pair in both], roles=sorted(given))
