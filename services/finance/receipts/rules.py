"""What a receipt may settle. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from services.finance.valuation.rules import ZERO
from shared.i18n import Bilingual
from shared.problems import NotFound, Refused


class ReceiptUnknown(NotFound):
    title = Bilingual("There is no such receipt", "没有此收款单")


class AllocationsExceed(Refused):
    title = Bilingual("The allocations are more than the receipt's amount", "核销合计超过收款金额")


class AllocatedTwice(Refused):
    title = Bilingual("An invoice is allocated to twice", "同一发票重复核销")


class ReceivedAhead(Refused):
    title = Bilingual("A receipt cannot lie in the future", "收款日期不能晚于今天")


def advance_of(amount: Decimal, allocations: Mapping[UUID, Decimal]) -> Decimal:
    """What is left of the receipt. Raises AllocationsExceed."""
    allocated = sum(allocations.values(), ZERO)
    if allocated > amount:
        raise AllocationsExceed(amount=amount, allocated=allocated)
    return amount - allocated
