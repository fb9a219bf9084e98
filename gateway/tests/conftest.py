"""The gateway over real HTTP, with a person for each role."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from gateway.identity.seed import seed
from tests.support.services import Stack


class Doors:
    """Sign-ins through the gateway of a running stack."""

    def __init__(self, stack: Stack, users: dict[str, dict[str, str]], clients: Any) -> None:
        self.stack, self.users, self.clients = stack, users, clients
        self.url = stack["gateway"].base_url

    def stranger(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=self.url, timeout=30)
        self.clients.push_async_callback(client.aclose)
        return client

    async def sign_in(self, role: str) -> httpx.AsyncClient:
        client = self.stranger()
        answer = await client.post("/api/identity/tokens", json=self.users[role])
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client


@pytest.fixture
async def doors(running: Callable[..., Any]) -> AsyncIterator[Doors]:
    async with running("gateway", "masterdata") as stack, AsyncExitStack() as clients:
        users = await seed(stack["gateway"].settings, demo=True)
        yield Doors(stack, users, clients)
