"""Orders under fire: clients that repeat what was not answered, with the same Idempotency-Key.

What a browser or a scanner does when the network fails; they note every answer that no caller
should ever see.
"""

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.company import Company
from bench.selling import order_to_cash
from demo.story.people import People, Person

PATIENCE_SECONDS = 150.0
PAUSE_SECONDS = 0.25
AWAY = {502, 503, 504}
BUSY = "/problems/key-in-use"
UNKNOWN = 401


@dataclass
class Stubborn(Person):
    """Sends again until it is answered; a write keeps its key."""

    notes: "Notes" = field(kw_only=True)

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self.notes.in_flight():
            while True:
                answer = self.once(method, path, headers, given)
                if answer is not None or time.monotonic() > deadline:
                    break
                time.sleep(PAUSE_SECONDS)
        assert answer is not None, f"{method} {path} was not answered in {PATIENCE_SECONDS:.0f} s"
        return answer

    def once(
        self, method: str, path: str, headers: dict[str, str], given: dict[str, Any]
    ) -> httpx.Response | None:
        """The answer; None when it has to be sent again."""
        try:
            answer = self.http.request(method, path, headers=headers, **given)
        except httpx.TransportError:
            self.notes.count("no answer")
            return None
        if answer.status_code in AWAY or (answer.is_error and BUSY in answer.text):
            self.notes.count(str(answer.status_code))
            return None
        if answer.status_code >= 500:
            self.notes.bugs.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            return None
        return answer


@dataclass
class Notes:
    """What the crowd saw."""

    answers: Counter[str] = field(default_factory=Counter[str])
    bugs: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])
    done: int = 0
    waiting: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.answers[what] += 1

    def in_flight(self) -> "Notes":
        return self

    def __enter__(self) -> None:
        with self.lock:
            self.waiting += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.waiting -= 1


@dataclass
class StubbornPeople(People):
    """Everybody, stubborn; signing in is repeated like anything else."""

    notes: Notes = field(kw_only=True)

    def sign_in(self, role: str) -> Stubborn:
        user = self.users[role]
        http = httpx.Client(base_url=self.url, timeout=30)
        person = Stubborn(role, user["username"], user["password"], http, notes=self.notes)
        answer = person.send("POST", "/api/identity/tokens", json=user)
        answer.raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return person


class Crowd:
    """So many clients that carry orders to cash until they are told to stop."""

    def __init__(self, url: str, users: dict[str, dict[str, str]], clients: int) -> None:
        self.notes = Notes()
        self.stopping = threading.Event()
        crowd = [StubbornPeople(url, users, notes=self.notes) for _ in range(clients)]
        self.companies = [Company(people) for people in crowd]
        self.threads = [
            threading.Thread(target=self.work, args=(one,), daemon=True) for one in self.companies
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def work(self, company: Company) -> None:
        while not self.stopping.is_set():
            try:
                order_to_cash(company)
            except Exception as fault:  # noqa: BLE001 - the account is made at the end
                self.notes.faults.append(f"{type(fault).__name__}: {fault}"[:500])
                return
            with self.notes.lock:
                self.notes.done += 1

    def finish(self) -> Notes:
        """Let each client finish the order it is at."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS * 2)
        for company in self.companies:
            company.people.close()
        return self.notes
