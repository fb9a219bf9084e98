"""Exact conversion between units. Pure."""

from decimal import Decimal
from fractions import Fraction

from shared.i18n import Bilingual
from shared.problems import NotFound, Refused


class ConversionUnknown(NotFound):
    title = Bilingual("No conversion stands between these units", "这两个单位之间没有换算关系")
    lifted_by = Bilingual("The administrator can enter the conversion", "由系统管理员录入换算关系")


class ConversionInexact(Refused):
    title = Bilingual(
        "The quantity does not come out to the unit's decimals",
        "换算结果超出单位的小数位，不予舍入",
    )
    lifted_by = Bilingual("Ask for a quantity that comes out exactly", "请使用能整除换算的数量")


def convert(quantity: Decimal, numerator: int, denominator: int, decimals: int) -> Decimal:
    """`quantity` × numerator ÷ denominator, exactly; never rounded.

    Raises ConversionInexact with the two nearest quantities that the unit can express.
    """
    exact = Fraction(quantity) * numerator / denominator
    scaled = exact * 10**decimals
    if scaled.denominator != 1:
        below = scaled.numerator // scaled.denominator
        step = Decimal(1).scaleb(-decimals)
        raise ConversionInexact(
            quantity=quantity, below=below * step, above=(below + 1) * step, decimals=decimals
        )
    return Decimal(scaled.numerator).scaleb(-decimals)
