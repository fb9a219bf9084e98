"""What may come back from production. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused


class NotIssued(NotFound):
    title = Bilingual("Nothing was issued to this production order", "该生产订单没有发料")


class ReturnTooMuch(Refused):
    title = Bilingual("More would come back than is out", "退料数量超过未退的发料数量")


class NothingToReturn(Conflict):
    title = Bilingual("Everything issued has come back already", "已发物料已全部退回")
    lifted_by = Bilingual("Nothing is left to do", "无需再办理")


@dataclass(frozen=True, slots=True)
class Out:
    """What of an issue line is still out."""

    id: UUID
    line_id: UUID
    part_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Back:
    line_id: UUID
    part_id: UUID
    quantity: Decimal


def coming_back(out: Sequence[Out], asked: Sequence[Back] | None) -> Mapping[UUID, Decimal]:
    """How much comes back to each issue line; without a list, everything that is out."""
    if not any(line.quantity for line in out):
        raise NothingToReturn
    if asked is None:
        return {line.id: line.quantity for line in out if line.quantity}
    found: dict[UUID, Decimal] = {}
    for back in asked:
        missing = back.quantity
        for line in out:
            if (line.line_id, line.part_id) == (back.line_id, back.part_id):
                given = min(missing, line.quantity - found.get(line.id, Decimal(0)))
                if given > 0:
                    found[line.id] = found.get(line.id, Decimal(0)) + given
                    missing -= given
        if missing > 0:
            raise ReturnTooMuch(
                line_id=back.line_id, part_id=back.part_id, asked=back.quantity, excess=missing
            )
    return found
