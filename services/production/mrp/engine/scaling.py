"""Decimals become counts of an item's smallest unit, and back; never a float in between."""

from decimal import Decimal
from math import gcd

from services.production.mrp.engine.faults import (
    PlanningNumberNegative,
    PlanningNumberOutOfRange,
    PlanningNumberTooPrecise,
)

DECIMALS_MAX = 6
LARGEST = 2**62  # of any single count: sums of two still fit 64 bits
RATIO_DECIMALS = 9  # of quantities per parent, shares and times per unit


def scaled(value: Decimal, decimals: int, item: str, field: str) -> int:
    """The count of smallest units. Refuses what is negative, too precise or too large."""
    if not value.is_finite():
        raise PlanningNumberOutOfRange(item=item, field=field, value=str(value))
    if value < 0:
        raise PlanningNumberNegative(item=item, field=field, value=value)
    if value >= LARGEST:
        raise PlanningNumberOutOfRange(item=item, field=field, value=value, below=Decimal(LARGEST))
    count = int(value.scaleb(decimals))
    if Decimal(count).scaleb(-decimals) != value:
        raise PlanningNumberTooPrecise(item=item, field=field, value=value, decimals=decimals)
    if count >= LARGEST:
        raise PlanningNumberOutOfRange(item=item, field=field, value=value, below=Decimal(LARGEST))
    return count


def ratio(value: Decimal, item: str, field: str) -> tuple[int, int]:
    """A positive or zero number as a reduced fraction."""
    return reduced(scaled(value, RATIO_DECIMALS, item, field), 10**RATIO_DECIMALS)


def reduced(numerator: int, denominator: int) -> tuple[int, int]:
    """The same fraction in its smallest terms; zero is 0/1."""
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def shown(count: int, decimals: int) -> Decimal:
    """The decimal that a count of smallest units stands for."""
    return Decimal(count).scaleb(-decimals)


def ceiling(numerator: int, denominator: int) -> int:
    """The quotient rounded up; the denominator is positive."""
    return -(-numerator // denominator)
