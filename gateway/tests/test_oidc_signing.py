"""Who signs in at the identity provider alone signs there, too: freshly, and for one wish."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from gateway.identity.seed import seed
from gateway.tests.conftest import Doors
from gateway.tests.provider import LEFT_OUT, StandIn, identity_provider
from gateway.tests.test_oidc import CALLBACK, come_back, link, said, settings_of
from shared.auth import read_token
from shared.settings import TrustedKeys

pytestmark = pytest.mark.req("REQ-86", "REQ-87")
BEGIN = "/api/identity/oidc/signatures"
FETCH = f"{BEGIN}/token"
OLDER = text("UPDATE provider_sign_in SET returned_at = returned_at - interval '3 minutes'")
OTHER_WISH = text("""
UPDATE provider_sign_in SET wish = jsonb_set(wish, '{meaning}', '"another meaning"')
""")


@pytest.fixture
async def provider() -> AsyncIterator[StandIn]:
    async with identity_provider() as stand_in:
        yield stand_in


@dataclass
class Signer:
    """A person without a password of ours, at the console."""

    doors: Doors
    door: httpx.AsyncClient
    trusted: TrustedKeys

    async def begin(self, **changes: Any) -> httpx.Response:
        return await self.door.post(BEGIN, json={**wish(), "return_to": "/quality", **changes})

    async def authenticate(self, begun: httpx.Response) -> httpx.Response:
        """At the provider, and back here."""
        async with httpx.AsyncClient() as browser:
            back = await browser.get(begun.json()["location"])
        query = parse_qs(urlsplit(back.headers["location"]).query)
        flat = {name: values[0] for name, values in query.items()}
        return await self.door.get(CALLBACK, params=flat)

    async def fetch(self) -> httpx.Response:
        return await self.door.post(FETCH)

    async def alter(self, statement: Any) -> None:
        async with self.doors.stack["gateway"].session() as session:
            await session.execute(statement)


def wish() -> dict[str, Any]:
    items = [{"id": str(UUID(int=7)), "version": 3, "hash": "a" * 64}]
    return {"context": "quality", "meaning": "inspection decision", "items": items}


@pytest.fixture
async def doors(running: Callable[..., Any], provider: StandIn) -> AsyncIterator[Doors]:
    async with running("gateway", **settings_of(provider)) as stack, AsyncExitStack() as left:
        users = await seed(stack["gateway"].settings, demo=True)
        found = Doors(stack, users, left)
        await link(found, "buyer", "ada")
        yield found


async def signed_in(doors: Doors) -> Signer:
    door = doors.stranger()
    assert (await come_back(door)).status_code == 303
    session = await door.post("/api/identity/oidc/sessions")
    door.headers["X-CSRF-Token"] = session.json()["csrf_token"]
    return Signer(doors, door, doors.stack["gateway"].app.state.trusted)


@pytest.fixture
async def ada(doors: Doors) -> Signer:
    return await signed_in(doors)


async def test_a_fresh_authentication_signs_what_was_asked_for_and_once(ada: Signer) -> None:
    begun = await ada.begin()
    assert begun.status_code == 200, begun.text
    location: str = begun.json()["location"]
    asked = parse_qs(urlsplit(location).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    back = await ada.authenticate(begun)
    assert (back.status_code, back.headers["location"]) == (303, "/quality")
    given = await ada.fetch()
    assert given.status_code == 200, given.text
    assert given.json()["expires_in"] == 120
    claims = read_token(given.json()["signature"], "signature:quality", ada.trusted)
    me = (await ada.door.get("/api/identity/me")).json()
    assert claims["sub"] == f"user:{me['id']}"
    assert (claims["meaning"], claims["items"]) == (wish()["meaning"], wish()["items"])
    assert claims["exp"] - claims["iat"] == 120
    assert said(await ada.fetch()) == (401, "sign-in-spent")


@pytest.mark.parametrize(
    "auth_time",
    [LEFT_OUT, None, "now", True, -3600, 3600],  # numbers: seconds from now
    ids=["absent", "null", "a word", "true", "an hour ago", "in an hour"],
)
async def test_an_authentication_that_is_not_of_now_signs_nothing(
    ada: Signer, provider: StandIn, auth_time: Any
) -> None:
    """A provider that answers out of its own session, or does not say when."""
    begun = await ada.begin()
    number = isinstance(auth_time, int) and auth_time is not True
    provider.claims = {"auth_time": int(time.time()) + auth_time if number else auth_time}
    assert said(await ada.authenticate(begun)) == (403, "not-authenticated-anew")
    assert said(await ada.fetch()) == (401, "sign-in-spent")


async def test_somebody_else_cannot_authenticate_for_the_signer(
    ada: Signer, provider: StandIn, doors: Doors
) -> None:
    await link(doors, "inspector", "bob")
    begun = await ada.begin()
    provider.person = "bob"
    assert said(await ada.authenticate(begun)) == (403, "signer-differs")
    provider.person = "nobody-here"
    assert said(await ada.authenticate(await ada.begin())) == (403, "signer-differs")
    assert said(await ada.fetch()) == (401, "sign-in-spent")


async def test_the_nonce_stands_for_the_wish(ada: Signer, provider: StandIn) -> None:
    begun = await ada.begin()
    await ada.alter(OTHER_WISH)
    assert said(await ada.authenticate(begun)) == (401, "identity-doubtful")
    begun = await ada.begin()
    provider.claims = {"nonce": "of another sign-in"}
    assert said(await ada.authenticate(begun)) == (401, "identity-doubtful")


async def test_a_signature_must_be_fetched_within_two_minutes(ada: Signer) -> None:
    assert (await ada.authenticate(await ada.begin())).status_code == 303
    await ada.alter(OLDER)
    assert said(await ada.fetch()) == (401, "sign-in-spent")


async def test_signing_in_signs_nothing_and_signing_opens_no_session(
    ada: Signer, doors: Doors
) -> None:
    assert said(await ada.fetch()) == (401, "sign-in-spent")  # only signed in, nothing begun
    assert (await ada.authenticate(await ada.begin())).status_code == 303
    handle = ada.door.cookies["mailuo_signing"]
    door = doors.stranger()
    answer = await door.post(
        "/api/identity/oidc/sessions", headers={"Cookie": f"mailuo_sign_in={handle}"}
    )
    assert said(answer) == (401, "sign-in-spent")
    assert (await ada.fetch()).status_code == 200


async def test_anothers_way_back_is_useless(ada: Signer, doors: Doors, provider: StandIn) -> None:
    """The handle alone does not sign for who holds it: the session must be the signer's."""
    await link(doors, "inspector", "bob")
    assert (await ada.authenticate(await ada.begin())).status_code == 303
    provider.person = "bob"
    bob = await signed_in(doors)
    stolen = {"Cookie": f"mailuo_signing={ada.door.cookies['mailuo_signing']}; "
              f"mailuo_session={bob.door.cookies['mailuo_session']}"}  # fmt: skip
    assert said(await bob.door.post(FETCH, headers=stolen)) == (401, "sign-in-spent")
    assert said(await doors.stranger().post(FETCH)) == (401, "not-signed-in")
    assert (await ada.fetch()).status_code == 200


