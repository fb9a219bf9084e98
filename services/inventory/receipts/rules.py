"""What is refused of receipts. Pure."""

from shared.i18n import Bilingual
from shared.problems import NotFound


class ReceiptUnknown(NotFound):
    title = Bilingual("There is no such receipt line", "没有此到货行")
