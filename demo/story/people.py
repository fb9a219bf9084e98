"""The people of the story: each signs in at the gateway and does only what their role may do."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

WAIT_SECONDS = 90.0
FIRST_PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.04, 0.3
ZONE = ZoneInfo("Asia/Shanghai")  # of the company
Json = Any


def today() -> date:
    """The company's day; the machine's may still be the one before."""
    return datetime.now(ZONE).date()


class StoryBroke(Exception):
    """A step was answered otherwise than the story expects; the message says by whom and how."""


@dataclass
class Person:
    """One signed-in person. Every write carries an Idempotency-Key, so a lost answer is no loss."""

    role: str
    name: str
    password: str
    http: httpx.Client
    requests: int = 0
    writes: int = 0
    told: dict[str, int] = field(
        default_factory=dict[str, int]
    )  # last position of each context's events

    def get(self, path: str, **query: Any) -> Json:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Json = None) -> Json:
        return self.call("POST", path, json={} if body is None else body)

    def upload(self, path: str, name: str, content: bytes) -> Json:
        return self.call("POST", path, files={"file": (name, content, "text/csv")})

    def call(self, method: str, path: str, **given: Any) -> Json:
        answer = self.send(method, path, **given)
        if answer.is_error:
            raise StoryBroke(f"{self.role}: {method} {path} → {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def seen(self, path: str) -> Json:
        """The document once it is there; empty while its service has not heard of it."""
        answer = self.send("GET", path)
        return answer.json() if answer.is_success else {}

    def refused(self, method: str, path: str, problem: str, **given: Any) -> Json:
        """The refusal that the story expects here."""
        answer = self.send(method, path, **given)
        if not answer.is_error or not answer.json()["type"].endswith(problem):
            raise StoryBroke(f"{self.role}: {method} {path} was to be refused as {problem}: "
                             f"{answer.status_code} {answer.text}")  # fmt: skip
        return answer.json()

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        self.requests += 1
        headers: dict[str, str] = {}
        if method != "GET":
            self.writes += 1
            headers["Idempotency-Key"] = str(uuid.uuid4())
        answer = self.http.request(method, path, headers=headers, **given)
        if position := answer.headers.get("mailuo-position"):
            context, _, number = position.partition(":")
            self.told[context] = int(number)
        return answer

    def every(self, path: str, **query: Any) -> list[Json]:
        """All pages of a list."""
        found: list[Json] = []
        for page in range(1, 1000):
            answer = self.get(path, page=page, size=200, **query)
            found += answer["items"]
            if len(found) >= answer["total"] or not answer["items"]:
                break
        return found

    def sign(self, context: str, meaning: str, documents: list[Json]) -> str:
        """One signature over a list of documents, at the version and content that were seen."""
        items = [
            {"id": one["id"], "version": one["version"], "hash": one["content_hash"]}
            for one in documents
        ]
        body = {
            "password": self.password,
            "context": context,
            "meaning": meaning,
            "items": items,
        }
        token: str = self.post("/api/identity/signatures", body)["signature"]
        return token

    def until(self, what: str, look: Callable[[], Json], seconds: float = WAIT_SECONDS) -> Json:
        """What `look` sees once it is there; the system works meanwhile, nobody does."""
        deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
        while True:
            seen = look()
            if seen:
                return seen
            if time.monotonic() > deadline:
                raise StoryBroke(f"{self.role} waited {seconds:.0f} s in vain for {what}")
            time.sleep(pause)
            pause = min(pause * 1.5, PAUSE_MAX_SECONDS)  # many who wait must not be the load


@dataclass
class People:
    """Everybody by role, signed in when first needed."""

    url: str
    users: dict[str, dict[str, str]]
    known: dict[str, Person] = field(default_factory=dict[str, Person])

    def __getitem__(self, role: str) -> Person:
        if role not in self.known:
            self.known[role] = self.sign_in(role)
        return self.known[role]

    def sign_in(self, role: str) -> Person:
        user = self.users[role]
        http = httpx.Client(base_url=self.url, timeout=90)
        answer = http.post("/api/identity/tokens", json=user)
        if answer.is_error:
            raise StoryBroke(f"{role} cannot sign in: {answer.text}")
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        http.headers["traceparent"] = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
        return Person(role, user["username"], user["password"], http)

    def close(self) -> None:
        for person in self.known.values():
            person.http.close()
