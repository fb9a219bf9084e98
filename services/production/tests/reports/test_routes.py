"""Operation reports: sequence, conservation, repetition."""

from typing import Any

import httpx
import pytest

from services.production.tests.conftest import Make
from services.production.tests.device import act_on

DONE = {"good": "5", "minutes": "10"}


async def report(
    operator: httpx.AsyncClient, order: dict[str, Any], operation: int, **given: Any
) -> httpx.Response:
    path = f"/orders/{order['id']}/operations/{operation}/reports"
    return await operator.post(path, json=DONE | given)


@pytest.mark.req("REQ-47")
async def test_no_later_operation_before_an_earlier_one_is_done(
    make_order: Make, operator: httpx.AsyncClient
) -> None:
    order = await make_order("issued")
    early = await report(operator, order, 20)
    assert early.status_code == 409
    assert early.json()["type"] == "/problems/operation-out-of-sequence"
    assert early.json()["open"] == [10]
    assert (await report(operator, order, 10)).status_code == 201
    shown = (await report(operator, order, 20)).json()
    assert shown["state"] == "in_progress"
    assert [one["state"] for one in shown["operations"]] == ["done", "done"]


@pytest.mark.req("REQ-48")
@pytest.mark.parametrize(("good", "scrap"), [("4", "0"), ("5", "1"), ("0", "0")])
async def test_good_and_scrap_are_what_went_in(
    make_order: Make, operator: httpx.AsyncClient, good: str, scrap: str
) -> None:
    order = await make_order("issued")
    refused = await report(operator, order, 10, good=good, scrap=scrap, reason="dropped")
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/quantity-not-conserved"
    assert refused.json()["input"] == "5"


async def test_scrap_needs_a_reason_and_reaches_the_next_operation(
    make_order: Make, operator: httpx.AsyncClient
) -> None:
    order = await make_order("issued")
    bare = await report(operator, order, 10, good="4", scrap="1")
    assert bare.json()["type"] == "/problems/scrap-unexplained"
    assert (await report(operator, order, 10, good="4", scrap="1", reason="dropped")).is_success
    too_many = await report(operator, order, 20)
    assert too_many.json()["input"] == "4"
    shown = (await report(operator, order, 20, good="4")).json()
    assert (shown["good"], shown["scrap"]) == ("4", "1")


async def test_the_same_report_again_changes_nothing_and_another_one_is_refused(
    make_order: Make, operator: httpx.AsyncClient
) -> None:
    order = await make_order("issued")
    first, again = [await report(operator, order, 10) for _ in range(2)]
    assert first.json()["version"] == again.json()["version"]
    other = await report(operator, order, 10, minutes="11")
    assert other.json()["type"] == "/problems/operation-reported-already"


@pytest.mark.parametrize("until", ["firmed", "released"])
async def test_nothing_is_reported_before_its_material_is_issued(
    make_order: Make, operator: httpx.AsyncClient, until: str
) -> None:
    order = await make_order(until)
    refused = await report(operator, order, 10)
    expected = "operation-unknown" if until == "firmed" else "material-not-issued"
    assert refused.json()["type"] == f"/problems/{expected}"


async def test_an_unknown_operation_is_named(make_order: Make, operator: httpx.AsyncClient) -> None:
    order = await make_order("issued")
    refused = await report(operator, order, 99)
    assert (refused.status_code, refused.json()["known"]) == (404, [10, 20])


async def test_all_at_once_in_standard_time(make_order: Make, operator: httpx.AsyncClient) -> None:
    order = await make_order("issued")
    shown = await act_on(operator, order["id"], "report_all", good="4", scrap="1", reason="dropped")
    figures = [(one["good"], one["scrap"], one["minutes"]) for one in shown["operations"]]
    assert figures == [("4", "1", "17.5"), ("4", "0", "15")]
