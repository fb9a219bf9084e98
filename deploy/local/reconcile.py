"""Outbox against stream against inboxes of the local stack, running or not: report and repair.

`make reconcile` compares and exits 1 on any difference; `ARGS=--repair` sends again what is lost or
unheard; `ARGS="--replay finance:inventory:0"` lets finance hear inventory's feed again from a
position (its inbox passes over what has taken effect already).
"""

import argparse
import asyncio
import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import nats
from nats.aio.client import Client
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.assemble import installed_services, package_of
from deploy.local.ports import base_port
from deploy.local.prepare import start_engines
from deploy.local.wiring import ADMIN, Plan, settings_of
from shared.contracts.base import Envelope
from shared.database import AsyncSession, make_engine
from shared.events import Consumer
from shared.feed import catch_up, feed
from shared.reconcile import Report, reconcile
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec


def main() -> int:
    """0 when every account agrees (or the replay ended)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repair", action="store_true", help="send again what is lost or unheard")
    parser.add_argument("--replay", metavar="HEARER:SOURCE:POSITION")
    arguments = parser.parse_args()
    home = Path(os.environ.get("MAILUO_HOME") or ".local").resolve()
    plan = Plan(home, base_port(os.environ.get("MAILUO_PORT")))
    return asyncio.run(work(plan, repair=arguments.repair, replay=arguments.replay))


async def work(plan: Plan, *, repair: bool, replay: str | None) -> int:
    """Join the running engines, or start them for as long as this takes."""
    postgres, server, urls = await start_engines(plan)
    settings = settings_of(plan, urls, server.url)
    engines = {name: make_engine(settings[name]) for name in installed_services()}
    admin = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        server.url, nkeys_seed_str=plan.safe.nkey_seed(ADMIN)
    )
    try:
        if replay:
            return await hear_again(replay, settings, engines, admin)
        reacts = {name: subjects_heard(name) for name in engines}
        return show(await reconcile(engines, admin, reacts, repair=repair))
    finally:
        await admin.close()
        for engine in engines.values():
            await engine.dispose()
        if server.started:
            server.stop()
        if postgres.started:
            postgres.stop()


def specification(service: str) -> ServiceSpec:
    spec = importlib.import_module(f"{package_of(service)}.app").SPEC
    assert isinstance(spec, ServiceSpec)
    return spec


def subjects_heard(service: str) -> set[str]:
    return {reaction.event.subject for reaction in specification(service).reactions}


async def hear_again(
    wish: str,
    settings: dict[str, ServiceSettings],
    engines: dict[str, AsyncEngine],
    admin: Client,
) -> int:
    """Bring a source's feed to one of its hearers from a position on."""
    hearer, source, position = wish.split(":")
    consumer = Consumer(
        engines[hearer],
        admin,
        hearer,
        source,
        specification(hearer).reactions,
        settings[hearer].clock(),
    )

    async def fetch(after: int, limit: int) -> Sequence[Envelope]:
        async with AsyncSession(engines[source]) as session:
            return await feed(session, source, after, limit)

    last = await catch_up(consumer, fetch, int(position))
    Console().print(f"{hearer} has heard {source} from {position} to {last}")
    return 0


HEADINGS = (
    "context", "outbox", "stream", "unsent", "lost", "orphans", "unheard", "twice", "again",
)  # fmt: skip
NAMED_MAX = 20  # of one kind in one context; the table counts them all


def named(reports: Sequence[Report]) -> Iterator[str]:
    """The events that are missing somewhere, by id, so that each can be looked up."""
    for one in reports:
        found = {"lost": one.lost, "orphan": one.orphans, "twice in the stream": one.twice}
        found |= {f"unheard by {hearer}": ids for hearer, ids in one.unheard.items()}
        for kind, ids in found.items():
            for id in ids[:NAMED_MAX]:
                yield f"{one.context}: {kind}: {id}"
            if len(ids) > NAMED_MAX:
                yield f"{one.context}: {kind}: and {len(ids) - NAMED_MAX} more"


def show(reports: Sequence[Report]) -> int:
    """One line per context; the counts that were compared stand beside what was found."""
    table = Table(title="Reconciliation 对账")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "context" else "right")
    for one in reports:
        unheard = sum(len(ids) for ids in one.unheard.values())
        figures = (one.in_outbox, one.in_stream, one.unsent, len(one.lost), len(one.orphans))
        table.add_row(one.context, *map(str, (*figures, unheard, len(one.twice), one.requeued)))
    console = Console()
    console.print(table)
    for line in named(reports):
        console.print(line, soft_wrap=True)
    sound = all(one.sound for one in reports)
    console.print("everything agrees 全部一致" if sound else "differences were found 存在差异")
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
