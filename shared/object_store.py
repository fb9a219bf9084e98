"""File contents in S3-compatible storage, addressed by their SHA-256 and checked on every read."""

import base64
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from urllib.parse import quote

import httpx
import structlog
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from shared.clock import utc_now
from shared.file_contents import FileStoreAway, checked, damaged
from shared.settings import ServiceSettings

log = structlog.get_logger("objects")
SECONDS = 10.0
RETRY_AFTER_SECONDS = 10
# Of a listing only our own hexadecimal names, times and the token matter: no parser of XML needed.
ENTRY = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
KEY, CHANGED, TOKEN = (
    re.compile(f"<{name}>([^<]*)</{name}>")
    for name in ("Key", "LastModified", "NextContinuationToken")
)


def is_passing(answer: httpx.Response) -> bool:
    """A fault within the store: its makers ask to be asked again."""
    return answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def as_it_was(state: RetryCallState) -> httpx.Response:
    """What the last attempt answered or raised."""
    assert state.outcome is not None
    answer: httpx.Response = state.outcome.result()
    return answer


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the store lists it."""

    sha256: str
    changed_at: datetime


class ObjectStore:
    """One context's part of a bucket: `<context>/<sha256>`."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.base = f"{settings.s3_endpoint.rstrip('/')}/{settings.s3_bucket}"
        self.prefix = f"{settings.context}/"
        self.retention = timedelta(days=settings.s3_retention_days)
        self.locks: bool | None = None  # whether the bucket keeps locks; asked once
        secret = settings.s3_secret_key.get_secret_value()
        self.signer = S3SigV4Auth(
            Credentials(settings.s3_access_key, secret), "s3", settings.s3_region
        )
        self.http = httpx.AsyncClient(timeout=SECONDS)

    async def close(self) -> None:
        await self.http.aclose()

    async def put(self, sha256: str, content: bytes) -> None:
        """Keep the bytes; the store compares them with their hash. The same again is harmless."""
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        headers = {
            "x-amz-checksum-sha256": digest,
            "x-amz-sdk-checksum-algorithm": "SHA256",
        }
        if self.retention and await self.keeps_locks():
            until = (utc_now() + self.retention).strftime("%Y-%m-%dT%H:%M:%SZ")
            headers |= {
                "x-amz-object-lock-mode": "COMPLIANCE",
                "x-amz-object-lock-retain-until-date": until,
            }
        self.accept(await self.send("PUT", self.key(sha256), content=content, headers=headers))

    async def get(self, sha256: str) -> bytes:
        """The bytes; raises FileDamaged when they are missing or are not these."""
        answer = await self.send("GET", self.key(sha256))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise damaged(sha256, "missing")
        self.accept(answer)
        return checked(sha256, answer.content)

    async def remove(self, sha256: str) -> None:
        """Give an object up; one under a lock stays until its time is over."""
        answer = await self.send("DELETE", self.key(sha256))
        if answer.status_code != HTTPStatus.FORBIDDEN:
            self.accept(answer)

    async def listed(self) -> AsyncIterator[Stored]:
        """Everything under this context's prefix, page by page."""
        further = ""
        while True:
            query = {"list-type": "2", "prefix": self.prefix}
            if further:
                query["continuation-token"] = further
            answer = await self.send("GET", "", query=query)
            self.accept(answer)
            page = answer.text
            for entry in ENTRY.findall(page):
                name = first(KEY, entry).removeprefix(self.prefix)
                yield Stored(name, datetime.fromisoformat(first(CHANGED, entry)))
            further = first(TOKEN, page)
            if not further:
                return

    async def keeps_locks(self) -> bool:
        """The bucket was made with object lock."""
        if self.locks is None:
            answer = await self.send("GET", "", query={"object-lock": ""})
            if answer.status_code == HTTPStatus.NOT_FOUND:
                self.locks = False
            else:
                self.accept(answer)
                self.locks = b"Enabled" in answer.content
            if not self.locks:
                log.warning("the bucket keeps no object locks: retention rests on its own policy")
        return self.locks

    def key(self, sha256: str) -> str:
        return f"/{self.prefix}{sha256}"

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One signed request, some times where the store stumbles: each may be repeated.

        Raises FileStoreAway when nobody answers.
        """
        pairs = sorted((query or {}).items())
        asked = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs)
        url = f"{self.base}{path}" + (f"?{asked}" if asked else "")
        request = AWSRequest(method, url, headers=dict(headers or {}), data=content)
        request.context["payload_signing_enabled"] = True
        self.signer.add_auth(request)
        try:
            return await self.request(method, url, content, dict(request.headers.items()))
        except httpx.TransportError as fault:
            log.warning("the file store is away", fault=type(fault).__name__)
            raise FileStoreAway(retry_after=RETRY_AFTER_SECONDS) from fault

    @retry(
        retry=retry_if_result(is_passing) | retry_if_exception_type(httpx.NetworkError),
        stop=stop_after_attempt(4),
        wait=wait_random_exponential(multiplier=0.1, max=1.0),
        retry_error_callback=as_it_was,
    )
    async def request(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        return await self.http.request(method, url, content=content, headers=headers)

    def accept(self, answer: httpx.Response) -> None:
        """Anything but success is the store's or its settings' fault, never the caller's."""
        if not answer.is_success:
            log.error("the file store refused", status=answer.status_code, said=answer.text[:300])
            raise FileStoreAway(retry_after=RETRY_AFTER_SECONDS)


def first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return unescape(found[1]) if found else ""
