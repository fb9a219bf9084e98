"""Who comes in, who is kept out, and when a session ends."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from gateway.identity.passwords import AT_ONCE, Passwords
from gateway.tests.conftest import Doors

NEW = {"username": "li.lei", "name": "李雷", "password": "a Long-Pass-1 word", "roles": ["sales"]}
pytestmark = pytest.mark.req("REQ-87")


async def test_a_person_signs_in_and_sees_their_rights(doors: Doors) -> None:
    me = (await (await doors.sign_in("buyer")).get("/api/identity/me")).json()
    assert me["roles"] == ["buyer"]
    assert "masterdata.item.read" in me["permissions"]
    assert not [p for p in me["permissions"] if p.startswith(("gateway.user", "gateway.platform"))]


async def test_wrong_passwords_lock_the_account_and_the_administrator_lifts_it(
    doors: Doors,
) -> None:
    door, wrong = doors.stranger(), {**doors.users["sales"], "password": "wrong"}
    statuses = [(await door.post("/api/identity/tokens", json=wrong)).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 403]
    right = await door.post("/api/identity/tokens", json=doors.users["sales"])
    assert right.json()["type"] == "/problems/account-locked"
    admin = await doors.sign_in("admin")
    found = (await admin.get("/api/identity/users?q=sales")).json()["items"][0]
    assert found["locked_until"]
    answer = await admin.post(f"/api/identity/users/{found['id']}/actions/unlock")
    assert answer.status_code == 200, answer.text
    assert (await door.post("/api/identity/tokens", json=doors.users["sales"])).is_success


async def test_a_crowd_of_tries_is_counted_one_by_one(doors: Doors) -> None:
    door, wrong = doors.stranger(), {**doors.users["sales"], "password": "wrong"}
    tries = [door.post("/api/identity/tokens", json=wrong) for _ in range(8)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*tries)])
    assert statuses == [401] * 4 + [403] * 4


async def test_who_tries_passwords_keeps_nobody_from_the_database(doors: Doors) -> None:
    buyer, door = await doors.sign_in("buyer"), doors.stranger()
    passwords: Passwords = doors.stack["gateway"].app.state.passwords
    async with AsyncExitStack() as held:
        for _ in range(AT_ONCE):
            await held.enter_async_context(passwords.gate)  # hashing that does not end
        body = {**doors.users["sales"], "password": "wrong"}
        crowd = [
            asyncio.create_task(door.post("/api/identity/tokens", json=body)) for _ in "x" * 20
        ]
        await asyncio.sleep(0.5)
        me = await asyncio.wait_for(buyer.get("/api/identity/me"), 5)
    assert me.status_code == 200
    assert {(await one).status_code for one in crowd} == {401, 403}


async def test_an_unknown_name_is_refused_like_a_wrong_password(doors: Doors) -> None:
    body = {"username": "nobody", "password": "x"}
    answer = await doors.stranger().post("/api/identity/tokens", json=body)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/wrong-credentials")


async def test_disabling_an_account_ends_its_session_at_once(doors: Doors) -> None:
    admin, seller = await doors.sign_in("admin"), await doors.sign_in("sales")
    assert (await seller.get("/api/identity/me")).is_success
    user = (await admin.get("/api/identity/users?q=sales")).json()["items"][0]
    path = f"/api/identity/users/{user['id']}/actions/disable"
    assert (await admin.post(path, json={"version": user["version"]})).is_success
    refused = await seller.get("/api/identity/me")
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/session-ended")
    again = await doors.stranger().post("/api/identity/tokens", json=doors.users["sales"])
    assert again.json()["type"] == "/problems/account-disabled"


async def test_a_new_person_must_change_the_first_password(doors: Doors) -> None:
    admin, door = await doors.sign_in("admin"), doors.stranger()
    assert (await admin.post("/api/identity/users", json=NEW)).status_code == 201
    first = {"username": NEW["username"], "password": NEW["password"]}
    tokens = (await door.post("/api/identity/tokens", json=first)).json()
    assert tokens["must_change_password"]
    door.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert (await door.get("/api/views/inbox")).json()["type"] == "/problems/password-must-change"
    change = {"old_password": NEW["password"], "new_password": "another Long-Pass 2"}
    assert (await door.post("/api/identity/password", json=change)).is_success
    assert (await door.get("/api/views/inbox")).is_success


@pytest.mark.parametrize(
    "password", ["short", "alllowercaseletters", "li.lei-Li.lei-1", "aaaaAAAA1111"]
)
async def test_weak_passwords_are_refused(doors: Doors, password: str) -> None:
    admin = await doors.sign_in("admin")
    answer = await admin.post("/api/identity/users", json={**NEW, "password": password})
    assert answer.json()["type"] == "/problems/password-weak", answer.text


async def test_a_user_name_is_never_given_twice(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    assert (await admin.post("/api/identity/users", json=NEW)).status_code == 201
    answer = await admin.post("/api/identity/users", json=NEW)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/username-taken")


@pytest.mark.req("REQ-88")
async def test_duties_that_must_be_apart_are_refused_at_assignment(doors: Doors) -> None:
    admin = await doors.sign_in("admin")
    user = (await admin.post("/api/identity/users", json=NEW)).json()
    path = f"/api/identity/users/{user['id']}/actions/set_roles"
    for roles, problem in (
        (["admin", "sales"], None),
        (["nobody"], "/problems/role-unknown"),
    ):
        answer = await admin.post(path, json={"version": user["version"], "roles": roles})
        assert answer.json().get("type") == problem, answer.text
        user = answer.json() if problem is None else user
    me = (await admin.get("/api/identity/me")).json()
    own = f"/api/identity/users/{me['id']}/actions/set_roles"
    answer = await admin.post(own, json={"version": me["version"], "roles": []})
    assert answer.json()["type"] == "/problems/own-account"


async def test_only_the_administrator_manages_people(doors: Doors) -> None:
    buyer = await doors.sign_in("buyer")
    assert (await buyer.get("/api/identity/users")).status_code == 403
    assert (await buyer.post("/api/identity/users", json=NEW)).status_code == 403


async def test_refresh_tokens_work_once_and_betray_a_thief(doors: Doors) -> None:
    door = doors.stranger()
    first = (await door.post("/api/identity/tokens", json=doors.users["buyer"])).json()
    body = {"refresh_token": first["refresh_token"]}
    second = await door.post("/api/identity/tokens/refresh", json=body)
    assert second.is_success
    door.headers["Authorization"] = f"Bearer {second.json()['access_token']}"
    assert (await door.get("/api/identity/me")).is_success
    stolen = await door.post("/api/identity/tokens/refresh", json=body)
    assert stolen.json()["type"] == "/problems/session-ended"
    assert (await door.get("/api/identity/me")).status_code == 401


async def test_the_console_needs_its_csrf_token_for_changes(doors: Doors) -> None:
    door = doors.stranger()
    session = (await door.post("/api/identity/sessions", json=doors.users["admin"])).json()
    assert (await door.get("/api/identity/me")).is_success
    bare = await door.post("/api/identity/users", json=NEW)
    assert (bare.status_code, bare.json()["type"]) == (403, "/problems/csrf-missing")
    door.headers["X-CSRF-Token"] = session["csrf_token"]
    assert (await door.post("/api/identity/users", json=NEW)).status_code == 201
    assert (await door.delete("/api/identity/sessions/current")).status_code == 204
    assert (await door.get("/api/identity/me")).status_code == 401


async def test_signing_out_ends_the_token(doors: Doors) -> None:
    buyer = await doors.sign_in("buyer")
    assert (await buyer.delete("/api/identity/sessions/current")).status_code == 204
    assert (await buyer.get("/api/identity/me")).status_code == 401


@pytest.mark.req("REQ-86")
async def test_signing_asks_for_the_password_again(doors: Doors) -> None:
    buyer = await doors.sign_in("buyer")
    wish = {
        "context": "quality",
        "meaning": "inspection decision",
        "items": [{"id": str(uuid4()), "version": 1, "hash": "0" * 64}],
    }
    wrong = await buyer.post("/api/identity/signatures", json={**wish, "password": "no"})
    assert wrong.json()["type"] == "/problems/wrong-credentials"
    right = {**wish, "password": doors.users["buyer"]["password"]}
    answer = await buyer.post("/api/identity/signatures", json=right)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 120)
    used_as_token = doors.stranger()
    used_as_token.headers["Authorization"] = f"Bearer {answer.json()['signature']}"
    assert (await used_as_token.get("/api/identity/me")).status_code == 401
