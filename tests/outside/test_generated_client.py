"""A client that a stock generator makes of the merged OpenAPI document works as it is."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway.identity.seed import seed
from tests.outside.documents import whole_document

PACKAGE = "generated_mailuo"
CALLS = {
    "sign_in": "identity.create_tokens_api_identity_tokens_post",
    "me": "identity.show_me_api_identity_me_get",
    "items": "masterdata_items.masterdata_list_masters_items_get",
}


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a package made in silence: a warning means that an operation was left out."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.json"
    document.write_text(json.dumps(whole_document()), encoding="utf-8")
    config.write_text(json.dumps({"post_hooks": []}), encoding="utf-8")
    program = Path(sys.executable).with_name("openapi-python-client")
    words: list[str | Path] = [
        program,
        "generate",
        "--meta",
        "none",
        "--fail-on-warning",
        "--config",
        config,
    ]
    words += ["--path", document, "--output-path", tmp_path / PACKAGE]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[:2000]
    monkeypatch.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType]
    yield PACKAGE
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


async def test_a_generated_client_signs_in_and_reads(generated: str, running: Any) -> None:
    package, models = import_module(generated), import_module(f"{generated}.models")
    calls = {name: import_module(f"{generated}.api.{path}") for name, path in CALLS.items()}
    async with running("gateway", "masterdata") as stack:
        users = await seed(stack["gateway"].settings, demo=True)
        url = stack["gateway"].base_url
        async with package.Client(base_url=url) as stranger:
            body = models.SignIn(**users["planner"])
            tokens = await calls["sign_in"].asyncio(client=stranger, body=body)
            refused = await calls["me"].asyncio_detailed(client=stranger)
        assert refused.status_code == 401
        async with package.AuthenticatedClient(base_url=url, token=tokens.access_token) as client:
            me = await calls["me"].asyncio(client=client)
            items = await calls["items"].asyncio_detailed(client=client)
    assert (me.username, me.roles) == (users["planner"]["username"], ["planner"])
    assert items.status_code == 200
    assert items.parsed.items == []
