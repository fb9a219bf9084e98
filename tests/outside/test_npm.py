"""Tools that nobody here wrote understand the system: NATS from Node, AsyncAPI and OpenAPI."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from deploy.local.credentials import make_nkey_seed, public_nkey
from deploy.local.nats import NatsConfig, NatsUser, start_nats
from shared.streams import declare
from tests.journeys.test_order_to_delivery import load_masters
from tests.outside.documents import whole_document
from tests.outside.test_traces import approve_one

NODE = Path(__file__).parent / "node"
SCHEMAS = Path("docs/contracts/events").absolute()
EVENTS = 100  # the masters alone tell more


@pytest.fixture(scope="module")
def node() -> str:
    """Node with the locked packages; skips, saying why, where they cannot be had."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("NOT SHOWN: node and npm are not installed")
    if not installed():
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        got = subprocess.run(words, cwd=NODE, capture_output=True, text=True, check=False)
        if got.returncode != 0:
            pytest.skip(f"NOT SHOWN: npm could not install: {got.stderr[-300:]}")
    return program


def installed() -> bool:
    """Whether each package that is asked for lies there in its version."""
    for name, version in json.loads((NODE / "package.json").read_text())["dependencies"].items():
        about = NODE / "node_modules" / name / "package.json"
        if not about.exists() or json.loads(about.read_text())["version"] != version:
            return False
    return True


def test_the_asyncapi_document_is_sound_to_its_own_parser(node: str, tmp_path: Path) -> None:
    document = Path("docs/contracts/asyncapi.json")
    ran = subprocess.run(
        [node, NODE / "asyncapi.mjs", document], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.strip() == f"{len(list(SCHEMAS.iterdir()))} channels"
    spoilt = json.loads(document.read_text(encoding="utf-8"))
    spoilt["channels"]["sales_order_approved_v1"]["messages"] = []
    (tmp_path / "spoilt.json").write_text(json.dumps(spoilt), encoding="utf-8")
    words: list[str | Path] = [node, NODE / "asyncapi.mjs", tmp_path / "spoilt.json"]
    assert subprocess.run(words, capture_output=True, check=False).returncode != 0


def test_spectral_finds_no_error_in_the_merged_openapi_document(node: str, tmp_path: Path) -> None:
    document, path = whole_document(), tmp_path / "openapi.json"
    words: list[str | Path] = [node, NODE / "openapi.mjs", path]
    path.write_text(json.dumps(document), encoding="utf-8")
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip().endswith(" 0 errors")
    first, second = (item for item, _ in zip(document["paths"].values(), "ab", strict=False))
    next(iter(second.values()))["operationId"] = next(iter(first.values()))["operationId"]
    path.write_text(json.dumps(document), encoding="utf-8")
    spoilt = subprocess.run(words, capture_output=True, text=True, check=False)
    assert spoilt.returncode == 1
    assert "operation-operationId-unique" in spoilt.stdout


async def test_an_observer_from_npm_hears_every_event_as_its_schema_says(
    node: str, running: Any, databases_in_use: Any, tmp_path: Path
) -> None:
    """Its identity may read facts and tell none."""
    seed, admin_seed = make_nkey_seed(), make_nkey_seed()
    reading = {"publish": ["_INBOX.observer.>"], "subscribe": ["erp.>", "_INBOX.observer.>"]}
    users = [
        NatsUser("observer", public_nkey(seed), reading),
        NatsUser("all", public_nkey(admin_seed)),
    ]
    server = start_nats(tmp_path, config=NatsConfig({"APP": users}, sync_interval="2m"))
    admin = Client()
    try:
        await admin.connect(server.url, nkeys_seed_str=admin_seed)
        await declare(admin)
        words: list[str | Path] = [
            node,
            NODE / "follow.mjs",
            server.url,
            seed,
            SCHEMAS,
            str(EVENTS),
            "60",
        ]
        observer = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        assert observer.stdout is not None
        assert (await observer.stdout.readline()).strip() == b"listening"
        contexts = ("gateway", "masterdata", "sales", "inventory", "production")
        async with running(*contexts, nats_url=server.url, nats_seed=admin_seed) as stack:
            await load_masters(stack)
            await approve_one(stack)
            said, _ = await asyncio.wait_for(observer.communicate(), 70)
    finally:
        await admin.close()
        server.stop()
    found = json.loads(said)
    assert found["count"] >= EVENTS
    assert not found["faults"], found["faults"][:3]
    assert found["refused"], "the broker let a reader tell"
    assert "erp.masterdata.item_published.v1" in found["seen"]