async def test_a_lock_between_authentication_and_signature_holds(ada: Signer) -> None:
    assert (await ada.authenticate(await ada.begin())).status_code == 303
    lock = (
        "UPDATE app_user SET locked_until = now() + interval '1 hour' WHERE external_name = 'ada'"
    )
    await ada.alter(text(lock))
    assert said(await ada.fetch())[1] == "account-locked"


async def test_strangers_and_lists_of_nothing_are_refused(ada: Signer, doors: Doors) -> None:
    assert said(await doors.stranger().post(BEGIN, json=wish())) == (401, "not-signed-in")
    assert (await ada.begin(items=[])).status_code == 422
    assert (await ada.begin(return_to="https://elsewhere.test")).status_code == 200
    back = await ada.authenticate(await ada.begin(return_to="//elsewhere.test"))
    assert back.headers["location"] == "/"


async def test_without_a_provider_the_password_signs(running: Callable[..., Any]) -> None:
    async with running("gateway") as stack, AsyncExitStack() as left:
        doors = Doors(stack, await seed(stack["gateway"].settings, demo=True), left)
        buyer = await doors.sign_in("buyer")
        assert said(await buyer.post(BEGIN, json=wish())) == (404, "no-provider")
        assert said(await buyer.post(FETCH)) == (404, "no-provider")
