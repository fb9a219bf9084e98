"""How much of an item a sum settles, and the exchange difference that this realises. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from services.finance.valuation.rules import share
from shared.decimals import cents
from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound


class OpenItemUnknown(NotFound):
    title = Bilingual("There is no such open item for this partner", "该往来单位没有此未清项")


class OverAllocated(Conflict):
    title = Bilingual("The allocation is more than is still open", "核销金额超过未清金额")
    lifted_by = Bilingual("Allocate at most the open amount", "请按未清金额以内核销")


class ItemReserved(Conflict):
    title = Bilingual("A payment already covers this invoice", "该发票已列入另一笔付款")
    lifted_by = Bilingual(
        "Cancel that payment, or choose other invoices", "撤销该付款或改选其他发票"
    )


class CurrencyDiffers(Conflict):
    title = Bilingual(
        "All invoices must be in the payment's currency", "发票币种与收付款币种不一致"
    )
    lifted_by = Bilingual("Settle each currency by itself", "请按币种分别收付")


@dataclass(frozen=True, slots=True)
class Settlement:
    """`settled` leaves the item at its booked value; `money` is its worth on the day of payment."""

    settled: Decimal
    money: Decimal

    @property
    def difference(self) -> Decimal:
        return self.money - self.settled


def settle(open_amount: Decimal, open_base: Decimal, amount: Decimal, rate: Decimal) -> Settlement:
    """Settle an amount of an item; the last settlement takes the item's whole residue."""
    if amount > open_amount or amount <= 0:
        raise OverAllocated(amount=amount, open=open_amount)
    return Settlement(share(open_base, amount, open_amount), cents(amount * rate))
