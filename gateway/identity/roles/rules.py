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
# What everybody who works here may do: read documents (never costs), see their own inbox.
EVERYBODY = (
    *(f"{context}.*.read" for context in CONTEXTS if context not in ("finance", "gateway")),
    "*.approval.read",
    "*.attachment.*",
    "gateway.self.*",
    "finance.sales_invoice.read",
)
COSTS = ("finance.*.read", "finance.cost.read")
ROLES: dict[str, tuple[str, ...]] = {
    "buyer": (
        "procurement.requisition.write",
        "procurement.requisition.submit",
        "procurement.requisition.convert",
        "procurement.requisition.close",
        "procurement.requisition.cancel",
        "procurement.order.write",
        "procurement.order.submit",
        "procurement.order.withdraw",
        "procurement.order.issue",
        "procurement.order.cancel",
        "procurement.order.close",
        "procurement.return.write",
        "procurement.return.*",
    ),
    "purchasing_manager": (
        "procurement.requisition.approve",
        "procurement.requisition.reject",
        "procurement.order.approve",
        "procurement.order.reject",
        "finance.cost.read",
    ),
    "warehouse": (
        "procurement.arrival.write",
        "inventory.put_away.*",
        "inventory.issue.*",
        "inventory.issue_return.*",
        "inventory.move.*",
        "inventory.shipment.pick",
        "inventory.shipment.dispatch",
        "inventory.supplier_return.*",
        "inventory.task.*",
        "inventory.opening.*",
        "inventory.import.*",
        "inventory.place.*",
    ),
    "inspector": (
        "quality.inspection.result",
        "quality.inspection.results",
        "quality.inspection.record",
        "inventory.shipment.check",
        "inventory.part.block",
    ),
    "quality_manager": (
        "quality.inspection.decide",
        "quality.plan.*",
        "production.order.release_to_stock",
        "inventory.part.*",
    ),
    "planner": (
        "production.demand.plan",
        "production.planned_order.*",
        "production.order.write",
        "production.order.release",
        "production.order.cancel",
        "production.order.pause",
        "production.order.resume",
        "production.order.close",
    ),
    "operator": (
        "production.operation.*",
        "production.order.report",
        "production.order.complete",
    ),
    "sales": (
        "sales.order.write",
        "sales.order.submit",
        "sales.order.withdraw",
        "sales.order.cancel",
        "sales.order.change",
        "sales.order.close",
        "sales.delivery.*",
    ),
    "finance_clerk": (
        *COSTS,
        "finance.supplier_invoice.write",
        "finance.supplier_invoice.cancel",
        "finance.sales_invoice.post",
        "finance.payment.write",
        "finance.payment.execute",
        "finance.receipt.*",
        "finance.voucher.write",
    ),
    "finance_manager": (
        *COSTS,
        "finance.supplier_invoice.resolve",
        "finance.payment.approve",
        "finance.payment.reject",
        "finance.voucher.review",
        "finance.period.*",
        "finance.opening.*",
        "finance.rule.*",
        "procurement.order.approve_finance",
        "sales.order.approve",
        "sales.order.reject",
        "analytics.*",
    ),
    "admin": ("gateway.*", "masterdata.*", "*.platform.*", "inventory.place.*", "finance.*.read",
              "finance.period.*", "finance.opening.*", "inventory.opening.*", "inventory.import.*",
              "analytics.*", "gateway.platform.read", "gateway.platform.operate"),
}  # fmt: skip

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
    ("quality.inspection.result", "quality.inspection.decide"),
    ("inventory.shipment.pick", "inventory.shipment.check"),
    ("gateway.user.write", "quality.inspection.decide"),
    ("gateway.user.write", "production.order.release_to_stock"),
    ("gateway.user.write", "finance.payment.approve"),
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
        name
        for name in catalogue()
        if name in patterns
        or any(fnmatchcase(name, pattern) for pattern in patterns if not is_kept_apart(name))
        or ("*.platform.*" in patterns and name.split(".")[1] == "platform")
    )


def is_kept_apart(permission: str) -> bool:
    """Costs and the platform's inside are granted by name, never by a pattern for reading."""
    noun = permission.split(".")[1]
    return noun in ("cost", "platform")


def check_roles(roles: Iterable[str]) -> None:
    """Refuse unknown roles, and roles that together hold both sides of a segregated pair."""
    given = frozenset(roles)
    if unknown := sorted(given - set(ROLES)):
        raise RoleUnknown(unknown=unknown, known=sorted(ROLES))
    held = permissions_of(given)
    if both := [pair for pair in SEGREGATED if set(pair) <= held]:
        raise DutiesConflict(duties=[list(pair) for pair in both], roles=sorted(given))
