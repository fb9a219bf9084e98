from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.masterdata.conversions.rules import ConversionInexact, convert

whole = st.integers(1, 10**6)


@pytest.mark.req("A3")
@given(st.decimals("0.001", "99999", places=3), whole, whole, st.integers(0, 6))
def test_a_conversion_is_exact_or_refused(
    quantity: Any, numerator: Any, denominator: Any, decimals: Any
) -> None:
    scaled = Fraction(quantity) * numerator / denominator * 10**decimals
    if scaled.denominator == 1:
        result = convert(quantity, numerator, denominator, decimals)
        assert Fraction(result) * denominator == Fraction(quantity) * numerator
        return
    with pytest.raises(ConversionInexact) as refused:
        convert(quantity, numerator, denominator, decimals)
    members = refused.value.members
    assert Fraction(members["below"]) * 10**decimals < scaled
    assert Fraction(members["above"]) * 10**decimals > scaled


@pytest.mark.req("A3")
def test_a_third_of_a_piece_is_refused_with_its_neighbours() -> None:
    with pytest.raises(ConversionInexact) as refused:
        convert(Decimal(7), 1, 3, 0)
    assert (refused.value.members["below"], refused.value.members["above"]) == (2, 3)
