"""What may be used, and what a part's status means. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from shared.i18n import Bilingual
from shared.ids import derived_id
from shared.problems import Conflict, NotFound

USABLE: Final = ("released", "conceded")


class PartUnknown(NotFound):
    title = Bilingual("There is no such lot part", "没有此批次分部")


class PartNotUsable(Conflict):
    title = Bilingual(
        "A lot that was held may not be used any more",
        "已预留的批次现已不可使用（冻结、过期或未放行）",
    )
    lifted_by = Bilingual(
        "Lift the block, or unblock nothing and reserve again: another lot is then picked",
        "由质量人员解除冻结；或重新预留，系统将另选批次",
    )


def why_unusable(quality: str, blocks: Iterable[str], usable_until: date | None, day: date) -> str:
    """The reason why a part must not be used on a day; empty when it may be (REQ-30, 31, 44)."""
    if quality not in USABLE:
        return quality
    if standing := sorted(blocks):
        return standing[0]
    if usable_until is not None and usable_until < day:
        return "expired"
    return ""


def lot_id_of(company_id: UUID, item_id: UUID, number: str) -> UUID:
    """The same lot for the same printed number of an item, whoever tells of it first."""
    return derived_id(item_id, f"{company_id}/{number}")
