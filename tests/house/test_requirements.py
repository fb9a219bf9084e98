"""The traceability tool refuses a matrix that says more than the tests show."""

from typing import Any

import pytest

from tools.requirements import Row, Shown, complaints, evidence, marks_in, page, read_rows


def row(
    id: str = "B5", status: str = "done", where: str = "services/procurement", note: str = ""
) -> Any:
    return Row(id, "Approval", "审批", status, where, note)


BELOW = {"B5": {Shown("services/procurement/tests/orders/test_routes.py", through_gateway=False)}}
THROUGH = {"B5": {Shown("tests/journeys/test_order.py", through_gateway=True)}}


@pytest.mark.parametrize(
    ("rows", "shown", "complaint"),
    [
        ([row()], {}, "no test shows it through the gateway"),
        ([row()], BELOW, "no test shows it through the gateway"),
        ([row(status="thin")], {}, "no test shows any of it"),
        ([row(status="finished")], THROUGH, "the status is one of"),
        ([row(where="")], THROUGH, "say where it lives"),
        ([row(id="B6", status="open")], BELOW, "B5 is no requirement"),
        ([row(), row()], THROUGH, "stands twice"),
    ],
)
def test_a_false_claim_is_refused(rows: Any, shown: Any, complaint: str) -> None:
    assert any(complaint in found for found in complaints(rows, shown))


def test_true_claims_pass_and_the_page_shows_them() -> None:
    assert list(complaints([row()], THROUGH)) == []
    assert "● tests/journeys/test_order.py" in page([row()], THROUGH)


def test_marks_are_found_on_modules_classes_and_functions() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.req("A1"), pytest.mark.slow]
@pytest.mark.req("A2", "A3")
def test_one(service): ...
@pytest.mark.req("A4")
async def test_two(doors): ...
"""
    assert dict(marks_in(source, "services/x/tests/test_x.py")) == {
        "A1": False,
        "A2": False,
        "A3": False,
        "A4": True,
    }
    assert all(through for _, through in marks_in(source, "gateway/tests/test_x.py"))


def test_every_requirement_stands_in_the_matrix_once() -> None:
    rows = read_rows()
    assert list(complaints(rows, evidence())) == []
    assert len(rows) == 225
