"""Every door of every service is shut: to strangers, to forgers, to people of another role.

Each operation of each service's own OpenAPI document is tried, so that a new route cannot be
forgotten here.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc.jwk import OKPKey

from deploy.local.assemble import installed_services
from gateway.identity.roles.rules import catalogue
from shared.auth import LEEWAY_SECONDS, mint
from tests.support.services import COMPANY, USER, ServiceUnderTest, private_key

SOMEBODY = f"user:{USER}"
NOBODY = UUID(int=1)
Service = Callable[[str], AbstractAsyncContextManager[ServiceUnderTest]]


@dataclass(frozen=True)
class Operation:
    """One route, with a path that leads to it."""

    method: str
    path: str
    permissions: frozenset[str]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation that asks for a permission; the others are public on purpose."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            permissions = frozenset(operation.get("x-permissions", []))
            if permissions:
                yield Operation(method.upper(), filled(path), permissions)


def filled(path: str) -> str:
    """The path with something in its places."""
    parts = (str(NOBODY) if part.startswith("{") else part for part in path.split("/"))
    return "/".join(parts)


@pytest.fixture(params=installed_services())
async def door(request: pytest.FixtureRequest, service: Service) -> AsyncIterator[ServiceUnderTest]:
    async with service(request.param) as running:
        yield running


async def tried(
    door: ServiceUnderTest, headers: Callable[[Operation], dict[str, str]]
) -> dict[str, int]:
    """The status of each operation under these headers."""
    found: dict[str, int] = {}
    async with httpx.AsyncClient(transport=door.transport, base_url=door.base_url) as client:
        for one in operations(door.app.openapi()):
            answer = await client.request(one.method, one.path, headers=headers(one))
            found[f"{one.method} {one.path}"] = answer.status_code
    assert found, "no operation asks for a permission"
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def minted(context: str, **changes: Any) -> str:
    """A token that would be good but for the changes."""
    everything = sorted(code for code in catalogue() if code.startswith(f"{context}."))
    usual: dict[str, Any] = {
        "key": private_key("gateway"),
        "issuer": "gateway",
        "subject": SOMEBODY,
        "audience": context,
        "company_id": COMPANY,
        "permissions": everything,
    }
    given = usual | changes
    return mint(given.pop("key"), **given)


async def test_strangers_enter_nowhere(door: ServiceUnderTest) -> None:
    statuses = await tried(door, lambda _: {})
    assert set(statuses.values()) == {401}, statuses


@pytest.mark.parametrize(
    "forgery", ["expired", "not yet", "audience", "key", "kid", "issuer", "cut"]
)
async def test_forgers_enter_nowhere(door: ServiceUnderTest, forgery: str) -> None:
    context = door.settings.context
    forgeries: dict[str, dict[str, Any]] = {
        "expired": {"ttl": -LEEWAY_SECONDS - 60},
        "not yet": {"extra": {"nbf": int(time.time()) + 3600}},
        "audience": {"audience": "nowhere"},
        "key": {"key": OKPKey.generate_key("Ed25519", {"kid": str(private_key("gateway").kid)})},
        "kid": {"key": OKPKey.generate_key("Ed25519", {"kid": "gateway.forged00"})},
        "issuer": {"issuer": "sales" if context != "sales" else "finance"},
        "cut": {},
    }
    token = minted(context, **forgeries[forgery])
    if forgery == "cut":
        token = token[:-8] + "AAAAAAAA"
    statuses = await tried(door, lambda _: bearer(token))
    assert set(statuses.values()) == {401}, statuses


async def test_nobody_enters_with_every_right_but_the_one_asked_for(door: ServiceUnderTest) -> None:
    context = door.settings.context
    everything = {code for code in catalogue() if code.startswith(f"{context}.")}

    def all_others(one: Operation) -> dict[str, str]:
        return bearer(minted(context, permissions=sorted(everything - one.permissions)))

    statuses = await tried(door, all_others)
    refused = 401 if context == "gateway" else 403  # there, rights come from a living session
    assert set(statuses.values()) == {refused}, statuses


async def test_a_company_without_documents_breaks_nothing(door: ServiceUnderTest) -> None:
    """With every right, and nothing there: an empty list or a refusal, never a fault."""
    token = minted(door.settings.context, company_id=UUID(int=0xC0FFEE))
    statuses = await tried(door, lambda _: bearer(token))
    assert not [one for one, status in statuses.items() if status >= 500], statuses
