"""The way through the gateway: forged tokens, the merged description, a service that is down."""

import base64
import json
import time

import pytest
from joserfc.jwk import OKPKey

from gateway.proxy.rules import FAILURES_MAX, REST_SECONDS, Circuit, may_repeat
from gateway.tests.conftest import Doors
from shared.auth import mint
from tests.support.services import COMPANY


async def test_a_request_reaches_its_service_in_the_persons_name(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    answer = await admin.get("/api/masterdata/items?size=1")
    assert answer.status_code == 200, answer.text
    assert "counts_by_state" in answer.json() or "items" in answer.json()
    buyer = await doors.sign_in("buyer")
    refused = await buyer.post("/api/masterdata/imports/units", files={"file": b"code"})
    assert refused.status_code == 403


async def test_strangers_and_forgers_stay_outside(doors: Doors) -> None:
    door = doors.stranger()
    assert (await door.get("/api/masterdata/items")).status_code == 401
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps({"sub": "user:1"}).encode()).decode().rstrip("=")
    stranger_key = OKPKey.generate_key("Ed25519")
    forged = mint(
        stranger_key, issuer="gateway", subject="user:1", audience="gateway", company_id=COMPANY
    )
    for token in ("x", f"{header}.{body}.", forged):
        door.headers["Authorization"] = f"Bearer {token}"
        assert (await door.get("/api/identity/me")).status_code == 401, token


async def test_a_users_token_opens_no_service_directly(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    direct = doors.stranger()
    direct.headers = admin.headers
    url = doors.stack["masterdata"].base_url
    assert (await direct.get(f"{url}/items")).status_code == 401


async def test_a_service_that_is_down_is_named_and_the_rest_works(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    answer = await admin.get("/api/sales/orders")
    assert answer.status_code == 404 or answer.headers["retry-after"] == "2"
    inbox = (await admin.get("/api/views/inbox")).json()
    assert "masterdata" not in {part["service"] for part in inbox["missing"]}


async def test_the_merged_description_holds_every_service_that_is_up(doors: Doors) -> None:
    document = (await doors.stranger().get("/openapi.json")).json()
    assert "/api/masterdata/items" in document["paths"]
    assert "/api/identity/tokens" in document["paths"]
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"], name
    ids = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    ]
    assert len(ids) == len(set(ids))


async def test_the_keys_are_published_without_their_private_part(doors: Doors) -> None:
    keys = (await doors.stranger().get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"].partition(".")[0] for key in keys] == ["gateway"]
    assert all("d" not in key for key in keys)


async def test_a_body_over_the_limit_is_refused(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    answer = await admin.post("/api/masterdata/units", content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_pages_need_nothing_from_elsewhere(doors: Doors) -> None:
    door = doors.stranger()
    for path in ("/", "/docs", "/problems/same-hands"):
        page = await door.get(path)
        assert page.status_code == 200
        assert "http://" not in page.text
        assert "https://" not in page.text


def test_a_circuit_opens_after_failures_in_a_row_and_tries_again_after_a_rest() -> None:
    circuit, now = Circuit(), time.monotonic()
    for _ in range(FAILURES_MAX):
        assert circuit.lets_through(now)
        circuit = circuit.failed(now)
    assert not circuit.lets_through(now)
    assert circuit.lets_through(now + REST_SECONDS)
    assert circuit.answered() == Circuit()


@pytest.mark.parametrize(
    ("method", "keyed", "again"),
    [("GET", False, True), ("POST", False, False), ("POST", True, True), ("DELETE", False, False)],
)
def test_only_what_is_safe_or_keyed_is_sent_again(method: str, keyed: bool, again: bool) -> None:
    assert may_repeat(method, keyed=keyed) == again
