"""Sides of a balance, and what is refused. Pure."""

from decimal import Decimal

from services.finance.valuation.rules import ZERO

# Each control: the accounts (by prefix) that the subledger of this name must equal.
CONTROLS: dict[str, tuple[str, ...]] = {
    "stock": ("1403", "1405"),
    "work_in_progress": ("500101",),
    "accruals": ("220202",),
    "payables": ("220201",),
    "receivables": ("1122",),
}
CREDIT_CONTROLS = frozenset({"accruals", "payables"})  # their subledger counts what is owed


def sides(balance: Decimal) -> tuple[Decimal, Decimal]:
    """A balance (debit minus credit) as the debit and the credit that show it."""
    return (balance, ZERO) if balance >= 0 else (ZERO, -balance)
