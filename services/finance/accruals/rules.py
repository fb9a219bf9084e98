"""What a receipt accrues, and what a return to the supplier takes back. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from services.finance.valuation.rules import ZERO, Pool, share
from shared.decimals import cents


def accrued_amount(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Net order price of a quantity in company currency (REQ-28: only what was accepted)."""
    return cents(quantity * price * rate)


@dataclass(frozen=True, slots=True)
class ReturnValue:
    """`credited` leaves the accrual, `value` leaves stock; the `rest` is expense or income."""

    credited: Decimal
    value: Decimal

    @property
    def rest(self) -> Decimal:
        return self.credited - self.value


def value_return(
    quantity: Decimal, accepted: Decimal, accrued: Decimal, pool: Pool, missing: str
) -> tuple[ReturnValue, Pool]:
    """Take goods back at the price they were accrued at while the pool can bear it, else at V.

    Raises TermsMissing(missing) when the pool does not hold the quantity yet.
    """
    credited = share(accrued, quantity, accepted)
    rest, average = pool.issued(quantity, missing)
    left = pool.value - credited
    if left >= ZERO and (rest.quantity > 0 or left == ZERO):
        return ReturnValue(credited, credited), Pool(rest.quantity, left)
    return ReturnValue(credited, average), rest
