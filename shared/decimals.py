"""One way to write a decimal: plain, shortest, never an exponent (decision 8)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")


def plain(value: Decimal) -> str:
    """`2`, not `2.000000` nor `1E+3`; zero is `0`, never `-0`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def cents(value: Decimal) -> Decimal:
    """An amount in hundredths, halves away from zero as Chinese accounting rounds."""
    return value.quantize(CENT, ROUND_HALF_UP)


def micros(value: Decimal) -> Decimal:
    """A quantity in millionths of its unit, the precision that every ledger stores."""
    return value.quantize(MICRO, ROUND_HALF_UP)
