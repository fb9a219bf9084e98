"""The one formula of moving average (finance.md 2.1). Pure."""

from dataclasses import dataclass
from decimal import Decimal

from shared.decimals import cents

ZERO = Decimal(0)


class TermsMissing(Exception):
    """A fact cannot be valued yet; `key` names what it waits for. Not an error: it is parked."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Pool:
    """A quantity and what it is worth. Never negative; nothing is worth nothing."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO

    def received(self, quantity: Decimal, value: Decimal) -> "Pool":
        return Pool(self.quantity + quantity, self.value + value)

    def issued(self, quantity: Decimal, key: str) -> tuple["Pool", Decimal]:
        """The pool after an issue, and the issue's value; the last issue takes the residue.

        Raises TermsMissing(key) when the pool does not hold the quantity: its receipts are still
        to be heard, and nothing is guessed.
        """
        if quantity > self.quantity:
            raise TermsMissing(key)
        value = share(self.value, quantity, self.quantity)
        return Pool(self.quantity - quantity, self.value - value), value


def share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part's amount; all of it goes with the last part, so that sums hold to the cent."""
    return total if part >= whole else cents(total * part / whole)
