"""Signing keys change while tokens of the old one are under way."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from deploy.local.credentials import Safe
from deploy.local.keys import KEPT_SECONDS, announce, main, retire, switch
from deploy.local.messages import Unstartable
from shared.auth import mint
from shared.settings import SERVICES
from tests.support.services import COMPANY, USER

UNITS = "/units"


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    return Safe(tmp_path / "secrets")


def signing(safe: Safe, issuer: str = "gateway") -> OKPKey:
    return OKPKey.import_key(json.loads(safe.signing_key(issuer)))


def token(key: OKPKey, **changes: Any) -> str:
    given: dict[str, Any] = {
        "issuer": "gateway",
        "subject": f"user:{USER}",
        "audience": "masterdata",
        "company_id": COMPANY,
        "permissions": ["masterdata.unit.read"],
    }
    return mint(key, **(given | changes))


def aged(safe: Safe, issuer: str) -> None:
    """The switch was so long ago that no token of the old key can be valid."""
    path = safe.folder / f"jwk-{issuer}-previous"
    then = path.stat().st_mtime - KEPT_SECONDS - 1
    os.utime(path, (then, then))


class Restarted:
    """Masterdata as it starts with the keys of this moment, and what it answers to a token."""

    def __init__(self, service: Any, safe: Safe) -> None:
        self.service, self.safe = service, safe

    async def answers(self, *tokens: str) -> list[int]:
        keys = {"signing_key": self.safe.signing_key("masterdata")}
        found: list[int] = []
        async with self.service("masterdata", trust=self.safe.trust(SERVICES), **keys) as one:
            for given in tokens:
                headers = {"Authorization": f"Bearer {given}"}
                async with httpx.AsyncClient(
                    transport=one.transport, base_url=one.base_url, headers=headers
                ) as client:
                    found.append((await client.get(UNITS)).status_code)
        return found


async def test_a_token_of_the_old_key_is_good_until_the_key_is_retired(
    service: Any, safe: Safe
) -> None:
    masterdata = Restarted(service, safe)
    old = token(signing(safe))
    announce(safe, "gateway")
    coming = OKPKey.import_key(json.loads(safe.text("jwk-gateway-next", str)))
    # Whoever was restarted believes the next key before anybody signs with it.
    assert await masterdata.answers(old, token(coming)) == [200, 200]
    switch(safe, "gateway")
    assert signing(safe).kid == coming.kid
    assert await masterdata.answers(old, token(signing(safe))) == [200, 200]
    expired = token(signing(safe), ttl=-60)
    with pytest.raises(Unstartable) as refusal:
        retire(safe, "gateway")
    assert "gateway" in str(refusal.value)
    aged(safe, "gateway")
    retire(safe, "gateway")
    assert await masterdata.answers(old, expired, token(signing(safe))) == [401, 401, 200]


async def test_a_key_id_opens_nothing_without_its_key(service: Any, safe: Safe) -> None:
    true, strange = signing(safe), OKPKey.generate_key("Ed25519")

    def named(key: OKPKey, kid: str | None) -> OKPKey:
        return OKPKey.import_key(key.as_dict(private=True), {"kid": kid or ""})

    forged = [
        token(named(strange, true.kid)),  # a real name, another key
        token(named(strange, "gateway.unheard0")),  # a name that nobody announced
        token(named(true, signing(safe, "sales").kid)),  # a real key under another's name
        token(signing(safe, "sales")),  # another service speaks for people
        token(named(signing(safe, "sales"), true.kid)),
        token(named(true, "gateway")),
    ]
    statuses = await Restarted(service, safe).answers(*forged, token(true))
    assert statuses == [401] * len(forged) + [200]


async def test_a_key_of_an_older_installation_bears_the_services_name_alone(
    service: Any, safe: Safe
) -> None:
    plain = OKPKey.generate_key("Ed25519", {"kid": "gateway"})
    safe.text("jwk-gateway", lambda: json.dumps(plain.as_dict(private=True)))
    assert await Restarted(service, safe).answers(token(plain)) == [200]
    announce(safe, "gateway")
    switch(safe, "gateway")
    both = [token(plain), token(signing(safe))]
    assert await Restarted(service, safe).answers(*both) == [200, 200]


def test_steps_out_of_order_are_refused_and_repeated_ones_change_nothing(safe: Safe) -> None:
    safe.signing_key("sales")
    with pytest.raises(Unstartable):
        switch(safe, "sales")
    announce(safe, "sales")
    announce(safe, "sales")
    switch(safe, "sales")
    now = safe.trust(("sales",))
    switch(safe, "sales")
    assert safe.trust(("sales",)) == now
    announce(safe, "sales")
    with pytest.raises(Unstartable):
        switch(safe, "sales")  # a third key would push out one whose tokens are valid
    retire(safe, "sales", leaked=True)
    retire(safe, "sales")
    switch(safe, "sales")
    assert '"d"' not in safe.trust(("sales",))
    assert '"d"' not in safe.text("jwk-sales-previous", str)
    assert {path.stat().st_mode & 0o777 for path in safe.folder.iterdir()} == {0o600}


def test_a_switch_that_was_cut_off_is_taken_up(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between its two writes: both keys are believed, and the same step ends it."""
    old = signing(safe).kid
    announce(safe, "gateway")
    with monkeypatch.context() as killed:
        killed.setattr(Path, "rename", cut_off(Path.rename))
        with pytest.raises(KeyboardInterrupt):
            switch(safe, "gateway")
    assert signing(safe).kid == old
    switch(safe, "gateway")
    assert signing(safe).kid != old
    assert [key["kid"] for key in safe.believed("gateway")][-1] == old


def cut_off(rename: Any) -> Any:
    """Renaming that dies when the next key is to become the present one."""

    def renamed(path: Path, target: Path) -> Path:
        if path.name.endswith("-next"):
            raise KeyboardInterrupt
        found: Path = rename(path, target)
        return found

    return renamed


def test_the_command_says_which_keys_are_believed(
    safe: Safe, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(safe.folder)
    assert main([folder, "switch", "gateway"]) == 1
    assert "announce" in capsys.readouterr().err
    assert main([folder, "announce", "gateway"]) == 0
    assert main([folder, "switch", "gateway"]) == 0
    said = capsys.readouterr().out
    assert str(signing(safe).kid) in said
    assert main([folder, "retire", "gateway"]) == 1
    assert main([folder, "retire", "gateway", "--leaked"]) == 0
