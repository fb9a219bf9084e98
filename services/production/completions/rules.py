"""When a lot is complete, what it is called, and when it may go to stock. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from shared.actor import Actor, SameHands
from shared.i18n import Bilingual
from shared.problems import Conflict, Refused


class OperationsOpen(Conflict):
    title = Bilingual("Operations of the order are still open", "该订单仍有未完成的工序")
    lifted_by = Bilingual("Report the operations named", "先完成所列工序的报工")


class NothingMade(Conflict):
    title = Bilingual("Nothing good was made, so there is no lot", "没有合格产出，不能完工")
    lifted_by = Bilingual("The planner can cancel the order", "由计划员取消该订单")


class NotInspected(Conflict):
    title = Bilingual("The final inspection has not been decided", "最终检验尚未判定，不能放行")
    lifted_by = Bilingual("The quality manager decides the inspection", "由质量经理完成检验判定")


class NothingAccepted(Conflict):
    title = Bilingual(
        "The final inspection accepted nothing of this lot", "最终检验没有合格数量，不能放行"
    )
    lifted_by = Bilingual("The planner can cancel the order", "由计划员取消该订单")


class SerialsUnclear(Refused):
    title = Bilingual(
        "As many rejected serial numbers must be named as were rejected",
        "须逐一列出被拒收的序列号，数量与拒收数一致",
    )


def last_usable_day(made_on: date, shelf_life_days: int | None) -> date | None:
    """The day of making counts as the first of the shelf life (the "day before" rule, REQ-50)."""
    return None if shelf_life_days is None else made_on + timedelta(days=shelf_life_days - 1)


def lot_number(day: date, place: int) -> str:
    """`L-20260301-0007`: unique for ever, because the day is in it."""
    return f"L-{day:%Y%m%d}-{place:04d}"


def serial_numbers(item_code: str, day: date, last: int, count: int) -> list[str]:
    """`RW-VENT-26-000005`, the last of `count` being number `last` of the item and year."""
    return [f"{item_code}-{day:%y}-{place:06d}" for place in range(last - count + 1, last + 1)]


def refuse_own_work(actor: Actor, made_by: Sequence[str], verb: str) -> None:
    """Nobody releases what they made (segregation of duties)."""
    if actor.human and actor.subject in made_by:
        raise SameHands(action=verb, also_did="made_by")


def good_serials(
    serials: Sequence[str], rejected_serials: Sequence[str], rejected: Decimal
) -> list[str]:
    """The serials that go to stock: all but those named as rejected."""
    if not serials:
        return []
    named = set(rejected_serials)
    if len(named) != rejected or not named <= set(serials):
        raise SerialsUnclear(rejected=rejected, named=sorted(named), serials=list(serials))
    return [serial for serial in serials if serial not in named]
