"""Prints one document or saga of a running stack: its thread, its saga's transitions, its calls.

`python -m tools.trace <id or number>` reads the run file of the local stack (MAILUO_HOME) and asks
the gateway as the administrator; where each event stands in the stream says its position.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

CONTEXTS = ("sales", "production", "procurement")
OK = 200


def main(arguments: list[str]) -> int:
    console = Console()
    if len(arguments) != 1 or not arguments[0]:
        console.print("Say which: make trace id=<document id or number>")
        return 1
    with signed_in() as http:
        id = found_id(http, arguments[0])
        thread = http.get(f"/api/views/threads/{id}")
        if thread.status_code != OK:
            console.print(thread.json()["title"])
            return 1
        show_thread(console, thread.json())
        for context in CONTEXTS:
            timeline = http.get(f"/api/{context}/sagas/{id}")
            if timeline.status_code == OK:
                show_saga(console, context, timeline.json())
    return 0


def signed_in() -> httpx.Client:
    """A client of the local stack's administrator."""
    run = json.loads(
        (Path(os.environ.get("MAILUO_HOME", ".local")) / "run.json").read_text("utf-8")
    )
    http = httpx.Client(base_url=run["gateway"], timeout=30)
    tokens = http.post("/api/identity/tokens", json=run["users"]["admin"]).json()
    http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return http


def found_id(http: httpx.Client, text: str) -> str:
    """The id behind a number, lot or serial; the text itself when nothing is found."""
    answer = http.get("/api/views/search", params={"q": text})
    hits: list[dict[str, Any]] = answer.json() if answer.status_code == OK else []
    exact = [hit for hit in hits if hit["text"] == text.upper()]
    return str(exact[0]["document_id"]) if exact else text


def show_thread(console: Console, thread: dict[str, Any]) -> None:
    table = Table(title=f"{len(thread['documents'])} documents, {len(thread['events'])} events")
    for heading in ("at", "event", "number", "by"):
        table.add_column(heading, overflow="fold")
    for event in thread["events"]:
        table.add_row(event["at"][11:23], event["subject"], event["number"], event["actor"])
    console.print(table)


def show_saga(console: Console, context: str, timeline: dict[str, Any]) -> None:
    saga = timeline["saga"]
    table = Table(title=f"saga {saga['name']} ({context}): {saga['phase']}")
    for heading in ("at", "from", "to", "cause", "note"):
        table.add_column(heading, overflow="fold")
    steps = timeline["steps"]
    for one in timeline["transitions"]:
        table.add_row(
            one["at"][11:23],
            f"{one['from_phase']} {steps[one['from_step']]}",
            f"{one['to_phase']} {steps[one['to_step']]}",
            one["cause"],
            one["note"],
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
