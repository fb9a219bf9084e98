from datetime import date
from typing import Any

import pytest

from services.masterdata.certificates.rules import faults_of, normalised, number_fault

TODAY = date(2026, 3, 1)


@pytest.mark.req("REQ-01")
@pytest.mark.parametrize(
    ("number", "device_class"),
    [
        ("国械注准20243131618", 3),
        ("国械注准20233130399", 3),
        ("国械注准20213080001", 3),
        ("国械注进20212140001", 2),
        ("国械注许20213140001", 3),
        ("沪械注准20222080001", 2),
        ("沪浦械备20220001", 1),
        ("国械备20220001号", 1),
    ],
)
def test_true_numbers_are_taken(number: Any, device_class: Any) -> None:
    assert number_fault(number, device_class, TODAY) is None


@pytest.mark.req("REQ-01")
@pytest.mark.parametrize(
    ("number", "device_class", "code"),
    [
        ("粤械注准20233140001", 3, "wrong_authority"),
        ("国械注准20232140001", 2, "wrong_authority"),
        ("国械注进20211140001", 1, "wrong_authority"),
        ("沪械注进20212140001", 2, "wrong_authority"),
        ("国械注准2024001", 3, "malformed_number"),
        ("国械注准20273140001", 3, "wrong_year"),
        ("国械注准20133140001", 3, "wrong_year"),
        ("国械注准20233140001", 2, "wrong_class"),
        ("沪械备20220001", 2, "filing_is_class_one"),
        ("", 3, "malformed_number"),
    ],
)
def test_numbers_that_cannot_be_true_are_refused(number: Any, device_class: Any, code: str) -> None:
    fault = number_fault(number, device_class, TODAY)
    assert fault is not None
    assert fault[0] == code


@pytest.mark.req("REQ-02")
def test_class_two_and_three_need_an_end() -> None:
    faults = faults_of(0, "国械注准20213080001", 3, None, TODAY)
    assert [fault.code for fault in faults] == ["end_missing"]
    assert faults_of(0, "国械备20220001", 1, None, TODAY) == []


def test_full_width_and_blanks_do_not_matter() -> None:
    assert normalised(" 国械注准２０２１ 3080001 ") == "国械注准20213080001"
