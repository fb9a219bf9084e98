"""What day one needs: an empty company's stack, and people who are refused in two languages."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import free_base

START_SECONDS, STOP_SECONDS, WAIT_SECONDS = 120, 60, 120
HAN = re.compile(r"[\u4e00-\u9fff]")
Json = Any


@dataclass
class Person:
    """One signed-in person at the gateway."""

    username: str
    password: str
    http: httpx.Client

    def send(self, method: str, path: str, body: Json = None, **given: Any) -> httpx.Response:
        headers = given.pop("headers", {})
        if method != "GET":
            headers = {"Idempotency-Key": str(uuid.uuid4())} | headers
        if body is not None:
            given["json"] = body
        return self.http.request(method, f"/api{path}", headers=headers, **given)

    def get(self, path: str, **query: Any) -> Json:
        return self.done(self.send("GET", path, params=query))

    def post(self, path: str, body: Json = None) -> Json:
        return self.done(self.send("POST", path, {} if body is None else body))

    def act(self, path: str, verb: str, **more: Any) -> Json:
        """One act on a document at its present version."""
        version = self.get(path)["version"]
        return self.post(f"{path}/actions/{verb}", {"version": version, **more})

    def upload(self, path: str, rows: str) -> httpx.Response:
        files = {"file": ("rows.csv", rows.encode(), "text/csv")}
        return self.send("POST", path, files=files)

    def load(self, path: str, rows: str) -> Json:
        return self.done(self.upload(path, rows))

    def done(self, answer: httpx.Response) -> Json:
        assert answer.is_success, f"{self.username}: {answer.url} {answer.text}"
        return answer.json() if answer.content else None

    def refused(self, kind: str, method: str, path: str, body: Json = None, **given: Any) -> Json:
        """The refusal in English, after seeing that it can be understood in both languages."""
        asked = {
            language: self.send(method, path, body, headers={"Accept-Language": language}, **given)
            for language in ("en-US", "zh-CN")
        }
        english, chinese = (answer.json() for answer in asked.values())
        for shown in (english, chinese):
            assert shown["type"] == f"/problems/{kind}", shown
            assert shown["title"], shown
            assert shown["lifted_by"], shown
        for part in ("title", "lifted_by"):
            assert not HAN.search(english[part]), english
            assert HAN.search(chinese[part]), chinese
        return english

    def until(self, look: Callable[[], Json], seconds: float = WAIT_SECONDS) -> Json:
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < deadline, f"{self.username} waited in vain: {seen!r}"
            time.sleep(0.2)
        return seen

    def heard(self, context: str, position: int) -> None:
        """Wait until a context has heard masterdata's events up to a position."""
        path = f"/{context}/positions"
        self.until(lambda: self.get(path).get("masterdata", 0) >= position)


@dataclass
class Site:
    """A running stack without a demo company."""

    home: Path
    url: str
    output: Path
    clients: ExitStack

    def sign_in(self, username: str, password: str) -> Person:
        http = self.clients.enter_context(httpx.Client(base_url=self.url, timeout=30))
        given = {"username": username, "password": password}
        answer = http.post("/api/identity/tokens", json=given)
        assert answer.is_success, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return Person(username, password, http)

    def enter(self, username: str, first: str) -> Person:
        """The first sign-in: nothing is open before the password is one's own."""
        person = self.sign_in(username, first)
        person.refused("password-must-change", "GET", "/masterdata/units")
        own = f"Mine-{uuid.uuid4().hex[:12]}-aA7"
        change = {"old_password": first, "new_password": own}
        person.done(person.send("POST", "/identity/password", change))
        return self.sign_in(username, own)

    def printed_password(self) -> str:
        """What the terminal showed of the first administrator."""
        found = re.search(r"admin / (\S+)", self.output.read_text(encoding="utf-8"))
        assert found, self.output.read_text(encoding="utf-8")
        return found[1]

    def service_pid(self, name: str) -> int:
        """The process of one service (MODE=multi)."""
        return int(json.loads((self.home / "services.json").read_text("utf-8"))[name])


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """`make run DEMO=0 MODE=multi` on a new home, until it is ready; stopped at the end."""
    home, output, base = folder / "home", folder / "output.txt", free_base()
    environment = {
        **os.environ,
        **{"MAILUO_HOME": str(home), "MAILUO_PORT": str(base), "DEMO": "0", "MODE": "multi"},
        **{"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "200"},
    }
    command = [sys.executable, "-m", "deploy.local.main", "run"]
    with output.open("w", encoding="utf-8") as sink:
        child = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (home / "run.json").exists():
                running = child.poll() is None and time.monotonic() < deadline
                assert running, output.read_text(encoding="utf-8")
                time.sleep(0.2)
            with ExitStack() as clients:
                yield Site(home, f"http://127.0.0.1:{base}", output, clients)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(STOP_SECONDS)
