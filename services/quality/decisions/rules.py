"""What a decision must be, and what it makes of the lot. Pure. Source: REQ-59, ISO 13485 8.3.2."""

from collections.abc import Sequence
from decimal import Decimal

from shared.i18n import Bilingual
from shared.problems import Refused


class DecisionIncomplete(Refused):
    title = Bilingual(
        "The decision must cover the whole quantity of the lot", "判定数量之和必须等于批量"
    )


class ReasonMissing(Refused):
    title = Bilingual(
        "A concession or rejection needs its reason in words", "让步接收或拒收必须填写原因"
    )


class ConcessionImpossible(Refused):
    title = Bilingual(
        "What misses a registered requirement or mandatory standard cannot be conceded",
        "不满足注册技术要求或强制性标准的产品不得让步接收",
    )
    lifted_by = Bilingual(
        "Nobody can lift this: reject the quantity; production may rework it",
        "任何人不得放行：应判为不合格，可安排返工",
    )


def check_decision(
    quantity: Decimal,
    accepted: Decimal,
    conceded: Decimal,
    rejected: Decimal,
    reason: str,
    missed_registered: Sequence[str],
) -> None:
    """Refuse a decision that leaves something out, or concedes what must not be conceded."""
    total = accepted + conceded + rejected
    if total != quantity:
        raise DecisionIncomplete(lot=quantity, decided=total, missing=quantity - total)
    if (conceded or rejected) and not reason.strip():
        raise ReasonMissing(conceded=conceded, rejected=rejected)
    if missed_registered and (conceded or accepted):
        raise ConcessionImpossible(characteristics=list(missed_registered))


def state_after(accepted: Decimal, conceded: Decimal, rejected: Decimal) -> str:
    """The lot's headline state."""
    if not rejected:
        return "conceded" if conceded else "accepted"
    return "partially_accepted" if accepted or conceded else "rejected"
