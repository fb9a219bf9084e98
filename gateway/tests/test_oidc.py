"""Signing in at the identity provider: who comes in, and every way of not being them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text

from gateway.identity.oidc.rules import local_path
from gateway.identity.seed import seed
from gateway.tests.conftest import Doors
from gateway.tests.provider import CLIENT, SECRET, StandIn, identity_provider

pytestmark = pytest.mark.req("REQ-87")
LOGIN = "/api/identity/oidc/login"
CALLBACK = "/api/identity/oidc/callback"


@pytest.fixture
async def provider() -> AsyncIterator[StandIn]:
    async with identity_provider() as stand_in:
        yield stand_in


def settings_of(provider: StandIn, **more: str) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
        "oidc_redirect_url": f"http://gateway.test{CALLBACK}", **more,
    }  # fmt: skip


@pytest.fixture
async def open_doors(running: Callable[..., Any], provider: StandIn) -> AsyncIterator[Any]:
    async with AsyncExitStack() as left:

        async def opened(**more: str) -> Doors:
            given = settings_of(provider, **more)
            stack = await left.enter_async_context(running("gateway", **given))
            users = await seed(stack["gateway"].settings, demo=True)
            return Doors(stack, users, left)

        yield opened


@pytest.fixture
async def doors(open_doors: Any) -> Doors:
    doors: Doors = await open_doors()
    await link(doors, "buyer", "ada")
    return doors


async def link(doors: Doors, q: str, name: str | None) -> httpx.Response:
    admin = await doors.sign_in("admin")
    user = (await admin.get(f"/api/identity/users?q={q}")).json()["items"][0]
    path = f"/api/identity/users/{user['id']}/actions/link"
    return await admin.post(path, json={"version": user["version"], "external_name": name})


async def at_the_provider(door: httpx.AsyncClient, path: str = LOGIN) -> dict[str, str]:
    """Begin, sign in at the provider, and stop before going back: code and state."""
    begun = await door.get(path)
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as browser:
        back = await browser.get(begun.headers["location"])
    query = parse_qs(urlsplit(back.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def come_back(door: httpx.AsyncClient) -> httpx.Response:
    return await door.get(CALLBACK, params=await at_the_provider(door))


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_linked_person_comes_in_with_the_same_session(doors: Doors) -> None:
    door = doors.stranger()
    back = await door.get(
        CALLBACK, params=await at_the_provider(door, f"{LOGIN}?return_to=/console")
    )
    assert (back.status_code, back.headers["location"]) == (303, "/console")
    session = await door.post("/api/identity/oidc/sessions")
    assert session.status_code == 200, session.text
    assert "samesite=strict" in session.headers["set-cookie"].lower()
    me = (await door.get("/api/identity/me")).json()
    assert (me["roles"], me["external_name"]) == (["buyer"], "ada")  # roles are Mailuo's alone
    assert said(await door.post("/api/identity/delegations", json={})) == (403, "csrf-missing")
    assert said(await door.post("/api/identity/oidc/sessions")) == (401, "sign-in-spent")
    door.headers["X-CSRF-Token"] = session.json()["csrf_token"]
    assert (await door.delete("/api/identity/sessions/current")).status_code == 204
    assert (await door.get("/api/identity/me")).status_code == 401
    away = await door.get("/api/identity/oidc/logout")
    assert away.headers["location"].endswith(f"/logout?client_id={CLIENT}")


async def test_state_handle_and_code_work_once_and_only_together(doors: Doors) -> None:
    door, other = doors.stranger(), doors.stranger()
    query, foreign = await at_the_provider(door), await at_the_provider(other)
    assert said(await door.get(CALLBACK, params=foreign)) == (401, "sign-in-spent")
    assert said(await doors.stranger().get(CALLBACK, params=query)) == (401, "sign-in-spent")
    wrong = {**query, "state": "guessed"}
    assert said(await door.get(CALLBACK, params=wrong)) == (401, "sign-in-spent")
    assert (await door.get(CALLBACK, params=query)).status_code == 303
    assert said(await door.get(CALLBACK, params=query)) == (401, "sign-in-spent")
    used = {**await at_the_provider(door), "code": query["code"]}  # replayed in a new sign-in
    assert said(await door.get(CALLBACK, params=used)) == (401, "sign-in-denied")
    assert said(await door.post("/api/identity/oidc/sessions")) == (401, "sign-in-spent")


async def test_a_code_of_another_browser_is_useless_here(doors: Doors) -> None:
    door, thief = doors.stranger(), doors.stranger()
    stolen, own = await at_the_provider(door), await at_the_provider(thief)
    mixed = {"state": own["state"], "code": stolen["code"]}  # PKCE: the verifier does not fit
    assert said(await thief.get(CALLBACK, params=mixed)) == (401, "sign-in-denied")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"iss": "https://elsewhere.test"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
    ],
)
async def test_a_token_that_does_not_fit_is_not_believed(
    doors: Doors, provider: StandIn, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    door = doors.stranger()
    assert said(await come_back(door)) == (401, "identity-doubtful")
    assert said(await door.post("/api/identity/oidc/sessions")) == (401, "sign-in-spent")


async def test_unsigned_and_foreign_signatures_are_not_believed(
    doors: Doors, provider: StandIn
) -> None:
    provider.unsigned = True
    assert said(await come_back(doors.stranger())) == (401, "identity-doubtful")
    provider.unsigned = False
    provider.signer = RSAKey.generate_key(2048, {"kid": str(provider.key.kid)})
    assert said(await come_back(doors.stranger())) == (401, "identity-doubtful")


async def test_new_keys_are_fetched_when_they_appear_but_not_endlessly(
    doors: Doors, provider: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await come_back(doors.stranger())).status_code == 303
    assert (await come_back(doors.stranger())).status_code == 303
    assert provider.asked_keys == 1
    provider.rotate()
    monkeypatch.setattr("gateway.identity.provider.AGAIN_SECONDS", 0.0)
    assert (await come_back(doors.stranger())).status_code == 303
    assert provider.asked_keys == 2
    monkeypatch.undo()
    provider.signer = RSAKey.generate_key(2048, {"kid": "unknown"})
    for _ in range(3):
        assert said(await come_back(doors.stranger())) == (401, "identity-doubtful")
    assert provider.asked_keys == 2


async def test_unknown_locked_and_disabled_people_stay_out(doors: Doors, provider: StandIn) -> None:
    provider.person = "nobody"
    refused = await come_back(doors.stranger())
    assert (said(refused), refused.json()["name"]) == ((403, "account-not-linked"), "nobody")
    provider.person, gateway = "ada", doors.stack["gateway"]
    door = doors.stranger()
    assert (await come_back(door)).status_code == 303
    wrong = {**doors.users["buyer"], "password": "wrong"}
    for _ in range(5):
        await doors.stranger().post("/api/identity/tokens", json=wrong)
    assert said(await door.post("/api/identity/oidc/sessions")) == (403, "account-locked")
    assert said(await come_back(doors.stranger())) == (403, "account-locked")
    async with gateway.session() as session:
        await session.execute(
            text("UPDATE app_user SET locked_until = NULL, active = false WHERE username = 'buyer'")
        )
    assert said(await come_back(doors.stranger())) == (403, "account-disabled")


async def test_the_provider_says_no_or_is_away(doors: Doors, provider: StandIn) -> None:
    door = doors.stranger()
    query = await at_the_provider(door)
    no = {"state": query["state"], "error": "access_denied"}
    assert said(await door.get(CALLBACK, params=no)) == (401, "sign-in-denied")
    doors.stack["gateway"].app.state.provider_of_identity.issuer = "http://127.0.0.1:9"
    doors.stack["gateway"].app.state.provider_of_identity.described = None
    away = await doors.stranger().get(LOGIN, headers={"accept-language": "zh-CN"})
    assert (said(away), away.headers["retry-after"]) == ((503, "provider-away"), "10")
    assert away.json()["title"] == "身份提供方暂时没有响应"


async def test_links_are_one_to_one_and_end(doors: Doors) -> None:
    taken = await link(doors, "planner", "ada")
    assert said(taken) == (409, "already-linked")
    assert (await link(doors, "buyer", None)).json()["external_name"] is None
    assert said(await come_back(doors.stranger())) == (403, "account-not-linked")
    buyer = await doors.sign_in("buyer")
    me = (await buyer.get("/api/identity/me")).json()
    body = {"version": me["version"], "external_name": "x"}
    path = f"/api/identity/users/{me['id']}/actions/link"
    assert (await buyer.post(path, json=body)).status_code == 403


async def test_with_a_default_role_newcomers_get_an_account(
    open_doors: Any, provider: StandIn
) -> None:
    doors = await open_doors(oidc_default_role="operator", oidc_claim="email")
    provider.claims = {"email": "Eve.Li@example.test"}
    for _ in range(2):  # the second time it is the same account
        door = doors.stranger()
        assert (await come_back(door)).status_code == 303
        assert (await door.post("/api/identity/oidc/sessions")).is_success
        me = (await door.get("/api/identity/me")).json()
        assert me["username"].startswith("eve.li-")
        assert (me["roles"], me["name"]) == (["operator"], "Ada 艾达")
    admin = await doors.sign_in("admin")
    assert (await admin.get("/api/identity/users?q=eve")).json()["total"] == 1


async def test_without_a_provider_there_is_nothing_to_begin(running: Callable[..., Any]) -> None:
    async with running("gateway") as stack, AsyncExitStack() as left:
        doors = Doors(stack, {}, left)
        assert said(await doors.stranger().get(LOGIN)) == (404, "no-provider")


@pytest.mark.parametrize(
    "asked", ["//evil.test", "https://evil.test", "/\\evil.test", "evil", "", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(asked: str) -> None:
    assert local_path(asked) == "/"
