"""Whatever arrives at a service, it answers with its contract or a problem: never with a 5xx.

Requests are generated from each service's own OpenAPI, valid and invalid, the same at every run.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from deploy.local.assemble import installed_services
from gateway.identity.roles.rules import catalogue
from gateway.identity.seed import seed
from shared.service import PLATFORM_ROUTERS
from shared.spending import spendings_of
from tests.support.services import COMPANY, USER, ServiceUnderTest

Service = Callable[[str], AbstractAsyncContextManager[ServiceUnderTest]]

EXAMPLES = 2  # per operation and mode
UNAVAILABLE = 503
KERNEL_AT = "masterdata"  # the service where the platform's own routes are tried
PLATFORM = {str(tag) for router in PLATFORM_ROUTERS for tag in router.tags}
DRAWN = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[cast(HealthCheck, one) for one in HealthCheck],
)


def own_part(document: dict[str, Any], context: str) -> dict[str, Any]:
    """What only this service serves; the platform's own routes are tried once."""
    if context == KERNEL_AT:
        return document
    paths = {
        path: {
            verb: operation for verb, operation in item.items() if not PLATFORM & tags(operation)
        }
        for path, item in document["paths"].items()
    }
    return document | {"paths": {path: item for path, item in paths.items() if item}}


def tags(operation: dict[str, Any]) -> set[str]:
    return set(operation.get("tags", []))


def cases_of(document: dict[str, Any]) -> Iterator[Case[Any]]:
    """A few requests per operation, the same at every run."""
    schema: Any = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            yield from drawn(operation, mode)


def drawn(operation: Any, mode: GenerationMode) -> list[Case[Any]]:
    found: list[Case[Any]] = []

    @DRAWN
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: Case[Any]) -> None:
        found.append(case)

    try:
        draw()
    except Unsatisfiable:  # nothing invalid can be sent to an operation without parameters
        return found
    return found


def request_of(case: Case[Any]) -> dict[str, Any]:
    """The case as httpx takes it; what HTTP itself cannot carry is left out."""
    sent: dict[str, Any] = case.as_transport_kwargs(base_url="http://test")
    told: dict[str, str] = sent.get("headers") or {}
    headers = {
        name: value
        for name, value in told.items()
        if value.isascii() and value.isprintable() and name.lower() != "authorization"
    }
    known = {"method", "url", "params", "json", "files"}
    request = {name: value for name, value in sent.items() if name in known and value is not None}
    if "files" in request:
        request["files"] = [(name, carried(part)) for name, part in request["files"]]
    if isinstance(data := sent.get("data"), (str, bytes)):
        request["content"] = data
    elif data is not None:
        request["data"] = data
    return request | {"headers": headers}


def carried(part: Any) -> Any:
    """A part of a form as bytes: a number cannot be sent as a file, its digits can."""
    if isinstance(part, tuple):
        name, content, *more = cast("tuple[Any, ...]", part)
        return (name, carried(content), *more)
    return part if isinstance(part, (bytes, str)) else str(part).encode()


def shown(request: dict[str, Any]) -> str:
    """Enough to send it again."""
    wanted = {name: request[name] for name in ("params", "json", "content") if name in request}
    return f"{request['method']} {request['url']} {json.dumps(wanted, default=str)[:600]}"


@pytest.mark.parametrize("context", installed_services())
async def test_no_request_makes_a_service_fail(service: Service, context: Any) -> None:
    failures: list[str] = []
    async with service(context) as fuzzed:
        client = await allowed(fuzzed)
        for case in cases_of(own_part(fuzzed.app.openapi(), context)):
            request = request_of(case)
            try:
                answer = await client.request(**request)
            except Exception as fault:  # noqa: BLE001 - the app's own, with nothing between
                failures.append(f"{shown(request)}\n    raised {fault!r}")
                continue
            if not answered_well(answer, documented(fuzzed, case)):
                failures.append(f"{shown(request)}\n    {answer.status_code} {answer.text[:300]}")
        spendings_of(fuzzed.engine).most.clear()  # lists with partial=1 go one by one
    assert not failures, f"{len(failures)} failures\n" + "\n".join(failures)


async def allowed(fuzzed: ServiceUnderTest) -> httpx.AsyncClient:
    """A client who may do everything; at the gateway, where sessions are real, an admin's."""
    context = fuzzed.settings.context
    everything = [code for code in catalogue() if code.startswith(f"{context}.")]
    client = fuzzed.client(
        issuer="gateway", subject=f"user:{USER}", company_id=COMPANY, permissions=everything
    )
    if context == "gateway":
        del client.headers["Authorization"]
        users = await seed(fuzzed.settings, demo=True)
        answer = await client.post("/api/identity/tokens", json=users["admin"])
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def documented(fuzzed: ServiceUnderTest, case: Case[Any]) -> set[str]:
    """The statuses that the description names for this operation."""
    return set(fuzzed.app.openapi()["paths"][case.path][case.method.lower()]["responses"])


def answered_well(answer: Any, known: set[str]) -> bool:
    """A documented success, or a refusal as problem details; 503 says when to come back.

    A redirect goes to the same thing under its right address.
    """
    if answer.status_code < 400:
        return str(answer.status_code) in known or answer.is_redirect
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    if answer.status_code >= 500:
        return problem and answer.status_code == UNAVAILABLE and "retry-after" in answer.headers
    return problem and "title" in answer.json()
