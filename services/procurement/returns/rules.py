"""What may go back. Pure."""

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound

STATES = ("ordered", "closed")


class ReturnUnknown(NotFound):
    title = Bilingual("There is no such return", "没有此退货单")


class ArrivalLineUnknown(NotFound):
    title = Bilingual("There is no such arrival line", "没有此到货行")


class ReturnedTooMuch(Conflict):
    title = Bilingual("More would go back than came and is still here", "退货数量超过到货未退数量")
    lifted_by = Bilingual("Return at most what is left of the lot", "退货数量不得超过该批剩余数量")
