"""Proves a context's audit trail from the outside, against the anchors that NATS keeps.

    MAILUO_OWNER_DATABASE_URL=… python -m shared.verify_audit sales --nats nats://… --seed SU…

Prints the verdict as JSON; exits 1 when the trail is not as it was written. The NATS identity
needs to read the AUDIT stream, which no service may.
"""

import argparse
import asyncio
import json
import os
import sys
from typing import Any

import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NoMore
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from shared.audit import AuditVerdict, verify
from shared.audit_policy import treatments
from shared.migrate import branch_of
from shared.streams import AUDIT_STREAM, audit_subject

BATCH = 500
PATIENCE_SECONDS = 3.0  # a busy broker answers late; an early end would miss anchors


async def read_anchors(client: Client, context: str) -> list[dict[str, Any]]:
    """Every anchor of a context that the broker holds, oldest first."""
    config = ConsumerConfig(
        filter_subject=audit_subject(context),
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.ALL,
        inactive_threshold=30,
    )
    streams = client.jetstream()  # pyright: ignore[reportUnknownMemberType]
    reader = await streams.pull_subscribe(
        audit_subject(context), stream=AUDIT_STREAM, config=config
    )
    anchors: list[dict[str, Any]] = []
    try:
        while found := await reader.fetch(BATCH, timeout=PATIENCE_SECONDS):
            anchors += [json.loads(message.data) for message in found]
    except NoMore:
        pass
    await reader.unsubscribe()
    return anchors


async def verdict_on(context: str, owner_url: str, anchors: list[dict[str, Any]]) -> AuditVerdict:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            ledgers = list(treatments(branch_of(context).metadata))
            return await verify(connection, anchors, ledgers)
    finally:
        await engine.dispose()


async def run(context: str, nats_url: str, seed: str) -> int:
    anchors: list[dict[str, Any]] = []
    if nats_url:
        client = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
            nats_url, nkeys_seed_str=seed or None
        )
        anchors = await read_anchors(client, context)
        await client.close()
    verdict = await verdict_on(context, os.environ["MAILUO_OWNER_DATABASE_URL"], anchors)
    sys.stdout.write(verdict.model_dump_json(indent=2) + "\n")
    return 0 if verdict.intact else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.verify_audit")
    parser.add_argument("context")
    parser.add_argument("--nats", default="", help="URL of the broker that keeps the anchors")
    parser.add_argument("--seed", default="", help="nkey seed that may read the AUDIT stream")
    asked = parser.parse_args()
    return asyncio.run(run(asked.context, asked.nats, asked.seed))


if __name__ == "__main__":
    sys.exit(main())
