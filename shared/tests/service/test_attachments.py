"""Files beside documents: kept whole with their hash, for the own company alone."""

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.attachments import SIZE_MAX
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

MAY = ("masterdata.attachment.read", "masterdata.attachment.write")
BYTES = b"%PDF-1.7\n\x00\xff certificate"


@pytest.fixture
async def lab(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("masterdata") as running:
        yield running


async def keep(
    client: httpx.AsyncClient, document: UUID, content: bytes = BYTES, kind: str = "application/pdf"
) -> httpx.Response:
    return await client.post(
        "/attachments",
        data={"document_type": "item", "document_id": str(document)},
        files={"file": ("证书.pdf", content, kind)},
    )


async def test_a_file_comes_back_as_it_was_kept(lab: ServiceUnderTest) -> None:
    client, document = lab.as_user(*MAY), new_id()
    kept = await keep(client, document)
    assert kept.status_code == 201, kept.text
    assert kept.json()["sha256"] == hashlib.sha256(BYTES).hexdigest()
    listed = (await client.get("/attachments", params={"document_id": str(document)})).json()
    assert [(one["name"], one["size"]) for one in listed] == [("证书.pdf", len(BYTES))]
    got = await client.get(f"/attachments/{kept.json()['id']}/content")
    assert (got.content, got.headers["content-type"]) == (BYTES, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")  # never run in the page
    assert got.headers["etag"] == f'"{kept.json()["sha256"]}"'


async def test_a_repeated_upload_may_draw_another_boundary(lab: ServiceUnderTest) -> None:
    client, document = lab.as_user(*MAY), new_id()
    client.headers["Idempotency-Key"] = "upload-1"
    first, again = [await keep(client, document) for _ in range(2)]
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (first.status_code, again.text) == (201, first.text), again.text
    other = await keep(client, document, BYTES + b"!")
    assert other.json()["type"] == "/problems/key-reused"


@pytest.mark.parametrize(
    ("content", "kind", "problem"),
    [
        (b"x", "text/html", "file-type-not-allowed"),
        (b"x" * (SIZE_MAX + 1), "application/pdf", "file-too-large"),
    ],
)
async def test_what_is_not_kept_says_why(
    lab: ServiceUnderTest, content: bytes, kind: str, problem: str
) -> None:
    client, document = lab.as_user(*MAY), new_id()
    refused = await keep(client, document, content, kind)
    assert refused.json()["type"] == f"/problems/{problem}", refused.text
    assert (await client.get("/attachments", params={"document_id": str(document)})).json() == []


async def test_another_company_finds_nothing(lab: ServiceUnderTest) -> None:
    document = new_id()
    kept = (await keep(lab.as_user(*MAY), document)).json()
    stranger = lab.as_user(*MAY, company_id=UUID(int=7))
    listed = await stranger.get("/attachments", params={"document_id": str(document)})
    assert listed.json() == []
    assert (await stranger.get(f"/attachments/{kept['id']}/content")).status_code == 404


async def test_reading_does_not_allow_keeping(lab: ServiceUnderTest) -> None:
    assert (await keep(lab.as_user(MAY[0]), new_id())).status_code == 403
