"""Which plan applies, and what a measurement misses. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

# Where nobody has made a plan yet a lot is still looked at, never skipped.
DEFAULT: tuple[dict[str, Any], ...] = (
    {"code": "COUNT", "name": "数量清点 Count", "unit": "", "registered": False},
    {"code": "VISUAL", "name": "外观检查 Visual inspection", "unit": "", "registered": False},
)


class CharacteristicUnknown(Refused):
    title = Bilingual(
        "A measurement names a characteristic that the plan does not have",
        "检验结果引用了计划中没有的检验特性",
    )


class CharacteristicTwice(Refused):
    title = Bilingual("A characteristic stands in the plan twice", "检验计划中有重复的检验特性")


class PlanUnknown(NotFound):
    title = Bilingual("There is no plan of its own for this item", "该物料没有专用检验计划")


def check_codes(codes: Sequence[str]) -> None:
    if len(set(codes)) != len(codes):
        raise CharacteristicTwice(codes=sorted({code for code in codes if codes.count(code) > 1}))


def breaches(
    characteristics: Iterable[Mapping[str, Any]], values: Iterable[tuple[str, Decimal]]
) -> tuple[str, ...]:
    """The codes that some value missed, in the plan's order; limits are inclusive.

    Raises CharacteristicUnknown for a code that the plan does not have.
    """
    known = {str(one["code"]): one for one in characteristics}
    missed: set[str] = set()
    for code, value in values:
        if code not in known:
            raise CharacteristicUnknown(code=code, known=list(known))
        lower, upper = known[code].get("lower"), known[code].get("upper")
        below = lower is not None and value < Decimal(lower)
        above = upper is not None and value > Decimal(upper)
        if below or above:
            missed.add(code)
    return tuple(code for code in known if code in missed)


def registered_among(
    characteristics: Iterable[Mapping[str, Any]], codes: Iterable[str]
) -> list[str]:
    """Those of the codes that are registered requirements."""
    wanted = set(codes)
    return [
        str(one["code"])
        for one in characteristics
        if one.get("registered") and str(one["code"]) in wanted
    ]
